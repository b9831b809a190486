// max_pool1d and max_pool2d: the largest element that each window sees.
#include <cmath>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/image/pool_windows.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>

namespace heed {
namespace {

// Calls f(offset) for every input position.
template <class F>
void each_position(const Pool& p, const Seen& seen, F&& f) {
    for (Dim y = seen.top; y < seen.bottom; ++y)
        for (Dim x = seen.left; x < seen.right; ++x) f((y * p.size[1] + x) * p.channels);
}

// Where in its image each maximum came from: what it gives back to x, and what it reads of anything in x's shape.
struct Positions {
    Pool p;
    Ints of;
    Shape shape;  // of x

    Array given_back(const Array& dy) const {
        Array d = filled(shape, 0);
        const Real* from = dy.storage().data();
        const std::int64_t* best = of.storage().data();
        Real* to = d.data();
        const Dim results = p.positions() * p.channels;
        each_image(p, [&](Dim image, Dim result) {
            if (p.overlaps() > longest_chain)
                return kernel::add_rows(from + result, best + result, results, 1, to + image, p.image());
            for (Dim i = 0; i < results; ++i) to[image + best[result + i]] += from[result + i];
        });
        return d;
    }
    Array read(const Array& x) const {
        Array y = Array::from_shape(of.shape());
        const Real* from = x.storage().data();
        const std::int64_t* best = of.storage().data();
        Real* to = y.data();
        const Dim results = p.positions() * p.channels;
        each_image(p, [&](Dim image, Dim result) {
            for (Dim i = 0; i < results; ++i) to[result + i] = from[image + best[result + i]];
        });
        return y;
    }
};

// Keeps where in its image each maximum came from; the first of equal ones, and a NaN is the largest number.
Var maxima(const Pool& p, const In& x) {
    Array y = Array::from_shape(result_shape(p, x.shape().size() - 2));
    Ints positions = Ints::from_shape(y.shape());
    const Real* in = x.data();
    Real* out = y.data();
    std::int64_t* best = positions.data();
    each_image(p, [&](Dim image, Dim result) {
        each_window(p, [&](Dim to, const Seen& seen) {
            bool first = true;
            each_position(p, seen, [&](Dim from) {
                for (Dim c = 0; c < p.channels; ++c) {
                    const Real v = in[image + from + c];
                    Real& most = out[result + to + c];
                    if (!first && !(v > most) && !(std::isnan(v) && !std::isnan(most))) continue;
                    most = v;
                    best[result + to + c] = from + c;
                }
                first = false;
            });
        });
    });
    const Positions from{p, std::move(positions), x.shape()};
    Var result =
        record(p.op, {x}, std::move(y), [from, dx = x.slot()](const Array& dy) { dx.add_grad(from.given_back(dy)); });
    return differentiable(std::move(result), {x}, [from](Vars, const Var&, const Var& dy) {
        return Grads{linear_map(
            from.p.op, dy, [from](const Array& d) { return from.given_back(d); },
            [from](const Array& d) { return from.read(d); })};
    });
}

}  // namespace

Var max_pool1d(In x, Dim window, const Pool1dOptions& o) { return maxima(geometry("max_pool1d", x, window, o), x); }
Var max_pool2d(In x, Pair window, const Pool2dOptions& o) { return maxima(geometry("max_pool2d", x, window, o), x); }

#ifdef HEED_TESTING
namespace {
Var largest(const Var& x, const Pair& window, const Pool2dOptions& o) { return max(windows(x, window, o, -1e30), 1); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "max_pool1d/halved", .inputs = {{2, 6, 3}},
     .call = pooled<max_pool1d, 2, halved1>, .same_as = composed1<largest, 2, halved1>, .draw = draw::apart},
    {.name = "max_pool1d/overlapping", .inputs = {{2, 5, 2}},
     .call = pooled<max_pool1d, 3, overlapping1>, .same_as = composed1<largest, 3, overlapping1>, .draw = draw::apart},
    {.name = "max_pool1d/some never seen", .inputs = {{1, 8, 2}},
     .call = pooled<max_pool1d, 2, sparse1>, .same_as = composed1<largest, 2, sparse1>, .draw = draw::apart},
    {.name = "max_pool1d/no examples", .inputs = {{0, 4, 2}}, .call = pooled<max_pool1d, 2, halved1>, .flat = true},
    {.name = "max_pool1d/x of rank two", .inputs = {{4, 2}}, .call = [](Vars in) { return max_pool1d(in[0], 2); }, .rejects = true},
    {.name = "max_pool1d/too short", .inputs = {{1, 2, 2}}, .call = [](Vars in) { return max_pool1d(in[0], 3); }, .rejects = true},
    {.name = "max_pool1d/no window", .inputs = {{1, 2, 2}}, .call = [](Vars in) { return max_pool1d(in[0], 0); }, .rejects = true},
    {.name = "max_pool1d/padding of a whole window", .inputs = {{1, 4, 2}},
     .call = [](Vars in) { return max_pool1d(in[0], 1, overlapping1); }, .rejects = true},
    {.name = "max_pool2d/halved", .inputs = {{2, 4, 5, 3}},
     .call = pooled<max_pool2d, small, halved2>, .same_as = composed2<largest, small, halved2>, .draw = draw::apart},
    {.name = "max_pool2d/overlapping", .inputs = {{1, 4, 5, 2}},
     .call = pooled<max_pool2d, tall, overlapping2>, .same_as = composed2<largest, tall, overlapping2>, .draw = draw::apart},
    {.name = "max_pool2d/negative stride", .inputs = {{1, 4, 4, 2}}, .call = [](Vars in) { return max_pool2d(in[0], 2, {.stride = {1, -1}}); },
     .rejects = true})
// clang-format on

}  // namespace heed
