#pragma once
// Sums of squares over slices, for variance and norm.
// Private to heed; not installed.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/elementwise.hpp>
#include <heed/ops/define/reduction.hpp>

namespace heed {

// y = f(x, s) for x (outer, n, inner) and s (outer, inner).
inline void against(kernel::Binary f, const Array& x, const Array& s, const Reduction& r, Real* y) {
    const Dim strides[3] = {r.n * r.inner, r.inner, 1}, repeat[3] = {r.inner, 0, 1};
    kernel::binary(f, {r.outer, r.n, r.inner}, x.storage().data(), strides, s.storage().data(), repeat, y);
}

// y (outer, inner) = finish(sum of (x - s)^2, sum of x - s) over each slice, added up in double.
template <class Finish>
Array squares(const Array& slices, const Array& s, const Reduction& r, Finish finish) {
    Array y = Array::from_shape(r.result);
    const Real *x = slices.storage().data(), *shift = s.storage().data();
    Real* to = y.data();
    constexpr Dim block = 16384;  // elements that are worth a thread
    constexpr Dim width = 32;
    parallel_blocks(r.outer, std::max<Dim>(1, block / std::max<Dim>(1, r.n * r.inner)), [&](Dim begin, Dim end) {
        for (Dim o = begin; o < end; ++o) {
            const Real* slice = x + o * r.n * r.inner;
            for (Dim j = 0; j < r.inner; j += width) {
                double squares[width] = {}, sums[width] = {};
                const auto add = [&](Dim k, Real value, Real middle) {
                    const double d = double{value} - double{middle};
                    squares[k] += d * d;
                    sums[k] += d;
                };
                if (r.inner == 1) {  // the lanes share one slice
                    Dim i = 0;
                    for (; i + width <= r.n; i += width)
                        for (Dim k = 0; k < width; ++k) add(k, slice[i + k], shift[o]);
                    for (Dim k = 0; i < r.n; ++i, ++k) add(k, slice[i], shift[o]);
                    for (Dim k = 1; k < width; ++k) squares[0] += squares[k], sums[0] += sums[k];
                    to[o] = static_cast<Real>(finish(squares[0], sums[0]));
                } else {
                    const Dim lanes = std::min(width, r.inner - j);
                    const Real* middle = shift + o * r.inner + j;
                    for (Dim i = 0; i < r.n; ++i)
                        for (Dim k = 0; k < lanes; ++k) add(k, slice[i * r.inner + j + k], middle[k]);
                    for (Dim k = 0; k < lanes; ++k)
                        to[o * r.inner + j + k] = static_cast<Real>(finish(squares[k], sums[k]));
                }
            }
        }
    });
    return y;
}

}  // namespace heed
