#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/ops/kernel/cross_entropy.hpp>
#include <heed/ops/kernel/pointwise.hpp>
#include <heed/ops/op.hpp>

namespace heed {
namespace {

// The backward of a loss whose derivative is known already: `slopes` times the one number dy. Shares their memory if that is 1.
Array scaled(const Array& slopes, const Array& dy) {
    const Real by = *dy.storage().data();
    if (by == 1) return slopes;
    Array d = Array::from_shape(slopes.shape());
    kernel::map(kernel::Unary::mul_scalar, slopes.storage().data(), d.data(), count(d), by);
    return d;
}

Array negative(const Array& x) {
    Array y = Array::from_shape(x.shape());
    kernel::map(kernel::Unary::neg, x.storage().data(), y.data(), count(x));
    return y;
}

Array scalar(double value) { return filled({}, static_cast<Real>(value)); }

std::string place_of(Dim flat, const Shape& shape) {  // "(3, 2)"
    Shape index(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
    return to_string(index);
}

void expect_same_shape(const char* op, const In& x, const char* name, const In& target) {
    expect(target.shape() == x.shape(), op, "target", target.shape(),
           [&] { return fmt::format("{} because '{}' has that shape", to_string(x.shape()), name); }, target.at);
    expect(x.size() > 0, op, name, x.shape(), "at least one element: the loss is a mean", x.at);
}

// A loss of one element and its derivative by x.
struct Term { Real loss, slope; };

// sum of term(x_i, target_i) / divisor. The slopes are kept while the operands are in cache; the backward only scales them.
template <class F>
Var sum_of_terms(const char* op, const In& x, const In& target, Dim divisor, F&& term) {
    const double share = 1 / static_cast<double>(divisor);
    const Slot dx = x.slot(), dt = target.slot();
    const bool wanted = dx || dt;
    Array slopes = Array::from_shape(wanted ? x.shape() : Shape{0});
    const Real *px = x.data(), *pt = target.data();
    Real* to = slopes.data();
    double sum = 0;
    for (Dim i = 0, n = x.size(); i < n; ++i) {
        const Term t = term(px[i], pt[i]);
        sum += static_cast<double>(t.loss);
        if (wanted) to[i] = t.slope * static_cast<Real>(share);
    }
    return record(op, {x, target}, scalar(sum * share), [dx, dt, slopes = std::move(slopes)](const Array& dy) {
        Array d = scaled(slopes, dy);
        if (dt) dt.add_grad(negative(d));  // only the losses of x - target let a target have a gradient
        if (dx) dx.add_grad(std::move(d));
    });
}

// The target of a loss that has no derivative by it: no gradient wanted, and 0 <= every element <= high, which is `range` in words.
void expect_constant_target(const char* op, const In& target, Real high, const char* range) {
    require(!target.wants_grad(), op,
            "argument 'target' wants a gradient, but this loss has none to give it; pass target.detach()", target.at);
    const Real* t = target.data();
    for (Dim i = 0, n = target.size(); i < n; ++i)
        require(t[i] >= 0 && t[i] <= high, op,
                [&] { return fmt::format("argument 'target' holds {} at {}; expected {}", t[i], place_of(i, target.shape()), range); }, target.at);
}

// Class weights as an array; empty for none.
Array checked_weights(const In& logits, const std::vector<double>& weights) {
    const Dim classes = logits.dim(-1), given = static_cast<Dim>(weights.size());
    require(given == 0 || given == classes, "cross_entropy",
            [&] { return fmt::format("{} weights; expected {} because 'logits' is {}", given, classes, to_string(logits.shape())); }, logits.at);
    Array w = Array::from_shape({given});
    for (std::size_t i = 0; i < weights.size(); ++i) {
        require(weights[i] >= 0 && std::isfinite(weights[i]), "cross_entropy",
                [&] { return fmt::format("weight {} of class {}; expected a finite number >= 0", weights[i], i); }, logits.at);
        w.data()[i] = static_cast<Real>(weights[i]);
    }
    return w;
}

void check_labels(const In& logits, const Ints& labels, Dim ignore) {
    const Dim classes = logits.dim(-1);
    const std::int64_t* label = labels.storage().data();
    for (Dim i = 0, n = count(labels); i < n; ++i)
        require((0 <= label[i] && label[i] < classes) || label[i] == ignore, "cross_entropy", [&] {
            return fmt::format("argument 'labels' holds {} at {}; expected 0 <= label < {} because 'logits' is {}, or {} (ignored)", label[i],
                               place_of(i, labels.shape()), classes, to_string(logits.shape()), ignore);
        }, logits.at);
}

double sum_of(const Array& x) {
    double sum = 0;
    for (const Real value : x.storage()) sum += static_cast<double>(value);
    return sum;
}

}  // namespace

// With q = softmax(logits), weights w and smoothing s (Szegedy et al., 2016), each label y that is not ignored adds
// -(1 - s) w_y log q_y - s / classes sum_c w_c log q_c; the loss is their sum over the sum of the w_y.
Var cross_entropy(In logits, const Ints& labels, const CrossEntropyOptions& options) {
    expect(logits.rank() > 0 && logits.dim(-1) > 0, "cross_entropy", "logits", logits.shape(), "(..., classes) with at least one class", logits.at);
    expect(labels.shape() == Shape(logits.shape().begin(), logits.shape().end() - 1), "cross_entropy", "labels", labels.shape(),
           [&] { return fmt::format("one label for each row of 'logits' {}", to_string(logits.shape())); }, logits.at);
    require(options.smoothing >= 0 && options.smoothing <= 1, "cross_entropy",
            [&] { return fmt::format("smoothing is {}; expected 0 <= smoothing <= 1", options.smoothing); }, logits.at);
    const Array weights = checked_weights(logits, options.weights);
    check_labels(logits, labels, options.ignore);

    const Dim rows = count(labels);
    const kernel::CrossEntropy rule{.rows = rows, .n = logits.dim(-1), .logits = logits.data(), .labels = labels.storage().data(),
                                    .ignore_index = options.ignore, .smoothing = static_cast<Real>(options.smoothing),
                                    .weights = count(weights) ? weights.storage().data() : nullptr};
    Array loss = Array::from_shape({rows}), weight = Array::from_shape({rows}), shift = Array::from_shape({rows}), log = Array::from_shape({rows});
    const kernel::LogSums lse{shift.data(), log.data()};
    kernel::cross_entropy(rule, loss.data(), weight.data(), lse);
    const double mass = sum_of(weight);
    require(mass > 0, "cross_entropy", [&] {
        return fmt::format("none of the {} labels counts: each is {} (ignored) or of a class with weight 0; the mean over them has no value", rows,
                           options.ignore);
    }, logits.at);

    const Slot dx = logits.slot();
    Array slopes = Array::from_shape(dx ? logits.shape() : Shape{0});  // while the logits are in cache; the backward only scales them
    if (dx) kernel::cross_entropy_backward(rule, lse, nullptr, static_cast<Real>(1 / mass), slopes.data());
    return record("cross_entropy", {logits}, scalar(sum_of(loss) / mass),
                  [dx, slopes = std::move(slopes)](const Array& dy) { dx.add_grad(scaled(slopes, dy)); });
}

// mean of (x - target)^2
Var mse_loss(In x, In target) {
    expect_same_shape("mse_loss", x, "x", target);
    return sum_of_terms("mse_loss", x, target, x.size(), [](Real a, Real b) {
        const Real e = a - b;
        return Term{e * e, 2 * e};
    });
}

// mean of |x - target|; the derivative at 0 is 0
Var l1_loss(In x, In target) {
    expect_same_shape("l1_loss", x, "x", target);
    return sum_of_terms("l1_loss", x, target, x.size(), [](Real a, Real b) {
        const Real e = a - b;
        return Term{std::abs(e), e == 0 ? e : std::copysign(Real(1), e)};
    });
}

// mean of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = x - target (Huber, 1964)
Var huber_loss(In x, In target, double delta) {
    require(delta > 0, "huber_loss", [&] { return fmt::format("delta is {}; expected delta > 0", delta); }, x.at);
    expect_same_shape("huber_loss", x, "x", target);
    return sum_of_terms("huber_loss", x, target, x.size(), [bend = static_cast<Real>(delta)](Real a, Real b) {
        const Real e = a - b, size = std::abs(e);
        return size <= bend ? Term{e * e / 2, e} : Term{bend * (size - bend / 2), std::copysign(bend, e)};
    });
}

// mean of -(t log p + (1 - t) log(1 - p)) with p = sigmoid(x) = max(x, 0) - x t + log(1 + e^-|x|); 0 <= t <= 1.
// An infinite logit on the right side of its target costs nothing.
Var bce_with_logits(In logits, In target) {
    expect_same_shape("bce_with_logits", logits, "logits", target);
    expect_constant_target("bce_with_logits", target, 1, "0 <= target <= 1");
    return sum_of_terms("bce_with_logits", logits, target, logits.size(), [](Real x, Real t) {
        const Real e = std::exp(-std::abs(x)), p = (x >= 0 ? Real(1) : e) / (1 + e), missed = x >= 0 ? 1 - t : -t;
        return Term{(missed == 0 ? 0 : missed * x) + std::log1p(e), p - t};
    });
}

// sum of t (log t - log_p) / size of the first axis; t >= 0, and where t is 0 the term is 0 (Kullback and Leibler, 1951).
Var kl_divergence(In log_p, In target) {
    expect(log_p.rank() > 0, "kl_divergence", "log_p", log_p.shape(), "at least one axis: the sum is divided by the size of the first",
           log_p.at);
    expect_same_shape("kl_divergence", log_p, "log_p", target);
    expect_constant_target("kl_divergence", target, std::numeric_limits<Real>::max(), "a finite number >= 0");
    return sum_of_terms("kl_divergence", log_p, target, log_p.dim(0),
                        [](Real x, Real t) { return t == 0 ? Term{0, 0} : Term{t * (std::log(t) - x), -t}; });
}

#ifdef HEED_TESTING
namespace {
// Targets of the cases below: numbers in [0, 1], the first two of them at its ends; and labels, the last of them ignored.
Array target_like(const Var& x) {
    Array t = Array::from_shape(x.shape());
    for (Dim i = 0; i < x.size(); ++i) t.data()[i] = i < 2 ? static_cast<Real>(i) : static_cast<Real>(i % 7) / 7;
    return t;
}
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
    {.name = "mse_loss/matrix", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); },
     .same_as = [](Vars in) { return mean(square(in[0] - in[1])); }},
    {.name = "mse_loss/scalar", .inputs = {{}, {}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }},
    {.name = "mse_loss/constant target", .inputs = {{5}}, .call = [](Vars in) { return mse_loss(in[0], target_like(in[0])); }},
    {.name = "mse_loss/no broadcasting", .inputs = {{4, 1}, {4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true},
    {.name = "mse_loss/empty", .inputs = {{0, 2}, {0, 2}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true},
    {.name = "l1_loss/cube", .inputs = {{2, 3, 2}, {2, 3, 2}}, .call = [](Vars in) { return l1_loss(in[0], Real(0.37) * in[1]); },
     .same_as = [](Vars in) { return mean(abs(in[0] - Real(0.37) * in[1])); }, .draw = draw::apart},
    {.name = "l1_loss/no broadcasting", .inputs = {{4}, {1}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true},
    {.name = "l1_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true},
    {.name = "huber_loss/both sides", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return huber_loss(in[0], in[1], 0.7); },
     .same_as = [](Vars in) {
         const Var e = abs(in[0] - in[1]), small = clamp(e, 0, 0.7);
         return mean(small * (e - 0.5 * small));
     }},
    {.name = "huber_loss/delta", .inputs = {{3}, {3}}, .call = [](Vars in) { return huber_loss(in[0], in[1], 0); }, .rejects = true},
    {.name = "huber_loss/no broadcasting", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true},
    {.name = "huber_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true},
    {.name = "bce_with_logits/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return bce_with_logits(in[0], target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var t = target_like(in[0]);
         return -mean(t * log_sigmoid(in[0]) + (1 - t) * log_sigmoid(-in[0]));
     }},
    {.name = "bce_with_logits/scalar", .inputs = {{}}, .call = [](Vars in) { return bce_with_logits(in[0], 0.25); }},
    {.name = "bce_with_logits/target above one", .inputs = {{3}},
     .call = [](Vars in) { return bce_with_logits(in[0], filled({3}, Real(1.5))); }, .rejects = true},
    {.name = "bce_with_logits/target with a gradient", .inputs = {{3}, {3}},
     .call = [](Vars in) { return bce_with_logits(in[0], Var::leaf(in[1].value())); }, .rejects = true, .draw = draw::probability},
    {.name = "bce_with_logits/no broadcasting", .inputs = {{3}}, .call = [](Vars in) { return bce_with_logits(in[0], 1); }, .rejects = true},
    {.name = "bce_with_logits/empty", .inputs = {{0}}, .call = [](Vars in) { return bce_with_logits(in[0], target_like(in[0])); }, .rejects = true},
    {.name = "kl_divergence/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return kl_divergence(log_softmax(in[0]), target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var t = target_like(in[0]);
         return sum(where(t, t * log(maximum(t, 1e-30)), 0) - t * log_softmax(in[0])) / 3;
     }},
    {.name = "kl_divergence/scalar", .inputs = {{}}, .call = [](Vars in) { return kl_divergence(in[0], 1); }, .rejects = true},
    {.name = "kl_divergence/negative target", .inputs = {{2}}, .call = [](Vars in) { return kl_divergence(in[0], filled({2}, -1)); },
     .rejects = true},
    {.name = "kl_divergence/target with a gradient", .inputs = {{3}, {3}},
     .call = [](Vars in) { return kl_divergence(in[0], Var::leaf(in[1].value())); }, .rejects = true, .draw = draw::probability},
    {.name = "kl_divergence/no broadcasting", .inputs = {{2, 3}}, .call = [](Vars in) { return kl_divergence(in[0], filled({3}, 1)); },
     .rejects = true},
    {.name = "kl_divergence/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return kl_divergence(in[0], target_like(in[0])); }, .rejects = true})

}  // namespace heed
