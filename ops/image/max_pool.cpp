// max_pool1d and max_pool2d: the largest element that each window sees.
#include <limits>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/image/pool_windows.hpp>

namespace heed {
namespace {

using Places = ArrayOf<kernel::Place>;

// Where in its image each maximum came from: what it gives back to x, and what it reads of anything in x's shape.
struct Positions {
    Pool p;
    Places of;
    Shape shape;  // of x

    Array given_back(const Array& dy) const {
        Array d = Array::from_shape(shape);
        kernel::max_pool_backward(p, of.storage().data(), dy.storage().data(), d.data());
        return d;
    }
    Array read(const Array& x) const {
        Array y = Array::from_shape(of.shape());
        const kernel::Place* place = of.storage().data();
        const Real* from = x.storage().data();
        Real* to = y.data();
        for (Dim b = 0, n = p.positions() * p.channels; b < p.batch; ++b, from += p.image())
            for (Dim i = 0; i < n; ++i) *to++ = from[*place++];
        return y;
    }
};

Var maxima(const Pool& p, const In& x) {
    require(
        p.image() <= std::numeric_limits<kernel::Place>::max(), p.op,
        [&] {
            return fmt::format("an image of {} has {} elements; expected at most {}", to_string(x.shape()), p.image(),
                               std::numeric_limits<kernel::Place>::max());
        },
        x.at);
    Array y = Array::from_shape(result_shape(p, x.shape().size() - 2));
    const Slot dx = x.slot();
    Places places = Places::from_shape(dx ? y.shape() : Shape{0});  // only the backward reads them
    kernel::max_pool(p, x.data(), y.data(), dx ? places.data() : nullptr);
    const Positions from{p, std::move(places), x.shape()};
    Var result = record(p.op, {x}, std::move(y), [from, dx](const Array& dy) { dx.add_grad(from.given_back(dy)); });
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
