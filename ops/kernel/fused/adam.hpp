#pragma once
// One pass of Adam over a parameter.
#include <heed/core/real.hpp>

namespace heed::kernel {

// Adam (Kingma and Ba, 2015) with decoupled decay (AdamW, Loshchilov and Hutter, 2019): set l2 for decay added to the
// gradient instead. correction1 = 1 - beta1^t, correction2 = 1 - beta2^t at step t = 1, 2, ...
struct HEED_ABI AdamStep {
    Real lr = Real(1e-3);
    double beta1 = 0.9, beta2 = 0.999;  // in double: 1 - beta2 of a float may be off by a thousandth
    Real eps = Real(1e-8);
    Real decay = 0, l2 = 0;
    Real correction1 = 1, correction2 = 1;
};

// g' = g + l2 p; m = beta1 m + (1 - beta1) g'; v = beta2 v + (1 - beta2) g'^2;
// p = p (1 - lr decay) - lr (m / correction1) / (sqrt(v / correction2) + eps)
// AMSGrad (Reddi, Kale, Kumar, 2018), if there are `largest`: these become max(largest, v) and take v's part in p.
void adam(const AdamStep& step, const Real* g, Real* p, Real* m, Real* v, Real* largest, Dim n);

}  // namespace heed::kernel
