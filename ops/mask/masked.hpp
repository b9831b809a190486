#pragma once
// Masking of scores by a mask that is bound already.
// Private to heed; not installed.
#include <memory>
#include <heed/ops/mask/bound_mask.hpp>

namespace heed {

// scores (b, h, i, j) with the biases, and -inf where a pair is forbidden; what was there does not matter.
Var with_mask(In scores, std::shared_ptr<const BoundMask> mask);

}  // namespace heed
