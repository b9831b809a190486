#pragma once
// The cross entropy of rows of logits against class labels.
#include <heed/core/real.hpp>

namespace heed::kernel {

// logits (rows, n), labels (rows) in 0..n-1 or ignore_index; class weights (n), or null for 1.
struct HEED_ABI CrossEntropy {
    Dim rows = 0, n = 0;
    const Real* logits = nullptr;
    const std::int64_t* labels = nullptr;
    std::int64_t ignore_index = -100;
    Real smoothing = 0;
    const Real* weights = nullptr;
};

// log sum e^x of each row as shift + log, (rows) both: far from zero their sum has lost digits that x - shift - log
// keeps.
struct HEED_ABI LogSums {
    Real *shift, *log;
};

// loss[i] = (1 - s) w[label] (lse - x[label]) + s / n sum_c w[c] (lse - x[c]) with lse = log sum e^x and the smoothing
// s (Szegedy et al., 2016); 0 for ignored rows.
void cross_entropy(const CrossEntropy& c, Real* loss, LogSums lse);

// dlogits = scale dloss[i] d loss[i] / d logits; dloss (rows), or null for 1. lse as written by cross_entropy. dlogits
// may be the logits.
void cross_entropy_backward(const CrossEntropy& c, LogSums lse, const Real* dloss, Real scale, Real* dlogits);

}  // namespace heed::kernel
