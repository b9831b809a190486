// slice: a range of one axis.
#include <algorithm>
#include <cstdlib>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

// Elements begin, begin + step, ... before end, with Python's rules: negative indices count from the end, indices
// beyond an end stop there.
Var slice(In x, Dim axis, Dim begin, Dim end, Dim step) {
    const std::size_t i = find_axis("slice", axis, x.shape(), x.at);
    require(step != 0, "slice", "step 0; expected a step that moves", x.at);
    const Dim n = x.shape()[i], low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    begin = std::clamp(begin < 0 ? begin + n : begin, low, high);
    end = std::clamp(end < 0 ? end + n : end, low, high);
    const Dim span = step > 0 ? end - begin : begin - end;
    step = std::clamp(step, -std::max<Dim>(n, 1), std::max<Dim>(n, 1));  // a longer one leads out as well
    const Dim size = span > 0 ? (span - 1) / std::abs(step) + 1 : 0;
    return read_part("slice", x, View::of(x.shape()).part(i, size ? begin : 0, size, step));
}

// clang-format off
HEED_OP_CASES(
    {.name = "slice/leading axis", .inputs = {{5, 3}}, .call = [](Vars in) { return slice(in[0], 0, 1, 3); }},
    {.name = "slice/last axis from the end", .inputs = {{2, 5}}, .call = [](Vars in) { return slice(in[0], -1, -3, -1); },
     .same_as = [](Vars in) { return slice(in[0], 1, 2, 4); }},
    {.name = "slice/step", .inputs = {{2, 7, 2}}, .call = [](Vars in) { return slice(in[0], 1, 1, 7, 3); }},
    {.name = "slice/backwards", .inputs = {{7, 2}}, .call = [](Vars in) { return slice(in[0], 0, -1, -8, -2); },
     .same_as = [](Vars in) { return flip(slice(in[0], 0, 0, 99, 2), 0); }},
    {.name = "slice/nothing", .inputs = {{4, 3}}, .call = [](Vars in) { return slice(in[0], 0, 3, 1); }, .flat = true},
    {.name = "slice/step 0", .inputs = {{4, 3}}, .call = [](Vars in) { return slice(in[0], 0, 0, 4, 0); }, .rejects = true},
    {.name = "slice/no such axis", .inputs = {{4, 3}}, .call = [](Vars in) { return slice(in[0], 2, 0, 1); }, .rejects = true})
// clang-format on

}  // namespace heed
