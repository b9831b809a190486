#pragma once
// Convolutions of images, channels last. Blocks of positions are unfolded into the rows of a matrix product.
#include <heed/core/real.hpp>

namespace heed::kernel {

// x (batch, size[0], size[1], in), w (taps[0], taps[1], in / groups, out), y (batch, result[0], result[1], out), where
// y[.., i, j, o] = bias[o] + sum over u, v, c of x[.., i stride[0] - padding[0] + u dilation[0], and likewise j and v,
// c] w[u, v, c, o], x is 0 outside, and c runs over the channels of o's group. The result may have fewer positions than
// fit: what no position sees gets a gradient of 0.
struct HEED_ABI Conv {
    Dim batch = 0, in = 0, out = 0, groups = 1;
    Dim size[2] = {1, 1}, taps[2] = {1, 1}, result[2] = {1, 1};
    Dim stride[2] = {1, 1}, padding[2] = {0, 0}, dilation[2] = {1, 1};
};

// The results overwrite. bias (out) may be null.
void conv(const Conv& c, const Real* x, const Real* w, const Real* bias, Real* y);
void conv_backward_x(const Conv& c, const Real* w, const Real* dy, Real* dx);
void conv_backward_w(const Conv& c, const Real* x, const Real* dy, Real* dw);

}  // namespace heed::kernel
