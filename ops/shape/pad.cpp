// pad: a value with more elements before and after along its last axes.
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

// widths hold {before, after} for the last axes of x; the new elements are `value`.
Var pad(In x, Padding widths, double value) {
    expect(
        widths.size() <= x.shape().size(), "pad", "x", x.shape(),
        [&] { return fmt::format("at least {} axes because that many widths are given", widths.size()); }, x.at);
    Shape shape = x.shape();
    View inner{shape, shape};
    const std::size_t first = shape.size() - widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i) {
        const Dim before = widths[i][0], after = widths[i][1];
        require(
            before >= 0 && after >= 0, "pad",
            [&] {
                return fmt::format("widths {{{}, {}}} at axis {}; expected widths >= 0; slice() cuts", before, after,
                                   first + i);
            },
            x.at);
        shape[first + i] = saturated_sum(shape[first + i], saturated_sum(before, after));
    }
    require_sizes("pad", shape, x.at);
    inner.strides = View::of(shape).strides;
    for (std::size_t i = 0; i < widths.size(); ++i) inner.offset += widths[i][0] * inner.strides[first + i];
    Array y = filled(shape, static_cast<Real>(value));
    write_view(y.data(), inner, x.value());
    Var padded = record("pad", {x}, std::move(y),
                        [dx = x.slot(), inner](const Array& dy) { dx.add_grad(read_view(dy, inner)); });
    return differentiable(std::move(padded), {x},
                          [inner](Vars, const Var&, const Var& dy) { return Grads{read_part("pad", dy, inner)}; });
}

// clang-format off
HEED_OP_CASES(
    {.name = "pad/last axis", .inputs = {{2, 3}}, .call = [](Vars in) { return pad(in[0], {{1, 2}}); },
     .same_as = [](Vars in) { return concat({Var(filled({2, 1}, 0)), in[0], Var(filled({2, 2}, 0))}); }},
    {.name = "pad/two axes with a value", .inputs = {{2, 2, 3}}, .call = [](Vars in) { return pad(in[0], {{2, 0}, {0, 1}}, -1.5); }},
    {.name = "pad/rank 0", .inputs = {{}}, .call = [](Vars in) { return pad(in[0], {}); }},
    {.name = "pad/empty", .inputs = {{0, 2}}, .call = [](Vars in) { return pad(in[0], {{1, 1}, {0, 0}}, 2); }, .flat = true},
    {.name = "pad/too many widths", .inputs = {{3}}, .call = [](Vars in) { return pad(in[0], {{1, 1}, {1, 1}}); }, .rejects = true},
    {.name = "pad/negative width", .inputs = {{3}}, .call = [](Vars in) { return pad(in[0], {{1, -1}}); }, .rejects = true})
// clang-format on

}  // namespace heed
