#pragma once
// What cross_entropy and linear_cross_entropy share: the check of the targets, and the loss of rows whose logits are
// known. Private to heed; not installed.
#include <heed/ops/kernel/rows/cross_entropy.hpp>
#include <heed/ops/loss/loss_parts.hpp>

namespace heed {

// What does not depend on the logits: checked labels and options, and the sum of the labels' weights, which the mean
// divides by.
struct HEED_ABI Targets {
    kernel::CrossEntropy rule;
    Array weights;  // of the classes; empty for none
    double mass = 0;
    Ints counted = {};  // labels, those without weight made ignored ones: used if there are such
};

// `of` (..., classes) or (classes, width), named `name`, gives the number of classes.
Targets check_targets(const char* op, const In& of, const char* name, Dim classes, const Ints& labels,
                      const CrossEntropyOptions& options, Site check = Site::current());

// The loss of rows whose logits are known. The derivatives are made while the logits are in cache, and may be written
// over them.
struct HEED_ABI Rows {
    Array loss, shift, log;
    explicit Rows(Dim rows)
        : loss(Array::from_shape({rows})), shift(Array::from_shape({rows})), log(Array::from_shape({rows})) {}
    double operator()(const Targets& t, const kernel::CrossEntropy& rule, Real* derivatives) {
        const kernel::LogSums lse{shift.data(), log.data()};
        kernel::cross_entropy(rule, loss.data(), lse);
        if (derivatives != nullptr)
            kernel::cross_entropy_backward(rule, lse, nullptr, static_cast<Real>(1 / t.mass), derivatives);
        double sum = 0;
        for (Dim i = 0; i < rule.rows; ++i) sum += static_cast<double>(loss.data()[i]);
        return sum;
    }
};

#ifdef HEED_TESTING
// Of the cases below: labels, the last of them ignored.
inline Ints labels_for(const Var& x) {
    const Dim classes = x.shape().back();
    Ints y = Ints::from_shape(Shape(x.shape().begin(), x.shape().end() - 1));
    for (Dim i = 0, n = count(y); i < n; ++i) y.data()[i] = n > 1 && i == n - 1 ? -100 : (5 * i + 1) % classes;
    return y;
}
#endif

}  // namespace heed
