// segment_max: the largest of the rows of each segment, element by element.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/segments.hpp>

namespace heed {
namespace {

// Each segment's `g` at the first row that equals its largest, elsewhere 0.
Array at_largest(const Array& x, const Ints& ids, const Array& largest, const Array& g) {
    Array d = filled(x.shape(), 0);
    const SegmentRows rows(ids, x.shape(), largest.shape()[0]);
    const Real *from = x.storage().data(), *most = largest.storage().data(), *gradients = g.storage().data();
    List<bool> found(static_cast<std::size_t>(rows.count * rows.width));
    Real* to = d.data();
    for (Dim i = 0; i < rows.n; ++i) {
        for (Dim j = 0, at = rows.ids[i] * rows.width; j < rows.width; ++j, ++at) {
            const Real v = from[i * rows.width + j];
            if ((v != most[at] && v == v) || found[static_cast<std::size_t>(at)]) continue;
            found[static_cast<std::size_t>(at)] = true;
            to[i * rows.width + j] = gradients[at];
        }
    }
    return d;
}

}  // namespace

// (n, d...) by ids (n) -> (count, d...): row s is the largest of the rows with id s, each element on its own; zeros
// where no row has that id. A NaN is the largest. The gradient goes to the first largest.
Var segment_max(In x, const Ints& ids, Dim count) {
    const Shape shape = shape_of_segments("segment_max", x, ids, count);
    const SegmentRows rows(ids, x.shape(), count);
    Array most = reshaped(rows.largest(x.value()), shape);
    List<bool> empty(static_cast<std::size_t>(count), true);
    for (const std::int64_t id : ids.storage()) empty[static_cast<std::size_t>(id)] = false;
    Real* const y = most.data();
    for (Dim s = 0; s < count; ++s)
        if (empty[static_cast<std::size_t>(s)]) std::fill_n(y + s * rows.width, rows.width, Real(0));
    Var best = record("segment_max", {x}, std::move(most), [x, ids, dx = x.slot()](const Array& y, const Array& dy) {
        dx.add_grad(at_largest(x.value(), ids, y, dy));
    });
    return differentiable(std::move(best), {x}, [ids](Vars v, const Var& y, const Var& dy) {
        const Array chosen = at_largest(v[0].value(), ids, y.value(), filled(y.shape(), 1));
        return Grads{where(chosen, take_rows(dy, ids), 0)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "segment_max/rows", .inputs = {{6, 2}}, .call = [](Vars in) { return segment_max(in[0], Ints{2, 0, 2, 3, 2, 0}, 5); },
     .same_as = [](Vars in) {
         const Var x = in[0];
         const auto most = [&](const Ints& rows) { return max(take_rows(x, rows), 0); };
         return stack({most(Ints{1, 5}), zeros({2}), most(Ints{0, 2, 4}), most(Ints{3}), zeros({2})});
     }, .draw = draw::apart},
    {.name = "segment_max/numbers", .inputs = {{5}}, .call = [](Vars in) { return segment_max(in[0], Ints{0, 0, 0, 0, 0}, 1); },
     .same_as = [](Vars in) { return max(in[0], 0, keep_axis); }, .draw = draw::apart},
    {.name = "segment_max/cube", .inputs = {{3, 2, 2}}, .call = [](Vars in) { return segment_max(in[0], Ints{0, 1, 0}, 2); },
     .same_as = [](Vars in) { return stack({maximum(pick(in[0], 0, 0), pick(in[0], 0, 2)), pick(in[0], 0, 1)}); }, .draw = draw::apart},
    {.name = "segment_max/all below zero", .inputs = {{4}}, .call = [](Vars in) { return segment_max(in[0] - 9, Ints{0, 1, 0, 1}, 3); },
     .same_as = [](Vars in) { return concat({max(reshape(in[0], {2, 2}) - 9, 0), zeros({1})}); }, .draw = draw::apart},
    {.name = "segment_max/no rows", .inputs = {{0, 2}}, .call = [](Vars in) { return segment_max(in[0], Ints::from_shape({0}), 3); }, .flat = true},
    {.name = "segment_max/id", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_max(in[0], Ints{0, 3}, 3); }, .rejects = true},
    {.name = "segment_max/ids differ", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_max(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "segment_max/rank 0", .inputs = {{}}, .call = [](Vars in) { return segment_max(in[0], Ints{0}, 3); }, .rejects = true})
// clang-format on

}  // namespace heed
