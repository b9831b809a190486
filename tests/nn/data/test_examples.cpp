// Parts of examples: held out, picked, in parts, and side by side in rows.
#include <heed/nn/data/examples.hpp>
#include <heed/tests/catch.hpp>

namespace heed::data {

TEST_CASE("data: the last tenth is held out, or what is behind the cut", "[data]") {
    std::vector<int> all(25);
    for (int i = 0; i < 25; ++i) all[static_cast<std::size_t>(i)] = i;
    const Parts<int> parts = hold_out(all, {}, "file");
    CHECK(parts.train.size() == 23);
    CHECK(parts.dev == std::vector<int>{23, 24});
    CHECK(hold_out(all, Dim{5}, "file").dev.size() == 20);
    CHECK_THROWS_WITH(hold_out(all, Dim{30}, "file"), "file: holds too few examples to keep a tenth back");
    CHECK_THROWS_AS(hold_out(std::vector<int>(9), {}, "file"), FileError);
    const std::vector<std::size_t> which{4, 0, 4};
    CHECK(picked(all, which) == std::vector<int>{4, 0, 4});
    std::size_t total = 0;
    for (const std::span<const int> part : in_parts(all, 10)) {
        CHECK(part.front() == static_cast<int>(total));
        total += part.size();
    }
    CHECK(total == 25);
    CHECK(in_parts(all, 10).size() == 3);
}

TEST_CASE("data: sequences side by side fill rows without overlapping", "[data]") {
    const std::vector<Dim> lengths{5, 7, 4, 20, 1};
    const SideBySide rows = side_by_side(lengths, 10);
    CHECK(rows.places == std::vector<std::pair<Dim, Dim>>{{0, 0}, {1, 0}, {0, 5}, {2, 0}, {0, 9}});
    CHECK(rows.filled == std::vector<Dim>{10, 7, 20});
}

}  // namespace heed::data
