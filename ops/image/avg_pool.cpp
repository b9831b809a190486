// avg_pool1d and avg_pool2d: the mean of what each window sees.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/image/pool_windows.hpp>

namespace heed {
namespace {

Array means_of(const Pool& p, const Array& x) {
    Array y = Array::from_shape(result_shape(p, x.shape().size() - 2));
    kernel::avg_pool(p, x.storage().data(), y.data());
    return y;
}

Array spread_to(const Shape& shape, const Pool& p, const Array& dy) {
    Array d = Array::from_shape(shape);
    kernel::avg_pool_backward(p, dy.storage().data(), d.data());
    return d;
}

Var means(const Pool& p, const In& x) {
    return linear_map(
        p.op, x, [p](const Array& v) { return means_of(p, v); },
        [p, shape = x.shape()](const Array& dy) { return spread_to(shape, p, dy); });
}

}  // namespace

Var avg_pool1d(In x, Dim window, const Pool1dOptions& o) { return means(geometry("avg_pool1d", x, window, o), x); }
Var avg_pool2d(In x, Pair window, const Pool2dOptions& o) { return means(geometry("avg_pool2d", x, window, o), x); }

#ifdef HEED_TESTING
namespace {
Var mean_inside(const Var& x, const Pair& window, const Pool2dOptions& o) {
    return sum(windows(x, window, o, 0), 1) / sum(windows(Var(filled(x.shape(), 1)), window, o, 0), 1);
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "avg_pool1d/halved", .inputs = {{2, 6, 3}}, .call = pooled<avg_pool1d, 2, halved1>, .same_as = composed1<mean_inside, 2, halved1>},
    {.name = "avg_pool1d/overlapping", .inputs = {{2, 5, 2}},
     .call = pooled<avg_pool1d, 3, overlapping1>, .same_as = composed1<mean_inside, 3, overlapping1>},
    {.name = "avg_pool1d/x of rank four", .inputs = {{1, 4, 4, 2}}, .call = [](Vars in) { return avg_pool1d(in[0], 2); }, .rejects = true},
    {.name = "avg_pool2d/halved", .inputs = {{2, 4, 5, 3}},
     .call = pooled<avg_pool2d, small, halved2>, .same_as = composed2<mean_inside, small, halved2>},
    {.name = "avg_pool2d/overlapping", .inputs = {{1, 4, 5, 2}},
     .call = pooled<avg_pool2d, tall, overlapping2>, .same_as = composed2<mean_inside, tall, overlapping2>},
    {.name = "avg_pool2d/negative padding", .inputs = {{1, 4, 4, 2}}, .call = [](Vars in) { return avg_pool2d(in[0], 2, {.padding = -1}); },
     .rejects = true})
// clang-format on

}  // namespace heed
