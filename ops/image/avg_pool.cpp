// avg_pool1d and avg_pool2d: the mean of what each window sees.
#include <algorithm>
#include <vector>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/image/pool_windows.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {
namespace {

// The windows that see each input position of an axis.
struct Range {
    Dim begin, end;
};
std::vector<Range> windows_over(const Pool& p, std::size_t axis) {
    std::vector<Range> windows;
    for (Dim last = p.padding[axis]; last < p.size[axis] + p.padding[axis];
         ++last) {  // where such a window may begin, with the padding
        const Dim stride = p.stride[axis], before = last - p.window[axis];
        windows.push_back({before < 0 ? 0 : before / stride + 1, std::min(last / stride + 1, p.result[axis])});
    }
    return windows;
}

Array means_of(const Pool& p, const Array& x) {
    Array y = filled(result_shape(p, x.shape().size() - 2), 0);
    const Real* in = x.storage().data();
    Real* out = y.data();
    each_image(p, [&](Dim image, Dim result) {
        each_window(p, [&](Dim to, const Seen& seen) {
            const Dim wide = seen.right - seen.left;
            add_many(
                seen.count(), p.channels,
                [&](Dim i, Dim first, Dim columns, Real* sums) {
                    const Dim from = ((seen.top + i / wide) * p.size[1] + seen.left + i % wide) * p.channels;
                    kernel::add_to(columns, in + image + from + first, sums);
                },
                out + result + to);
            kernel::scale(p.channels, 1 / static_cast<Real>(seen.count()), out + result + to);
        });
    });
    return y;
}

Array spread_to(const Shape& shape, const Pool& p, const Array& dy) {
    Array d = filled(shape, 0);
    const Real* in = dy.storage().data();
    Real* out = d.data();
    const std::vector<Range> rows = windows_over(p, 0), columns_of = windows_over(p, 1);
    each_image(p, [&](Dim image, Dim result) {
        Real* to = out + image;
        for (const Range& row : rows)
            for (const Range& column : columns_of) {
                const auto add = [&p, row, column, from = in + result](Dim k, Dim first, Dim columns, Real* sums) {
                    const Dim wide = column.end - column.begin, i = row.begin + k / wide, j = column.begin + k % wide;
                    const Real share = 1 / static_cast<Real>(seen_by(p, i, j).count());
                    kernel::axpy(columns, share, from + (i * p.result[1] + j) * p.channels + first, sums);
                };
                add_many((row.end - row.begin) * (column.end - column.begin), p.channels, add, to);
                to += p.channels;
            }
    });
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
