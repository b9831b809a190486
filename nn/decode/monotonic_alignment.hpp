#pragma once
// The best monotonic alignment of a text with the frames that speak it.
#include <heed/ops/ops.hpp>

namespace heed::nn {

// How many frames each symbol takes, (b, n): of all ways to give every frame one symbol, in order, the first symbol to
// the first frame, the last one to the last, and none of them to no frame, the one whose scores have the largest sum
// (monotonic alignment search: Kim, Kim, Kong and Yoon, "Glow-TTS", 2020, algorithm 1). Between equal ones a frame
// stays with the later symbol. scores (b, n, t), such as log-probabilities of frame j under symbol i, of which the
// first symbols(i) and frames(i) of example i count; those beyond get 0 frames. There is no gradient. Takes
// O(n t) time and n t bytes for one example after the other. Throws ShapeError; RangeError for fewer frames than
// symbols, an example without symbols, and a score that is NaN or +inf. Where every way has a score of -inf, the
// frames are still shared out in order.
HEED_ABI Ints align_monotonic(In scores, const Ints& symbols, const Ints& frames);

}  // namespace heed::nn
