#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/ops/absent.hpp>
#include <heed/ops/factor.hpp>
#include <heed/ops/kernel/chains.hpp>
#include <heed/ops/kernel/cross_entropy.hpp>
#include <heed/ops/loss_parts.hpp>

namespace heed {
namespace {

// What does not depend on the logits: checked labels and options, and the sum of the labels' weights, which the mean divides by.
struct Targets {
    kernel::CrossEntropy rule;
    Array weights;  // of the classes; empty for none
    double mass = 0;
    Ints counted = {};  // labels, those without weight made ignored ones: used if there are such
};

// `of` (..., classes) or (classes, width), named `name`, says how many classes there are.
Targets check_targets(const char* op, const In& of, const char* name, Dim classes, const Ints& labels, const CrossEntropyOptions& options) {
    const auto because = [&] { return fmt::format("because '{}' is {}", name, to_string(of.shape())); };
    require(options.smoothing >= 0 && options.smoothing <= 1, op,
            [&] { return fmt::format("smoothing is {}; expected 0 <= smoothing <= 1", options.smoothing); }, of.at);
    const Dim given = static_cast<Dim>(options.weights.size()), rows = count(labels);
    require(given == 0 || given == classes, op, [&] { return fmt::format("{} weights; expected {} {}", given, classes, because()); }, of.at);
    Targets t{.rule = {.rows = rows, .n = classes, .labels = labels.storage().data(), .ignore_index = options.ignore,
                       .smoothing = static_cast<Real>(options.smoothing)},
              .weights = Array::from_shape({given})};
    for (std::size_t i = 0; i < options.weights.size(); ++i) {
        const double weight = options.weights[i];
        require(weight >= 0 && std::isfinite(weight), op,
                [&] { return fmt::format("weight {} of class {}; expected a finite number >= 0", weight, i); }, of.at);
        t.weights.data()[i] = static_cast<Real>(weight);
    }
    if (given > 0) t.rule.weights = t.weights.storage().data();
    bool weightless = false;
    for (Dim i = 0; i < rows; ++i) {
        const std::int64_t label = t.rule.labels[i];
        if (label == options.ignore) continue;
        require(0 <= label && label < classes, op, [&] {
            return fmt::format("argument 'labels' holds {} at {}; expected 0 <= label < {} {}, or {} (ignored)", label, place_of(i, labels.shape()),
                               classes, because(), options.ignore);
        }, of.at);
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
    require(t.mass > 0, op, [&] {
        return fmt::format("none of the {} labels counts: each is {} (ignored) or of a class with weight 0; the mean over them has no value", rows,
                           options.ignore);
    }, of.at);
    return t;
}

// The loss of rows whose logits are known. The slopes are made while the logits are in cache, and may be written over them.
struct Rows {
    Array loss, shift, log;
    explicit Rows(Dim rows) : loss(Array::from_shape({rows})), shift(Array::from_shape({rows})), log(Array::from_shape({rows})) {}
    double operator()(const Targets& t, const kernel::CrossEntropy& rule, Real* slopes) {
        const kernel::LogSums lse{shift.data(), log.data()};
        kernel::cross_entropy(rule, loss.data(), lse);
        if (slopes != nullptr) kernel::cross_entropy_backward(rule, lse, nullptr, static_cast<Real>(1 / t.mass), slopes);
        double sum = 0;
        for (Dim i = 0; i < rule.rows; ++i) sum += static_cast<double>(loss.data()[i]);
        return sum;
    }
};

// Rows whose logits fill about 16 MB: enough for their products, few enough for the last level of the cache.
Dim rows_of_block(Dim rows, Dim classes) { return std::clamp<Dim>((Dim{1} << 22) / classes, 64, std::max<Dim>(rows, 64)); }

}  // namespace

// With q = softmax(logits), weights w and smoothing s (Szegedy et al., 2016), each label y that is not ignored adds
// -(1 - s) w_y log q_y - s / classes sum_c w_c log q_c; the loss is their sum over the sum of the w_y.
Var cross_entropy(In logits, const Ints& labels, const CrossEntropyOptions& options) {
    expect(logits.rank() > 0 && logits.dim(-1) > 0, "cross_entropy", "logits", logits.shape(), "(..., classes) with at least one class", logits.at);
    expect(labels.shape() == Shape(logits.shape().begin(), logits.shape().end() - 1), "cross_entropy", "labels", labels.shape(),
           [&] { return fmt::format("one label for each row of 'logits' {}", to_string(logits.shape())); }, logits.at);
    Targets targets = check_targets("cross_entropy", logits, "logits", logits.dim(-1), labels, options);

    const Slot dx = logits.slot();
    Array slopes = Array::from_shape(dx ? logits.shape() : Shape{0});
    targets.rule.logits = logits.data();
    const double loss = Rows(targets.rule.rows)(targets, targets.rule, dx ? slopes.data() : nullptr);
    return record("cross_entropy", {logits}, filled({}, static_cast<Real>(loss / targets.mass)),
                  [dx, slopes = std::move(slopes)](const Array& dy) { dx.add_grad(scaled(slopes, dy)); });
}

namespace {

// x with zeros in the rows of ignored labels, if x has numbers that are not finite: the gradient of w is a sum over all rows.
Var of_counted(const In& x, const kernel::CrossEntropy& rule) {
    const bool some = std::find(rule.labels, rule.labels + rule.rows, rule.ignore_index) != rule.labels + rule.rows;
    if (!some || finite(x.value())) return x.var();
    Shape places(x.shape().begin(), x.shape().end() - 1);
    places.push_back(1);
    Array counted = Array::from_shape(places);
    std::transform(rule.labels, rule.labels + rule.rows, counted.data(), [&](std::int64_t label) { return Real(label != rule.ignore_index); });
    return where(Var(std::move(counted)), x, 0);
}

}  // namespace

// cross_entropy of the logits x w^T, of a block of rows at a time: those of a large vocabulary are never stored, and their slopes
// become those of x and w at once (Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models", 2025).
Var linear_cross_entropy(In given, In w, const Ints& labels, const CrossEntropyOptions& options) {
    expect(w.rank() == 2 && w.size() > 0, "linear_cross_entropy", "w", w.shape(), "(classes, width), none of them 0", w.at);
    expect(given.rank() > 0 && given.dim(-1) == w.dim(1), "linear_cross_entropy", "x", given.shape(),
           [&] { return fmt::format("(..., {}) because 'w' is {}", w.dim(1), to_string(w.shape())); }, given.at);
    expect(labels.shape() == Shape(given.shape().begin(), given.shape().end() - 1), "linear_cross_entropy", "labels", labels.shape(),
           [&] { return fmt::format("one label for each row of 'x' {}", to_string(given.shape())); }, given.at);
    const Targets targets = check_targets("linear_cross_entropy", w, "w", w.dim(0), labels, options);

    const Var counted = of_counted(given, targets.rule);
    const In x(counted, given.at);
    const Dim rows = targets.rule.rows, classes = w.dim(0), width = w.dim(1), block = rows_of_block(rows, classes);
    const Slot dx = x.slot(), dw = w.slot();
    Array slopes_x = Array::from_shape(dx ? x.shape() : Shape{0}), slopes_w = Array::from_shape(dw ? w.shape() : Shape{0});
    const Factor fx(x), fw(w);
    const bool round = fx.is_rounded();
    const Var turned = round ? Var() : transpose(w.var().detach());  // once, and not for each block; rounded numbers are turned as they are read
    Array logits = Array::from_shape({std::min(rows, block), classes});
    Rows measure(std::min(rows, block));
    double loss = 0;
    const auto add_block = [&](Dim begin, Dim end, Real* sums_w, bool first) {
        kernel::CrossEntropy rule = targets.rule;
        rule.rows = end - begin;
        rule.labels += begin;
        const kernel::GemmSide from = fx.side() + begin * width;
        Real* z = logits.data();
        kernel::gemm({.m = rule.rows, .n = classes, .k = width, .a = from, .lda = width, .b = round ? fw.side() : turned.value().storage().data(),
                      .ldb = round ? width : classes, .tb = round, .c = z, .ldc = classes});
        rule.logits = z;
        loss += measure(targets, rule, dx || dw ? z : nullptr);
        if (!dx && !dw) return;
        const Factor slopes(logits, fx);
        if (dx)
            kernel::gemm({.m = rule.rows, .n = width, .k = classes, .a = slopes.side(), .lda = classes, .b = fw.side(), .ldb = width,
                          .c = slopes_x.data() + begin * width, .ldc = width});
        if (dw)
            kernel::gemm({.m = classes, .n = width, .k = rule.rows, .a = slopes.side(), .lda = classes, .ta = true, .b = from, .ldb = width,
                          .c = sums_w, .ldc = width, .accumulate = !first});
    };
    kernel::sum_in_chains(0, rows, kernel::blocks_of_chain * block, count(slopes_w), slopes_w.data(), [&](Dim first, Dim last, Real* sums_w) {
        for (Dim begin = first; begin < last; begin += block) add_block(begin, std::min(last, begin + block), sums_w, begin == first);
    });
    return record("linear_cross_entropy", {x, w}, filled({}, static_cast<Real>(loss / targets.mass)),
                  [dx, dw, slopes_x = std::move(slopes_x), slopes_w = std::move(slopes_w)](const Array& dy) {
        if (dx) dx.add_grad(scaled(slopes_x, dy));
        if (dw) dw.add_grad(scaled(slopes_w, dy));
    });
}

#ifdef HEED_TESTING
namespace {
// Of the cases below: labels, the last of them ignored.
Ints labels_for(const Var& x) {
    const Dim classes = x.shape().back();
    Ints y = Ints::from_shape(Shape(x.shape().begin(), x.shape().end() - 1));
    for (Dim i = 0, n = count(y); i < n; ++i) y.data()[i] = n > 1 && i == n - 1 ? -100 : (5 * i + 1) % classes;
    return y;
}
// Cross entropy against labels_for(logits) as the definition has it: -sum of a (..., classes) array of constants times log q.
Var likelihood_loss(const Var& logits, const std::vector<double>& weights, double smoothing) {
    const Ints labels = labels_for(logits);
    const Dim classes = logits.shape().back();
    Array mass = filled(logits.shape(), 0);
    double total = 0;
    for (Dim i = 0; i < count(labels); ++i) {
        const std::int64_t label = labels.storage()[static_cast<std::size_t>(i)];
        if (label < 0) continue;
        const auto weight = [&](Dim c) { return weights[static_cast<std::size_t>(c)]; };
        total += weight(label);
        for (Dim c = 0; c < classes; ++c) {
            const double even = smoothing / static_cast<double>(classes) * weight(c);
            mass.data()[i * classes + c] = static_cast<Real>(c == label ? (1 - smoothing) * weight(c) + even : even);
        }
    }
    return -sum(mass * log_softmax(logits)) / total;
}
Var loss_of_product(Vars in, const CrossEntropyOptions& options = {}) {
    Shape places(in[0].shape().begin(), in[0].shape().end() - 1);
    places.push_back(in[1].dim(0));
    return linear_cross_entropy(in[0], in[1], labels_for(zeros(places)), options);
}
Var loss_of_logits(Vars in, const CrossEntropyOptions& options = {}) {
    const Var logits = matmul(in[0], transpose(in[1]));
    return cross_entropy(logits, labels_for(logits), options);
}
}  // namespace
#endif

HEED_OP_CASES(
    {.name = "cross_entropy/rows", .inputs = {{4, 5}}, .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0])); },
     .same_as = [](Vars in) { return likelihood_loss(in[0], {1, 1, 1, 1, 1}, 0); }},
    {.name = "cross_entropy/one row", .inputs = {{5}}, .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0])); },
     .same_as = [](Vars in) { return -pick(log_softmax(in[0]), 0, 1); }},
    {.name = "cross_entropy/weights and smoothing", .inputs = {{2, 3, 5}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); },
     .same_as = [](Vars in) { return likelihood_loss(in[0], {1, 0.5, 2, 0, 3}, 0.2); }},
    {.name = "cross_entropy/ignored class", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], arange(3), {.ignore = 2}); },
     .same_as = [](Vars in) { return -(pick(pick(log_softmax(in[0]), 0, 0), 0, 0) + pick(pick(log_softmax(in[0]), 0, 1), 0, 1)) / 2; }},
    {.name = "cross_entropy/scalar", .inputs = {{}}, .call = [](Vars in) { return cross_entropy(in[0], Ints::from_shape({0})); }, .rejects = true},
    {.name = "cross_entropy/no classes", .inputs = {{3, 0}}, .call = [](Vars in) { return cross_entropy(in[0], Ints::from_shape({3})); },
     .rejects = true},
    {.name = "cross_entropy/labels of another shape", .inputs = {{3, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{2}, 1)); }, .rejects = true},
    {.name = "cross_entropy/label too large", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{3}, 4)); },
     .rejects = true},
    {.name = "cross_entropy/negative label", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{3}, -1)); },
     .rejects = true},
    {.name = "cross_entropy/all ignored", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{3}, -100)); },
     .rejects = true},
    {.name = "cross_entropy/no rows", .inputs = {{0, 4}}, .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0])); }, .rejects = true},
    {.name = "cross_entropy/weightless labels", .inputs = {{1, 2}},
     .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{1}, 0), {.weights = {0, 1}}); }, .rejects = true},
    {.name = "cross_entropy/number of weights", .inputs = {{4, 5}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.weights = {1, 2}}); }, .rejects = true},
    {.name = "cross_entropy/negative weight", .inputs = {{1, 2}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.weights = {-1, 2}}); }, .rejects = true},
    {.name = "cross_entropy/smoothing above one", .inputs = {{4, 5}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.smoothing = 1.1}); }, .rejects = true},
    {.name = "linear_cross_entropy/rows", .inputs = {{4, 3}, {5, 3}}, .call = [](Vars in) { return loss_of_product(in); },
     .same_as = [](Vars in) { return loss_of_logits(in); }},
    {.name = "linear_cross_entropy/weights and smoothing", .inputs = {{2, 3, 4}, {5, 4}},
     .call = [](Vars in) { return loss_of_product(in, {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); },
     .same_as = [](Vars in) { return loss_of_logits(in, {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); }},
    {.name = "linear_cross_entropy/constant table", .inputs = {{3, 2}},
     .call = [](Vars in) { return loss_of_product({in[0], heed::tril(filled({4, 2}, 1))}); }},
    {.name = "linear_cross_entropy/constant x", .inputs = {{4, 2}}, .call = [](Vars in) { return loss_of_product({filled({3, 2}, 1), in[0]}); }},
    {.name = "linear_cross_entropy/widths", .inputs = {{4, 3}, {5, 4}}, .call = [](Vars in) { return loss_of_product(in); }, .rejects = true},
    {.name = "linear_cross_entropy/no classes", .inputs = {{4, 3}, {0, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{4}, 0)); }, .rejects = true},
    {.name = "linear_cross_entropy/labels of another shape", .inputs = {{4, 3}, {5, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{3}, 0)); }, .rejects = true},
    {.name = "linear_cross_entropy/label too large", .inputs = {{4, 3}, {5, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{4}, 5)); }, .rejects = true},
    {.name = "linear_cross_entropy/all ignored", .inputs = {{4, 3}, {5, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{4}, -100)); }, .rejects = true})

}  // namespace heed
