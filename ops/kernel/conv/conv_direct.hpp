#pragma once
// Convolutions without unfolding: the taps of a row lie side by side in an image that holds its padding, so a tile of a
// product reads them where they lie, from one position to the next.
// Private to heed; not installed.
#include <heed/ops/kernel/conv/conv.hpp>

namespace heed::kernel {

// Is this a convolution for the functions below? One group, taps side by side, whole vectors of outputs.
bool is_direct(const Conv& c);
// What conv() and conv_backward_w() compute; the former with the bits that unfolding gives.
void conv_direct(const Conv& c, const Real* x, const Real* w, const Real* bias, Real* y);
void conv_direct_backward_w(const Conv& c, const Real* x, const Real* dy, Real* dw);

}  // namespace heed::kernel
