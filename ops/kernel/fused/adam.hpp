#pragma once
// One pass of Adam over a parameter.
#include <heed/core/base/function_ref.hpp>
#include <heed/core/base/row_set.hpp>
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

// A table with rows of `width`, of which those in `touched` alone have a gradient: elsewhere it is 0.
struct HEED_ABI AdamTable {
    const Real* g;
    Real *p, *m, *v, *largest;  // largest may be null
    Dim moments_begin;          // the element that m, v and largest begin with
    const RowSet& touched;
    Dim width;
};
// Elements [begin, end) of the table, with the bits of adam(), which would read the zeros.
void adam_of_table(const AdamStep& step, const AdamTable& t, Dim begin, Dim end);
// Those of them that are in touched rows; each row takes a step of its own.
void adam_of_rows(FunctionRef<AdamStep(Dim row)> step_of, const AdamTable& t, Dim begin, Dim end);

}  // namespace heed::kernel
