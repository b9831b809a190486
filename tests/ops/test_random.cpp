// Random arrays: what a key determines, and how the numbers are distributed.
#include <algorithm>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("random: a key and a shape determine the numbers, whatever the number of threads", "[random]") {
    const int before = threads();
    set_threads(3);
    const Var many = randn({300, 400}, Key{1});
    set_threads(1);
    const Var one = randn({300, 400}, Key{1});
    set_threads(before);
    CHECK(elements(many.value()) == elements(one.value()));
    CHECK(elements(randn({5}, Key{1}).value()) != elements(randn({5}, Key{2}).value()));
    CHECK(elements(randn({5}, Key{1, 0}).value()) != elements(randn({5}, Key{1, 1}).value()));
    CHECK(elements(randn({5}, Key{1}).value()) != elements(uniform({5}, Key{1}).value()));
}

TEST_CASE("random: means and variances are those of the distributions", "[random]") {
    const Dim n = 1'000'000;
    const Var normal = randn({n}, Key{3}), flat = uniform({n}, Key{3}, -1, 3);
    CHECK(std::abs(mean(normal).item()) < 0.004);
    CHECK(std::abs(variance(normal).item() - 1) < 0.006);
    CHECK(std::abs(mean(flat).item() - 1) < 0.005);
    CHECK(std::abs(variance(flat).item() - 16.0 / 12) < 0.006);
    CHECK(min(flat).item() >= -1);
    CHECK(max(flat).item() < 3);
    const Ints dice = randint(-2, 4, {60'000}, Key{3});
    for (Dim face = -2; face < 4; ++face)
        CHECK(std::abs(std::count(dice.storage().begin(), dice.storage().end(), face) - 10'000) < 400);
}

TEST_CASE("random: a permutation holds each number once, and each order of three is as likely", "[random]") {
    std::vector<std::int64_t> sorted(1000);
    const Ints order = permutation(1000, Key{4});
    std::partial_sort_copy(order.storage().begin(), order.storage().end(), sorted.begin(), sorted.end());
    for (Dim i = 0; i < 1000; ++i) REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
    CHECK_FALSE(std::is_sorted(order.storage().begin(), order.storage().end()));
    int counts[27] = {};
    for (std::uint64_t step = 0; step < 6000; ++step) {
        const Ints p = permutation(3, Key{5, step});
        ++counts[p(0) * 9 + p(1) * 3 + p(2)];
    }
    for (const int i : {5, 7, 11, 15, 19, 21}) CHECK(std::abs(counts[i] - 1000) < 130);
    CHECK(count(permutation(0, Key{5})) == 0);
}

TEST_CASE("random: ranges of whole numbers at their limits", "[random]") {
    const Dim most = std::numeric_limits<Dim>::max(), least = std::numeric_limits<Dim>::min();
    const Ints all = randint(least, most, {1000}, Key{6});
    CHECK(*std::min_element(all.storage().begin(), all.storage().end()) < 0);
    CHECK(*std::max_element(all.storage().begin(), all.storage().end()) > 0);
    for (const std::int64_t x : randint(most - 1, most, {10}, Key{6})) CHECK(x == most - 1);
    CHECK(elements(uniform({3}, Key{6}, 2, 2).value()) == std::vector<double>{2, 2, 2});
}
