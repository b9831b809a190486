#pragma once
// Convolutions of 3 x 3 taps by fewer multiplications: 2 x 2 results and the 4 x 4 inputs that they see are 16
// products of each input channel and output channel, where 36 stand in the sum (Winograd's minimal filters F(2x2, 3x3):
// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016). So the convolution is 16 matrix products
// of transformed tiles and transformed weights.
// Private to heed; not installed.
#include <heed/ops/kernel/conv/conv.hpp>

namespace heed::kernel {

// Is this a convolution for the functions below, and one that they make faster?
bool is_winograd(const Conv& c);
// What conv() and conv_backward_w() compute, rounded in other places: a NaN or an infinity in the inputs of a tile is
// in all of its results.
void conv_winograd(const Conv& c, const Real* x, const Real* w, const Real* bias, Real* y);
void conv_winograd_backward_w(const Conv& c, const Real* x, const Real* dy, Real* dw);

}  // namespace heed::kernel
