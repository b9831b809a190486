#pragma once
// Pooling of images, channels last: the largest element or the mean of what each window sees. Images are shared out to
// threads; results overwrite what was there.
#include <cstdint>
#include <type_traits>
#include <heed/core/real.hpp>

namespace heed::kernel {

struct HEED_ABI Seen {  // the part of an image that a window sees
    Dim top, bottom, left, right;
    [[gnu::always_inline]] inline Dim count() const { return (bottom - top) * (right - left); }
};

// x (batch, size[0], size[1], channels), y (batch, result[0], result[1], channels). The padding is less than the
// window and is not seen, so every window sees something.
struct HEED_ABI Windows {
    Dim batch = 0, channels = 0;
    Dim size[2] = {1, 1}, window[2] = {1, 1}, stride[2] = {1, 1}, padding[2] = {0, 0}, result[2] = {1, 1};
    Dim positions() const { return result[0] * result[1]; }
    Dim image() const { return size[0] * size[1] * channels; }
    [[gnu::always_inline]] inline Seen seen_by(Dim i, Dim j) const {  // by window (i, j)
        const Dim y = i * stride[0] - padding[0], x = j * stride[1] - padding[1];
        const Dim bottom = y + window[0], right = x + window[1];
        return {y < 0 ? 0 : y, bottom < size[0] ? bottom : size[0], x < 0 ? 0 : x, right < size[1] ? right : size[1]};
    }
};

// The position of an element in its image, of which there are fewer than 2^31 in float: as wide as a Real.
using Place = std::conditional_t<sizeof(Real) == 8, std::int64_t, std::int32_t>;

// The first of equal maxima counts, and a NaN is the largest number. places, in the shape of y, may be null.
void max_pool(const Windows& w, const Real* x, Real* y, Place* places);
void max_pool_backward(const Windows& w, const Place* places, const Real* dy, Real* dx);

void avg_pool(const Windows& w, const Real* x, Real* y);
void avg_pool_backward(const Windows& w, const Real* dy, Real* dx);

}  // namespace heed::kernel
