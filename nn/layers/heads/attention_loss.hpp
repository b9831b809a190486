#pragma once
// The loss of attention whose right keys are known.
#include <span>
#include <heed/ops/ops.hpp>

namespace heed::nn {

// Attention as a prediction of keys (Liu, Utiyama, Finch, Sumita, "Neural Machine Translation with Supervised
// Attention", 2016): the mean of -log of the weight, in the mean of the heads, that a query gives its right key.
// weights: of each layer, (b, heads, i, j), as layers give them; queries (n): flat positions in (b, i); keys
// (n, layers): the right one in j, or -1 where there is none, which counts for nothing; 0 if none counts. Finite: 1e-9
// is added to each weight. Throws ShapeError, RangeError for queries and keys that are not there.
HEED_ABI Var attention_loss(std::span<const Var> weights, const Ints& queries, const Ints& keys,
                            Site at = Site::current());

}  // namespace heed::nn
