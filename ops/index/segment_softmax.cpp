// segment_softmax: the softmax over the rows of each segment: attention over the edges of a graph.
#include <limits>
#include <heed/ops/define/elementwise.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/segments.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {
namespace {

// f(element of a row, that of its segment) for all elements of x, and then done(first, elements) for each run of them.
template <class F, class Done>
void beside_segments(const SegmentRows& rows, const Array& segments, Real* y, F f, Done done) {
    const Real* of_segments = segments.storage().data();
    rows.each([=, &rows](Dim first, Dim last) {
        const Dim width = rows.width;
        for (Dim i = first; i < last; ++i)
            for (Dim j = 0; j < width; ++j) y[i * width + j] = f(i * width + j, of_segments[rows.ids[i] * width + j]);
        done(y + first * width, (last - first) * width);
    });
}

}  // namespace

// x (n, d...) by ids (n): y_i = exp(x_i) / sum_j exp(x_j) over the rows j with the id of row i, each element of a row
// on its own. Elements that are -inf in all rows of a segment give zeros, and zero gradient.
Var segment_softmax(In x, const Ints& ids, Dim count) {
    shape_of_segments("segment_softmax", x, ids, count);
    const SegmentRows rows(ids, x.shape(), count);
    Array y = Array::from_shape(x.shape()), most = rows.largest(x.value());
    for (Real& v : most.storage())
        if (v == -std::numeric_limits<Real>::infinity()) v = 0;
    beside_segments(
        rows, most, y.data(), [from = x.data()](Dim i, Real top) { return from[i] - top; },
        [](Real* e, Dim n) { kernel::map(kernel::Unary::exp, e, e, n); });
    Array sums = rows.sums(y);
    for (Real& v : sums.storage())
        if (v == 0) v = 1;
    beside_segments(
        rows, sums, y.data(), [e = y.storage().data()](Dim i, Real all) { return e[i] / all; }, [](Real*, Dim) {});
    Var shares =
        record("segment_softmax", {x}, std::move(y), [dx = x.slot(), ids, count](const Array& y, const Array& dy) {
            const SegmentRows rows(ids, y.shape(), count);
            Array d = combine(kernel::Binary::mul, y, dy);
            const Array sums = rows.sums(d);
            beside_segments(
                rows, sums, d.data(),
                [p = y.storage().data(), g = dy.storage().data()](Dim i, Real all) { return p[i] * (g[i] - all); },
                [](Real*, Dim) {});
            dx.add_grad(std::move(d));
        });
    return differentiable(std::move(shares), {x}, [ids, count](Vars, const Var& y, const Var& dy) {
        return Grads{y * (dy - take_rows(segment_sum(y * dy, ids, count), ids))};
    });
}

#ifdef HEED_TESTING
namespace {
Var softmax_of_rows(const Var& x, const Ints& rows) { return softmax(take_rows(x, rows), 0); }
Var with_infinite_rows(const Var& x) {  // rows 0 and 2 become -inf
    return x + where(Var(Array{{1}, {0}, {1}, {0}}), -std::numeric_limits<Real>::infinity(), 0);
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "segment_softmax/rows", .inputs = {{6, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{2, 0, 2, 3, 2, 0}, 5); },
     .same_as = [](Vars in) {
         const Var a = softmax_of_rows(in[0], Ints{1, 5}), b = softmax_of_rows(in[0], Ints{0, 2, 4}), c = softmax_of_rows(in[0], Ints{3});
         return take_rows(concat({a, b, c}, 0), Ints{2, 0, 3, 5, 4, 1});
     }},
    {.name = "segment_softmax/one segment", .inputs = {{70}}, .call = [](Vars in) { return segment_softmax(in[0], Ints::from_shape({70}) * 0, 1); },
     .same_as = [](Vars in) { return softmax(in[0]); }},
    {.name = "segment_softmax/cube", .inputs = {{3, 2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0, 0, 0}, 1); },
     .same_as = [](Vars in) { return softmax(in[0], 0); }},
    {.name = "segment_softmax/alone", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{1, 0}, 2); }, .flat = true},
    {.name = "segment_softmax/segment of -inf", .inputs = {{4, 2}},
     .call = [](Vars in) { return segment_softmax(with_infinite_rows(in[0]), Ints{0, 1, 0, 1}, 2); },
     .same_as = [](Vars in) { return take_rows(concat({zeros({2, 2}), softmax_of_rows(in[0], Ints{1, 3})}, 0), Ints{0, 2, 1, 3}); }},
    {.name = "segment_softmax/no rows", .inputs = {{0, 2}},
     .call = [](Vars in) { return segment_softmax(in[0], Ints::from_shape({0}), 3); }, .flat = true},
    {.name = "segment_softmax/id", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0, 3}, 3); }, .rejects = true},
    {.name = "segment_softmax/ids differ", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "segment_softmax/rank 0", .inputs = {{}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0}, 3); }, .rejects = true})
// clang-format on

}  // namespace heed
