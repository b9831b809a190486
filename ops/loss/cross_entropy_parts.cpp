// What cross_entropy and linear_cross_entropy refuse about labels and options, and the sum of the weights that their
// means divide by.
#include <cmath>
#include <utility>
#include <fmt/format.h>
#include <heed/ops/loss/cross_entropy_parts.hpp>

namespace heed {

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
                       .labels = labels.storage().data(),
                       .ignore_index = options.ignore,
                       .smoothing = static_cast<Real>(options.smoothing)},
              .weights = Array::from_shape({given})};
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
        const double weight = given > 0 ? static_cast<double>(t.rule.weights[label]) : 1;
        t.mass += weight;
        weightless = weightless || weight == 0;
    }
    if (weightless && options.smoothing == 0) {  // their rows count for nothing, whatever they hold
        t.counted = labels;
        for (std::int64_t& label : t.counted.storage())
            if (label != options.ignore && t.rule.weights[label] == 0) label = options.ignore;
        t.rule.labels = std::as_const(t.counted).storage().data();
    }
    require(
        t.mass > 0, op,
        [&] {
            return fmt::format(
                "none of the {} labels counts: each is {} (ignored) or of a class with weight 0; the mean over them "
                "has no value",
                rows, options.ignore);
        },
        of.at, check);
    return t;
}

}  // namespace heed
