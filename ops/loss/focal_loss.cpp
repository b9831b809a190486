// focal_loss: the cross entropy of logits against labels, less of it where they are right already.
#include <algorithm>
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/loss/cross_entropy_parts.hpp>

namespace heed {
namespace {

constexpr Real infinity = std::numeric_limits<Real>::infinity();

// Calls f(i) for every row, of n elements, on threads.
template <class F>
void each_row(Dim rows, Dim n, const F& f) {
    parallel_blocks(rows, std::max<Dim>(1, 8192 / n), [&](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) f(i);
    });
}

// Of each row that counts: how far the logits of the other classes are above the label's, -inf at the label.
Array above_label(const kernel::CrossEntropy& rule, const Shape& shape) {
    Array z = Array::from_shape(shape);
    each_row(rule.rows, rule.n, [&, to = z.data()](Dim i) {
        const std::int64_t label = rule.labels[i];
        const Real* x = rule.logits + i * rule.n;
        Real* row = to + i * rule.n;
        if (label == rule.ignore_index) return std::fill_n(row, rule.n, -infinity), void();
        for (Dim c = 0; c < rule.n; ++c) row[c] = x[c] == -infinity ? -infinity : x[c] - x[label];
        row[label] = -infinity;
    });
    return z;
}

// s^gamma softplus(d) with s = sigmoid(d), and its derivative by d.
struct Focal {
    Real loss, derivative;
    Focal(Real d, Real gamma) {
        const Real e = std::exp(-std::abs(d)), large = 1 / (1 + e), small = e / (1 + e);
        const Real s = d >= 0 ? large : small, rest = d >= 0 ? small : large;
        const Real softplus = std::max(d, Real(0)) + std::log1p(e), weight = std::pow(s, gamma);
        loss = weight == 0 ? 0 : weight * softplus;
        derivative = weight * (s + (rest == 0 ? 0 : gamma * rest * softplus));
    }
};

// dy times the derivatives, written with ops.
Var focal_rule(const Targets& t, const Var& given, const Var& dy, double gamma) {
    const Var shares(t.shares()), own = not_equal(shares, 0), x = where(Var(t.counted()), given, 0);
    const Var others = where(own, -INFINITY, x), label = sum(where(own, x, 0), -1, keep_axis);
    const Var above = clamp(logsumexp(others, -1, keep_axis) - label, -1000, 1000);
    const Var d = where(equal(label, -INFINITY), 1000, above), log_s = log_sigmoid(d);
    const Var derivative = exp(gamma * log_s) * (exp(log_s) + gamma * (sigmoid(-d) * softplus(d)));
    return dy / t.mass * derivative * where(own, -shares, softmax(others) * sum(shares, -1, keep_axis));
}

}  // namespace

// With q = softmax(logits) and weights w each label y that is not ignored adds -w_y (1 - q_y)^gamma log q_y; the loss
// is their sum over the sum of the w_y (Lin et al., "Focal Loss for Dense Object Detection", 2017, with alpha = w and
// the softmax of several classes). A weight e of its example multiplies both. With d = log sum of e^x over the other
// classes
// - x_y, 1 - q_y = sigmoid(d) and -log q_y = softplus(d): no digits are lost where q_y is close to 1.
Var focal_loss(In logits, const Ints& labels, const FocalLossOptions& options) {
    require(
        options.gamma >= 0 && std::isfinite(options.gamma), "focal_loss",
        [&] { return fmt::format("gamma is {}; expected a finite number >= 0", options.gamma); }, logits.at);
    Targets targets =
        check_rows("focal_loss", logits, "logits", labels,
                   {.ignore = options.ignore, .weights = options.weights, .example_weights = options.example_weights});
    kernel::CrossEntropy& rule = targets.rule;
    rule.logits = logits.data();
    const Dim n = rule.n;
    Array derivatives = above_label(rule, logits.shape()), distance = Array::from_shape({rule.rows});
    kernel::logsumexp(derivatives.data(), distance.data(), rule.rows, n);
    const Slot dx = logits.slot();
    if (dx) kernel::softmax(derivatives.data(), derivatives.data(), rule.rows, n);
    const Real *const examples = targets.examples_from(0), share = static_cast<Real>(1 / targets.mass);
    each_row(rule.rows, n, [&, of_row = distance.data(), to = derivatives.data()](Dim i) {
        const std::int64_t label = rule.labels[i];
        if (label == rule.ignore_index) return of_row[i] = 0, void();
        const Focal focal(rule.logits[i * n + label] == -infinity ? infinity : of_row[i],
                          static_cast<Real>(options.gamma));
        const Real weight = (rule.weights ? rule.weights[label] : 1) * (examples ? examples[i] : 1);
        of_row[i] = weight * focal.loss;
        if (!dx) return;
        const Real by = weight * focal.derivative * share;
        for (Dim c = 0; c < n; ++c) to[i * n + c] *= by;
        to[i * n + label] = -by;
    });
    double loss = 0;
    for (const Real of_row : std::as_const(distance).storage()) loss += static_cast<double>(of_row);
    if (!dx) derivatives = Array::from_shape({0});
    Var y =
        record("focal_loss", {logits}, filled({}, static_cast<Real>(loss / targets.mass)),
               [dx, derivatives = std::move(derivatives)](const Array& dy) { dx.add_grad(scaled(derivatives, dy)); });
    return differentiable(std::move(y), {logits},
                          [targets = std::move(targets), gamma = options.gamma](Vars v, const Var&, const Var& dy) {
                              return Grads{focal_rule(targets, v[0], dy, gamma)};
                          });
}

