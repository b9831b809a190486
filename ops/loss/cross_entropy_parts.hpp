#pragma once
// What cross_entropy and its siblings share: the check of the targets, and the loss of rows whose logits are known.
// Private to heed; not installed.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/kernel/rows/cross_entropy.hpp>
#include <heed/ops/loss/loss_parts.hpp>

namespace heed {

// What does not depend on the logits: checked labels and options, and the sum of the labels' weights, which the mean
// divides by.
struct HEED_ABI Targets {
    kernel::CrossEntropy rule;
    Ints labels;     // those without weight made ignored ones
    Array weights;   // of the classes; empty for none
    Array examples;  // weights of the labels; empty for none
    double mass = 0;

    // From label `first` on, or null for weights of 1.
    const Real* examples_from(Dim first) const {
        return count(examples) > 0 ? examples.storage().data() + first : nullptr;
    }
    // (..., classes): what -log q of each class is multiplied by, before the sum is divided by the mass.
    Array shares() const;
    // (..., 1): 1 for the rows that count, else 0.
    Array counted() const;
    // dy times the derivative of the mean by the logits, written with ops.
    Var rule_of(const Var& logits, const Var& dy) const;
};

// The option's weights of examples, of which there are `shape`; empty for none. They are constant, finite and >= 0.
Array check_examples(const char* op, const In& of, const Shape& shape, const CrossEntropyOptions& options,
                     Site check = Site::current());

// `of` (..., classes) or (classes, width), named `name`, gives the number of classes.
Targets check_targets(const char* op, const In& of, const char* name, Dim classes, const Ints& labels,
                      const CrossEntropyOptions& options, Site check = Site::current());

// The same for one label of each row of x (..., classes), named `name`.
Targets check_rows(const char* op, const In& x, const char* name, const Ints& labels,
                   const CrossEntropyOptions& options, Site check = Site::current());

// The loss of rows whose logits are known. The derivatives are made while the logits are in cache, and may be written
// over them.
struct HEED_ABI Rows {
    Array loss, shift, log;
    explicit Rows(Dim rows)
        : loss(Array::from_shape({rows})), shift(Array::from_shape({rows})), log(Array::from_shape({rows})) {}
    // `rule` is that of t, or a part of it from row `first` on.
    double operator()(const Targets& t, const kernel::CrossEntropy& rule, Real* derivatives, Dim first = 0) {
        const kernel::LogSums lse{shift.data(), log.data()};
        const Real* const examples = t.examples_from(first);
        kernel::cross_entropy(rule, loss.data(), lse);
        if (derivatives != nullptr)
            kernel::cross_entropy_backward(rule, lse, examples, static_cast<Real>(1 / t.mass), derivatives);
        double sum = 0;
        for (Dim i = 0; i < rule.rows; ++i) {
            const double of_row = static_cast<double>(loss.data()[i]);
            if (examples == nullptr) sum += of_row;
            else if (rule.labels[i] != rule.ignore_index) sum += of_row * static_cast<double>(examples[i]);
        }
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
