#pragma once
// The windows of pooling: their checks and geometry.
// Private to heed; not installed.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/pool/pool.hpp>

namespace heed {

// Windows of an op over x (batch, size[0], size[1], channels).
struct Pool : kernel::Windows {
    const char* op;
};

inline Shape result_shape(const Pool& p, std::size_t axes) {
    return axes == 1 ? Shape{p.batch, p.result[1], p.channels} : Shape{p.batch, p.result[0], p.result[1], p.channels};
}

// The `axes` spatial ones are the last of the two. A window always meets the image, since padding is less than its
// size.
inline Pool geometry(const char* op, const In& x, const Pair& window, const Pool2dOptions& o, std::size_t axes,
                     Site check = Site::current()) {
    expect(x.shape().size() == axes + 2, op, "x", x.shape(), axes == 1 ? "(b, t, c)" : "(b, h, w, c)", x.at, check);
    Pool p{{.batch = x.dim(0), .channels = x.dim(-1)}, op};
    const auto part = [](const Pair& both, std::size_t axis) { return axis == 0 ? both.first : both.second; };
    for (std::size_t i = 2 - axes; i < 2; ++i) {
        const Dim n = p.size[i] = x.shape()[i + axes - 1], w = p.window[i] = part(window, i),
                  pad = p.padding[i] = part(o.padding, i);
        require(
            w >= 1, op, [&] { return fmt::format("the window is {}; expected at least 1", w); }, x.at, check);
        require(
            w <= Shape::max_count, op,
            [&] { return fmt::format("the window is {}; expected at most {}", w, Shape::max_count); }, x.at, check);
        require(
            0 <= pad && pad < w, op,
            [&] { return fmt::format("padding is {}; expected 0 <= padding < {}, the window", pad, w); }, x.at, check);
        require(
            part(o.stride, i) >= 0, op,
            [&] {
                return fmt::format("stride is {}; expected stride >= 1, or 0 for the size of the window",
                                   part(o.stride, i));
            },
            x.at, check);
        p.stride[i] = part(o.stride, i) == 0 ? w : part(o.stride, i);
        expect(
            n > 0 && n + 2 * pad >= w, op, "x", x.shape(),
            [&] {
                return fmt::format("at least {} at axis {} because the window is {} and padding {}",
                                   std::max(Dim{1}, w - 2 * pad), i + axes - 1, w, pad);
            },
            x.at, check);
        p.result[i] = (n + 2 * pad - w) / p.stride[i] + 1;
    }
    require_sizes(op, result_shape(p, axes), x.at, check);
    return p;
}

inline Pool2dOptions of_images(const Pool1dOptions& o) { return {.stride = {1, o.stride}, .padding = {0, o.padding}}; }

inline Pool geometry(const char* op, const In& x, Dim window, const Pool1dOptions& o, Site check = Site::current()) {
    return geometry(op, x, {1, window}, of_images(o), 1, check);
}
inline Pool geometry(const char* op, const In& x, const Pair& window, const Pool2dOptions& o,
                     Site check = Site::current()) {
    return geometry(op, x, window, o, 2, check);
}

#ifdef HEED_TESTING
// What each window sees, tap by tap at axis 1, for x (b, h, w, c) padded with `fill`.
inline Var windows(const Var& x, const Pair& window, const Pool2dOptions& o, double fill) {
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

inline constexpr Pool1dOptions halved1, overlapping1{.stride = 1, .padding = 1}, sparse1{.stride = 3};
inline constexpr Pool2dOptions halved2, overlapping2{.stride = {1, 2}, .padding = {1, 0}};
inline constexpr Pair small{2}, tall{3, 2};

// An op with one window and its options, and the same written with ops: `of` computes it of images.
template <auto pool, auto window, auto options>
Var pooled(Vars in) {
    return pool(in[0], window, options);
}
template <auto of, Dim window, Pool1dOptions o>
Var composed1(Vars in) {
    return pick(of(unsqueeze(in[0], 1), {1, window}, of_images(o)), 1, 0);
}
template <auto of, Pair window, Pool2dOptions o>
Var composed2(Vars in) {
    return of(in[0], window, o);
}
#endif

}  // namespace heed
