#pragma once
// Gradient clipping by norm.
#include <heed/nn/params/params.hpp>

namespace heed::nn {

// Scales all gradients so that their common Euclidean norm is at most `most`; returns the norm before. A norm that is
// not finite is returned and nothing is scaled. The scale is most / norm: PyTorch's clip_grad_norm_ divides by norm +
// 1e-6, which guards against a norm of 0 that is never scaled here. Throws RangeError for a negative norm or a NaN.
double clip_gradients(const Params& params, double most, Site at = Site::current());

}  // namespace heed::nn
