#pragma once
// Normalisation of groups of channels, channels last, where they lie: x (batch, positions, channels). Examples are
// shared out to threads; sums are chains of 32 positions, added by a tree, and results overwrite what was there.
#include <heed/core/real.hpp>

namespace heed::kernel {

struct HEED_ABI GroupNorm {
    Dim batch, positions, channels, groups;
    const Real *x, *gain;  // gain (channels)
    Real *mean, *rstd;     // (batch, groups): written by the forward, read by the backward
};

// y = (x - mean) rstd gain + bias with rstd = 1 / sqrt(variance + eps).
void group_norm(const GroupNorm& g, const Real* bias, Real eps, Real* y);
// Any of dx, dgain and dbias may be null.
void group_norm_backward(const GroupNorm& g, const Real* dy, Real* dx, Real* dgain, Real* dbias);

}  // namespace heed::kernel