#ifdef HEED_TESTING
namespace {
// -sum of m (1 - q)^gamma log q over the sum of m, which is `mass`; m (..., classes) is 0 but at the labels.
Var composed_focal(const Var& logits, const Array& m, double mass, double gamma) {
    const Var log_q = log_softmax(logits);
    return -sum(Var(m) * pow(1 - exp(log_q), gamma) * log_q) / mass;
}
Array marked(const Shape& shape, const std::vector<double>& weights) {  // at labels_for of logits of this shape
    const Ints labels = labels_for(zeros(shape));
    Array m = filled(shape, 0);
    for (Dim i = 0; i < count(labels); ++i)
        if (const std::int64_t label = labels.storage()[static_cast<std::size_t>(i)]; label >= 0)
            m.data()[i * shape.back() + label] = static_cast<Real>(weights[static_cast<std::size_t>(label)]);
    return m;
}
Var of_labels(Vars in, const FocalLossOptions& options = {}) { return focal_loss(in[0], labels_for(in[0]), options); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "focal_loss/rows", .inputs = {{4, 5}}, .call = [](Vars in) { return of_labels(in); },
     .same_as = [](Vars in) { return composed_focal(in[0], marked({4, 5}, {1, 1, 1, 1, 1}), 3, 2); }},
    {.name = "focal_loss/one row", .inputs = {{5}}, .call = [](Vars in) { return of_labels(in, {.gamma = 0.5}); },
     .same_as = [](Vars in) { return composed_focal(in[0], marked({5}, {1, 1, 1, 1, 1}), 1, 0.5); }},
    {.name = "focal_loss/weights", .inputs = {{2, 3, 5}}, .call = [](Vars in) { return of_labels(in, {.gamma = 3, .weights = {1, 0.5, 2, 0, 3}}); },
     .same_as = [](Vars in) {
         const Array m = marked({2, 3, 5}, {1, 0.5, 2, 0, 3});
         return composed_focal(in[0], m, double{sum(Var(m)).item()}, 3);
     }},
    {.name = "focal_loss/gamma 0", .inputs = {{6, 4}}, .call = [](Vars in) { return of_labels(in, {.gamma = 0, .weights = {1, 2, 0.5, 1}}); },
     .same_as = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.weights = {1, 2, 0.5, 1}}); }},
    {.name = "focal_loss/two classes", .inputs = {{7, 2}}, .call = [](Vars in) { return focal_loss(in[0], Ints(Shape{7}, 1)); },
     .same_as = [](Vars in) { return sigmoid_focal_loss(pick(in[0], -1, 1) - pick(in[0], -1, 0), ones({7}), -1, 2); }},
    {.name = "focal_loss/ignored class", .inputs = {{3, 4}}, .call = [](Vars in) { return focal_loss(in[0], arange(3), {.ignore = 2}); },
     .same_as = [](Vars in) { return focal_loss(slice(in[0], 0, 0, 2), arange(2)); }},
    {.name = "focal_loss/weights of examples", .inputs = {{3, 4}},
     .call = [](Vars in) { return focal_loss(in[0], Ints{1, 0, 3}, {.weights = {1, 2, 3, 4}, .example_weights = Array{0.5, 0, 2}}); },
     .same_as = [](Vars in) {
         const auto row = [&](Dim i, std::int64_t label) { return focal_loss(pick(in[0], 0, i), Ints(Shape{}, label)); };
         return (0.5 * 2 * row(0, 1) + 2 * 4 * row(2, 3)) / (0.5 * 2 + 2 * 4);
     }},
    {.name = "focal_loss/impossible classes", .inputs = {{2, 2}},
     .call = [](Vars in) { return focal_loss(concat({in[0], Var(filled({2, 3}, -INFINITY))}), Ints{0, 1}); },
     .same_as = [](Vars in) { return focal_loss(in[0], Ints{0, 1}); }},
    {.name = "focal_loss/one class", .inputs = {{3, 1}}, .call = [](Vars in) { return focal_loss(in[0], Ints(Shape{3}, 0)); }, .flat = true},
    {.name = "focal_loss/negative gamma", .inputs = {{3, 4}}, .call = [](Vars in) { return of_labels(in, {.gamma = -1}); }, .rejects = true},
    {.name = "focal_loss/gamma is no number", .inputs = {{3, 4}}, .call = [](Vars in) { return of_labels(in, {.gamma = NAN}); }, .rejects = true},
    {.name = "focal_loss/scalar", .inputs = {{}}, .call = [](Vars in) { return focal_loss(in[0], Ints::from_shape({0})); }, .rejects = true},
    {.name = "focal_loss/no classes", .inputs = {{3, 0}}, .call = [](Vars in) { return focal_loss(in[0], Ints(Shape{3}, 0)); }, .rejects = true},
    {.name = "focal_loss/labels of another shape", .inputs = {{3, 4}}, .call = [](Vars in) { return focal_loss(in[0], Ints(Shape{2}, 1)); },
     .rejects = true},
    {.name = "focal_loss/label too large", .inputs = {{3, 4}}, .call = [](Vars in) { return focal_loss(in[0], Ints(Shape{3}, 4)); }, .rejects = true},
    {.name = "focal_loss/number of weights", .inputs = {{3, 4}}, .call = [](Vars in) { return of_labels(in, {.weights = {1, 2}}); }, .rejects = true},
    {.name = "focal_loss/all ignored", .inputs = {{3, 4}}, .call = [](Vars in) { return focal_loss(in[0], Ints(Shape{3}, -100)); }, .rejects = true})
// clang-format on

}  // namespace heed
