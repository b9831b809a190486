#include <cmath>
#include <vector>
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/permute.hpp>
#include <heed/ops/kernel/pointwise.hpp>
#include <heed/ops/op.hpp>

namespace heed {
namespace {

// Windows over x (batch, size[0], size[1], channels).
struct Pool {
    Dim batch, channels;
    Dim size[2] = {1, 1}, window[2] = {1, 1}, stride[2] = {1, 1}, padding[2] = {0, 0}, result[2] = {1, 1};
    Dim places() const { return result[0] * result[1]; }
    Dim image() const { return size[0] * size[1] * channels; }
    Dim overlaps() const { return ((window[0] - 1) / stride[0] + 1) * ((window[1] - 1) / stride[1] + 1); }  // at most, over one place
};

Shape result_shape(const Pool& p, std::size_t axes) {
    return axes == 1 ? Shape{p.batch, p.result[1], p.channels} : Shape{p.batch, p.result[0], p.result[1], p.channels};
}

// The `axes` spatial ones are the last of the two. A window always meets the image, since padding is less than its size.
Pool geometry(const char* op, const In& x, const Pair& window, const Pool2dOptions& o, std::size_t axes) {
    expect(x.shape().size() == axes + 2, op, "x", x.shape(), axes == 1 ? "(b, t, c)" : "(b, h, w, c)", x.at);
    Pool p{.batch = x.dim(0), .channels = x.dim(-1)};
    const auto part = [](const Pair& both, std::size_t axis) { return axis == 0 ? both.first : both.second; };
    for (std::size_t i = 2 - axes; i < 2; ++i) {
        const Dim n = p.size[i] = x.shape()[i + axes - 1], w = p.window[i] = part(window, i), pad = p.padding[i] = part(o.padding, i);
        require(w >= 1, op, [&] { return fmt::format("the window is {}; expected at least 1", w); }, x.at);
        require(w <= Shape::max_count, op, [&] { return fmt::format("the window is {}; expected at most {}", w, Shape::max_count); }, x.at);
        require(0 <= pad && pad < w, op, [&] { return fmt::format("padding is {}; expected 0 <= padding < {}, the window", pad, w); }, x.at);
        require(part(o.stride, i) >= 0, op,
                [&] { return fmt::format("stride is {}; expected stride >= 1, or 0 for the size of the window", part(o.stride, i)); }, x.at);
        p.stride[i] = part(o.stride, i) == 0 ? w : part(o.stride, i);
        expect(n > 0 && n + 2 * pad >= w, op, "x", x.shape(),
               [&] {
                   return fmt::format("at least {} at axis {} because the window is {} and padding {}", std::max(Dim{1}, w - 2 * pad), i + axes - 1,
                                      w, pad);
               }, x.at);
        p.result[i] = (n + 2 * pad - w) / p.stride[i] + 1;
    }
    require_sizes(op, result_shape(p, axes), x.at);
    return p;
}

// The part of an image that a window sees.
struct Seen {
    Dim top, bottom, left, right;
    Dim count() const { return (bottom - top) * (right - left); }
};

Seen seen_by(const Pool& p, Dim i, Dim j) {  // by window (i, j)
    const Dim y = i * p.stride[0] - p.padding[0], x = j * p.stride[1] - p.padding[1];
    return {std::max(y, Dim{0}), std::min(y + p.window[0], p.size[0]), std::max(x, Dim{0}), std::min(x + p.window[1], p.size[1])};
}

// The windows that see each input place of an axis.
struct Range { Dim begin, end; };
std::vector<Range> windows_over(const Pool& p, std::size_t axis) {
    std::vector<Range> windows;
    for (Dim last = p.padding[axis]; last < p.size[axis] + p.padding[axis]; ++last) {  // where such a window may begin, with the padding
        const Dim stride = p.stride[axis], before = last - p.window[axis];
        windows.push_back({before < 0 ? 0 : before / stride + 1, std::min(last / stride + 1, p.result[axis])});
    }
    return windows;
}

// Calls f(offset of the output place, what its window sees) for every place of an image.
template <class F>
void each_window(const Pool& p, F&& f) {
    for (Dim i = 0; i < p.result[0]; ++i)
        for (Dim j = 0; j < p.result[1]; ++j) f((i * p.result[1] + j) * p.channels, seen_by(p, i, j));
}

// Calls f(offset) for every input place.
template <class F>
void each_place(const Pool& p, const Seen& seen, F&& f) {
    for (Dim y = seen.top; y < seen.bottom; ++y)
        for (Dim x = seen.left; x < seen.right; ++x) f((y * p.size[1] + x) * p.channels);
}

// Calls f(offset of the image in x, offset of its result) for each image; images are shared out to threads.
template <class F>
void each_image(const Pool& p, F&& f) {
    const Dim work = std::max(Dim{1}, saturated_product(saturated_product(p.window[0], p.window[1]), p.places() * p.channels));
    parallel_blocks(p.batch, std::max(Dim{1}, 16384 / work), [&](Dim begin, Dim end) {
        for (Dim b = begin; b < end; ++b) f(b * p.image(), b * p.places() * p.channels);
    });
}

// Keeps where in its image each maximum came from; the first of equal ones, and a NaN is the largest number.
Var maxima(const char* op, const Pool& p, const In& x) {
    Array y = Array::from_shape(result_shape(p, x.shape().size() - 2));
    Ints places = Ints::from_shape(y.shape());
    const Real* in = x.data();
    Real* out = y.data();
    std::int64_t* best = places.data();
    each_image(p, [&](Dim image, Dim result) {
        each_window(p, [&](Dim to, const Seen& seen) {
            bool first = true;
            each_place(p, seen, [&](Dim from) {
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
    return record(op, {x}, std::move(y), [p, places, dx = x.slot()](const Array& dy) {
        Array d = filled(dx.shape(), 0);
        const Real* from = dy.storage().data();
        const std::int64_t* best = places.storage().data();
        Real* to = d.data();
        const Dim results = p.places() * p.channels;
        each_image(p, [&](Dim image, Dim result) {
            if (p.overlaps() > longest_chain) return kernel::add_rows(from + result, best + result, results, 1, to + image, p.image());
            for (Dim i = 0; i < results; ++i) to[image + best[result + i]] += from[result + i];
        });
        dx.add_grad(std::move(d));
    });
}

Var means(const char* op, const Pool& p, const In& x) {
    Array y = filled(result_shape(p, x.shape().size() - 2), 0);
    const Real* in = x.data();
    Real* out = y.data();
    each_image(p, [&](Dim image, Dim result) {
        each_window(p, [&](Dim to, const Seen& seen) {
            const Dim wide = seen.right - seen.left;
            add_many(seen.count(), p.channels, [&](Dim i, Dim first, Dim columns, Real* sums) {
                const Dim from = ((seen.top + i / wide) * p.size[1] + seen.left + i % wide) * p.channels;
                kernel::add_to(columns, in + image + from + first, sums);
            }, out + result + to);
            kernel::scale(p.channels, 1 / static_cast<Real>(seen.count()), out + result + to);
        });
    });
    return record(op, {x}, std::move(y), [p, dx = x.slot()](const Array& dy) {
        Array d = filled(dx.shape(), 0);
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
        dx.add_grad(std::move(d));
    });
}

Pool2dOptions of_images(const Pool1dOptions& o) { return {.stride = {1, o.stride}, .padding = {0, o.padding}}; }

}  // namespace

Var max_pool1d(In x, Dim window, const Pool1dOptions& options) {
    return maxima("max_pool1d", geometry("max_pool1d", x, {1, window}, of_images(options), 1), x);
}
Var max_pool2d(In x, Pair window, const Pool2dOptions& options) { return maxima("max_pool2d", geometry("max_pool2d", x, window, options, 2), x); }
Var avg_pool1d(In x, Dim window, const Pool1dOptions& options) {
    return means("avg_pool1d", geometry("avg_pool1d", x, {1, window}, of_images(options), 1), x);
}
Var avg_pool2d(In x, Pair window, const Pool2dOptions& options) { return means("avg_pool2d", geometry("avg_pool2d", x, window, options, 2), x); }

#ifdef HEED_TESTING
namespace {
// What each window sees, tap by tap at axis 1, for x (b, h, w, c) padded with `fill`.
Var windows(const Var& x, const Pair& window, const Pool2dOptions& o, double fill) {
    const Var padded = pad(x, {{o.padding.first, o.padding.first}, {o.padding.second, o.padding.second}, {0, 0}}, fill);
    const auto tap = [](const Var& v, Dim axis, Dim k, Dim size, Dim stride) {
        return slice(v, axis, k, v.dim(axis) - size + 1 + k, stride ? stride : size);
    };
    std::vector<Var> taps;
    for (Dim u = 0; u < window.first; ++u)
        for (Dim v = 0; v < window.second; ++v)
            taps.push_back(tap(tap(padded, 1, u, window.first, o.stride.first), 2, v, window.second, o.stride.second));
    return stack(taps, 1);
}
Var largest(const Var& x, const Pair& window, const Pool2dOptions& o) { return max(windows(x, window, o, -1e30), 1); }
Var mean_inside(const Var& x, const Pair& window, const Pool2dOptions& o) {
    return sum(windows(x, window, o, 0), 1) / sum(windows(Var(filled(x.shape(), 1)), window, o, 0), 1);
}

constexpr Pool1dOptions halved1, overlapping1{.stride = 1, .padding = 1}, sparse1{.stride = 3};
constexpr Pool2dOptions halved2, overlapping2{.stride = {1, 2}, .padding = {1, 0}};
template <Dim window, Pool1dOptions o>
Var max1(Vars in) { return max_pool1d(in[0], window, o); }
template <Dim window, Pool1dOptions o>
Var largest1(Vars in) { return pick(largest(unsqueeze(in[0], 1), {1, window}, of_images(o)), 1, 0); }
template <Dim window, Pool1dOptions o>
Var avg1(Vars in) { return avg_pool1d(in[0], window, o); }
template <Dim window, Pool1dOptions o>
Var mean1(Vars in) { return pick(mean_inside(unsqueeze(in[0], 1), {1, window}, of_images(o)), 1, 0); }
template <Pair window, Pool2dOptions o>
Var max2(Vars in) { return max_pool2d(in[0], window, o); }
template <Pair window, Pool2dOptions o>
Var largest2(Vars in) { return largest(in[0], window, o); }
template <Pair window, Pool2dOptions o>
Var avg2(Vars in) { return avg_pool2d(in[0], window, o); }
template <Pair window, Pool2dOptions o>
Var mean2(Vars in) { return mean_inside(in[0], window, o); }
constexpr Pair square{2}, tall{3, 2};
}  // namespace
#endif

HEED_OP_CASES(
    {.name = "max_pool1d/halved", .inputs = {{2, 6, 3}}, .call = max1<2, halved1>, .same_as = largest1<2, halved1>, .draw = draw::apart},
    {.name = "max_pool1d/overlapping", .inputs = {{2, 5, 2}}, .call = max1<3, overlapping1>, .same_as = largest1<3, overlapping1>,
     .draw = draw::apart},
    {.name = "max_pool1d/some never seen", .inputs = {{1, 8, 2}}, .call = max1<2, sparse1>, .same_as = largest1<2, sparse1>, .draw = draw::apart},
    {.name = "max_pool1d/no examples", .inputs = {{0, 4, 2}}, .call = max1<2, halved1>, .flat = true},
    {.name = "max_pool1d/x of rank two", .inputs = {{4, 2}}, .call = max1<2, halved1>, .rejects = true},
    {.name = "max_pool1d/too short", .inputs = {{1, 2, 2}}, .call = max1<3, halved1>, .rejects = true},
    {.name = "max_pool1d/no window", .inputs = {{1, 2, 2}}, .call = max1<0, halved1>, .rejects = true},
    {.name = "max_pool1d/padding of a whole window", .inputs = {{1, 4, 2}}, .call = max1<1, overlapping1>, .rejects = true},
    {.name = "max_pool2d/halved", .inputs = {{2, 4, 5, 3}}, .call = max2<square, halved2>, .same_as = largest2<square, halved2>, .draw = draw::apart},
    {.name = "max_pool2d/overlapping", .inputs = {{1, 4, 5, 2}}, .call = max2<tall, overlapping2>, .same_as = largest2<tall, overlapping2>,
     .draw = draw::apart},
    {.name = "max_pool2d/negative stride", .inputs = {{1, 4, 4, 2}}, .call = [](Vars in) { return max_pool2d(in[0], 2, {.stride = {1, -1}}); },
     .rejects = true},
    {.name = "avg_pool1d/halved", .inputs = {{2, 6, 3}}, .call = avg1<2, halved1>, .same_as = mean1<2, halved1>},
    {.name = "avg_pool1d/overlapping", .inputs = {{2, 5, 2}}, .call = avg1<3, overlapping1>, .same_as = mean1<3, overlapping1>},
    {.name = "avg_pool1d/x of rank four", .inputs = {{1, 4, 4, 2}}, .call = avg1<2, halved1>, .rejects = true},
    {.name = "avg_pool2d/halved", .inputs = {{2, 4, 5, 3}}, .call = avg2<square, halved2>, .same_as = mean2<square, halved2>},
    {.name = "avg_pool2d/overlapping", .inputs = {{1, 4, 5, 2}}, .call = avg2<tall, overlapping2>, .same_as = mean2<tall, overlapping2>},
    {.name = "avg_pool2d/negative padding", .inputs = {{1, 4, 4, 2}}, .call = [](Vars in) { return avg_pool2d(in[0], 2, {.padding = -1}); },
     .rejects = true})

}  // namespace heed
