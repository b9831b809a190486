// What cross_entropy and its siblings refuse about labels and options, and the sum of the weights that their means
// divide by.
#include <algorithm>
#include <cmath>
#include <utility>
#include <fmt/format.h>
#include <heed/ops/loss/cross_entropy_parts.hpp>

namespace heed {

Array check_examples(const char* op, const In& of, const Shape& shape, const CrossEntropyOptions& options, Site check) {
    if (!options.example_weights.defined()) return Array::from_shape({0});
    const Var& given = options.example_weights;
    expect(
        given.shape() == shape, op, "example_weights", given.shape(),
        [&] { return fmt::format("{}, one weight for each example", to_string(shape)); }, of.at, check);
    require(!given.wants_grad(), op,
            "the option 'example_weights' wants a gradient, but this loss has none to give it; pass "
            "example_weights.detach()",
            of.at, check);
    const Real* const weights = given.value().storage().data();
    for (Dim i = 0; i < given.size(); ++i)
        require(
            weights[i] >= 0 && std::isfinite(weights[i]), op,
            [&] {
                return fmt::format("weight {} of the example at {}; expected a finite number >= 0", weights[i],
                                   index_text(i, shape));
            },
            of.at, check);
    return given.value();
}

Array Targets::shares() const {
    Shape shape = labels.shape();
    shape.push_back(rule.n);
    Array y = filled(shape, 0);
    const Real* const each = examples_from(0);
    const double even = static_cast<double>(rule.smoothing) / static_cast<double>(rule.n);
    const auto weight = [&](Dim c) { return rule.weights != nullptr ? static_cast<double>(rule.weights[c]) : 1; };
    Real* to = y.data();
    for (Dim i = 0; i < rule.rows; ++i, to += rule.n) {
        const std::int64_t label = rule.labels[i];
        if (label == rule.ignore_index) continue;
        const double example = each != nullptr ? static_cast<double>(each[i]) : 1;
        if (even != 0)
            for (Dim c = 0; c < rule.n; ++c) to[c] = static_cast<Real>(example * weight(c) * even);
        to[label] = static_cast<Real>(example * weight(label) * (1 - static_cast<double>(rule.smoothing) + even));
    }
    return y;
}

Array Targets::counted() const {
    Shape shape = labels.shape();
    shape.push_back(1);
    Array y = Array::from_shape(shape);
    std::transform(rule.labels, rule.labels + rule.rows, y.data(),
                   [&](std::int64_t label) { return Real(label != rule.ignore_index); });
    return y;
}

Var Targets::rule_of(const Var& logits, const Var& dy) const {
    const Var mass_of_rows(shares()), q = exp(log_softmax(where(Var(counted()), logits, 0)));
    return dy / mass * (q * sum(mass_of_rows, -1, keep_axis) - mass_of_rows);
}

Targets check_targets(const char* op, const In& of, const char* name, Dim classes, const Ints& labels,
                      const CrossEntropyOptions& options, Site check) {
    const auto because = [&] { return fmt::format("because '{}' is {}", name, to_string(of.shape())); };
    require(
        options.smoothing >= 0 && options.smoothing <= 1, op,
        [&] { return fmt::format("smoothing is {}; expected 0 <= smoothing <= 1", options.smoothing); }, of.at, check);
    const Dim given = static_cast<Dim>(options.weights.size()), rows = count(labels);
    require(
        given == 0 || given == classes, op,
        [&] { return fmt::format("{} weights; expected {} {}", given, classes, because()); }, of.at, check);
    Targets t{.rule = {.rows = rows,
                       .n = classes,
                       .ignore_index = options.ignore,
                       .smoothing = static_cast<Real>(options.smoothing)},
              .labels = labels,
              .weights = Array::from_shape({given}),
              .examples = check_examples(op, of, labels.shape(), options, check)};
    const Real* const examples = t.examples_from(0);
    t.rule.labels = std::as_const(t.labels).storage().data();
    for (std::size_t i = 0; i < options.weights.size(); ++i) {
        const double weight = options.weights[i];
        require(
            weight >= 0 && std::isfinite(weight), op,
            [&] { return fmt::format("weight {} of class {}; expected a finite number >= 0", weight, i); }, of.at,
            check);
        t.weights.data()[i] = static_cast<Real>(weight);
    }
    if (given > 0) t.rule.weights = t.weights.storage().data();
    bool weightless = false;
    for (Dim i = 0; i < rows; ++i) {
        const std::int64_t label = t.rule.labels[i];
        if (label == options.ignore) continue;
        require(
            0 <= label && label < classes, op,
            [&] {
                return fmt::format("argument 'labels' holds {} at {}; expected 0 <= label < {} {}, or {} (ignored)",
                                   label, index_text(i, labels.shape()), classes, because(), options.ignore);
            },
            of.at, check);
        const double weight = given > 0 ? static_cast<double>(t.rule.weights[label]) : 1,
                     example = examples != nullptr ? static_cast<double>(examples[i]) : 1;
        t.mass += weight * example;
        weightless = weightless || (weight == 0 && options.smoothing == 0) || example == 0;
    }
    if (weightless) {  // their rows count for nothing, whatever they hold
        std::int64_t* const to = t.labels.data();
        for (Dim i = 0; i < rows; ++i) {
            if (to[i] == options.ignore) continue;
            const bool of_class = given == 0 || t.rule.weights[to[i]] != 0 || options.smoothing != 0;
            if (!of_class || (examples != nullptr && examples[i] == 0)) to[i] = options.ignore;
        }
        t.rule.labels = to;
    }
    require(
        t.mass > 0, op,
        [&] {
            return fmt::format(
                "none of the {} labels counts: each is {} (ignored) or has, or is of a class with, weight 0; the mean "
                "over them has no value",
                rows, options.ignore);
        },
        of.at, check);
    return t;
}

Targets check_rows(const char* op, const In& x, const char* name, const Ints& labels,
                   const CrossEntropyOptions& options, Site check) {
    expect(x.rank() > 0 && x.dim(-1) > 0, op, name, x.shape(), "(..., classes) with at least one class", x.at, check);
    expect(
        labels.shape() == Shape(x.shape().begin(), x.shape().end() - 1), op, "labels", labels.shape(),
        [&] { return fmt::format("one label for each row of '{}' {}", name, to_string(x.shape())); }, x.at, check);
    return check_targets(op, x, name, x.dim(-1), labels, options, check);
}

}  // namespace heed
