// split: a value cut into parts along an axis.
#include <vector>
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

// Consecutive parts of these sizes.
std::vector<Var> split(In x, std::vector<Dim> sizes, Dim axis) {
    const std::size_t position = find_axis("split", axis, x.shape(), x.at);
    Dim total = 0;
    for (Dim size : sizes) {
        require(
            size >= 0, "split",
            [&] { return fmt::format("sizes ({}) hold {}; expected sizes >= 0", fmt::join(sizes, ", "), size); }, x.at);
        total = saturated_sum(total, size);
    }
    expect(
        total == x.shape()[position], "split", "x", x.shape(),
        [&] { return fmt::format("{} at axis {} because sizes are ({})", total, position, fmt::join(sizes, ", ")); },
        x.at);
    std::vector<Var> parts;
    parts.reserve(sizes.size());
    Dim begin = 0;
    for (Dim size : sizes) {
        parts.push_back(read_part("split", x, View::of(x.shape()).part(position, begin, size)));
        begin += size;
    }
    return parts;
}

// clang-format off
HEED_OP_CASES(
    {.name = "split/second of three", .inputs = {{2, 6, 2}}, .call = [](Vars in) { return split(in[0], {1, 3, 2}, 1)[1]; },
     .same_as = [](Vars in) { return slice(in[0], 1, 1, 4); }},
    {.name = "split/leading axis", .inputs = {{6}}, .call = [](Vars in) { return split(in[0], {2, 4}, 0)[0]; }},
    {.name = "split/sizes do not fill", .inputs = {{2, 6}}, .call = [](Vars in) { return split(in[0], {2, 3})[0]; }, .rejects = true},
    {.name = "split/negative size", .inputs = {{2, 6}}, .call = [](Vars in) { return split(in[0], {7, -1})[0]; }, .rejects = true})
// clang-format on

}  // namespace heed
