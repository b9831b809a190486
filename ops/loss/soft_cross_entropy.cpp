// cross_entropy of logits against probabilities.
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/rows/rows.hpp>
#include <heed/ops/loss/cross_entropy_parts.hpp>

namespace heed {
namespace {

// A target t with smoothing s and weights w of the classes and e of the rows becomes m = e w ((1 - s) t + s / classes).
struct SoftTargets {
    double smoothing = 0, rows = 0;  // `rows` is the sum of e
    Array classes, examples;         // w (classes) and e (..., 1); of rank 0, ones, for none

    // d m / d t: (1 - s) w e, which broadcasts.
    Var derivative() const { return (1 - smoothing) * (Var(classes) * Var(examples)); }
    Var shares(In target) const {
        if (smoothing == 0 && classes.shape().rank() == 0 && examples.shape().rank() == 0) return target.var();
        const Dim n = target.dim(-1);
        return target * derivative() + smoothing / static_cast<double>(n) * (Var(classes) * Var(examples));
    }
};

SoftTargets check_soft(const In& logits, const In& target, const CrossEntropyOptions& options) {
    const char* op = "cross_entropy";
    expect(logits.rank() > 0 && logits.size() > 0, op, "logits", logits.shape(),
           "(..., classes) with at least one row and one class", logits.at);
    expect(
        target.shape() == logits.shape(), op, "target", target.shape(),
        [&] { return fmt::format("{}, a probability for each of 'logits'", to_string(logits.shape())); }, target.at);
    require(
        options.ignore < 0, op,
        [&] { return fmt::format("ignore is {}, but a target of probabilities has no labels", options.ignore); },
        logits.at);
    require(
        options.smoothing >= 0 && options.smoothing <= 1, op,
        [&] { return fmt::format("smoothing is {}; expected 0 <= smoothing <= 1", options.smoothing); }, logits.at);
    const Dim classes = logits.dim(-1), given = static_cast<Dim>(options.weights.size());
    require(
        given == 0 || given == classes, op,
        [&] {
            return fmt::format("{} weights; expected {} because 'logits' is {}", given, classes,
                               to_string(logits.shape()));
        },
        logits.at);
    SoftTargets t{.smoothing = options.smoothing, .classes = filled({}, 1), .examples = filled({}, 1)};
    if (given > 0) t.classes = Array::from_shape({given});
    for (std::size_t i = 0; i < options.weights.size(); ++i) {
        const double weight = options.weights[i];
        require(
            weight >= 0 && std::isfinite(weight), op,
            [&] { return fmt::format("weight {} of class {}; expected a finite number >= 0", weight, i); }, logits.at);
        t.classes.data()[i] = static_cast<Real>(weight);
    }
    Shape rows(logits.shape().begin(), logits.shape().end() - 1);
    const Array examples = check_examples(op, logits, rows, options);
    t.rows = static_cast<double>(rows.count());
    if (!options.example_weights.defined()) return t;
    t.rows = 0;
    for (const Real weight : examples.storage()) t.rows += static_cast<double>(weight);
    require(t.rows > 0, op, "the weights of the examples are all 0; the mean over them has no value", logits.at);
    rows.push_back(1);
    t.examples = reshaped(examples, rows);
    return t;
}

// Of the elements of a that are not 0, and those of b beside them. Eight sums, none of which waits for another.
double sum_of_products(const Real* a, const Real* b, Dim n) {
    std::array<double, 8> sums{};
    const auto add = [&](std::size_t k, Dim i) {
        sums[k] += a[i] == 0 ? 0 : static_cast<double>(a[i]) * static_cast<double>(b[i]);
    };
    Dim i = 0;
    for (; i + 8 <= n; i += 8)
        for (std::size_t k = 0; k < 8; ++k) add(k, i + static_cast<Dim>(k));
    for (; i < n; ++i) add(0, i);
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace

// With q = softmax(logits) each row of the target t adds -sum_c w_c ((1 - s) t_c + s / classes) log q_c, and the loss
// is the mean over the rows, weighted by the weights of the examples if there are some: as in PyTorch those of the
// classes count for no mean here. t may be any numbers, and wants a gradient or not; a class with t_c = 0 costs nothing
// even where its logit is -inf.
Var detail::cross_entropy(In given, In target, const CrossEntropyOptions& options) {
    const SoftTargets soft = check_soft(given, target, options);
    // An example without weight counts for nothing, whatever it holds.
    const Var counted = options.example_weights.defined() ? where(Var(soft.examples), given, 0) : given.var();
    const In logits(counted, given.at);
    const Dim n = logits.dim(-1), rows = logits.size() / n;
    Array log_q = Array::from_shape(logits.shape());
    kernel::log_softmax(logits.data(), log_q.data(), rows, n);
    const Array shares = soft.shares(target.var().detach()).value();
    std::vector<double> of_rows(static_cast<std::size_t>(rows));
    const Real *m = shares.storage().data(), *l = log_q.data();
    parallel_blocks(rows, std::max(Dim{1}, (Dim{1} << 14) / n), [=, &of_rows](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i)
            of_rows[static_cast<std::size_t>(i)] = sum_of_products(m + i * n, l + i * n, n);
    });
    const double loss = -std::accumulate(of_rows.begin(), of_rows.end(), 0.0);
    const auto backward = [=, dx = logits.slot(), dt = target.slot()](const Array& dy) {
        const double by = -double{*dy.storage().data()} / soft.rows;
        if (dx) {
            const Array given_to_log = scaled(shares, filled({}, static_cast<Real>(by)));
            Array d = Array::from_shape(shares.shape());
            kernel::log_softmax_backward(log_q.storage().data(), given_to_log.storage().data(), d.data(), rows, n);
            dx.add_grad(std::move(d));
        }
        if (dt) dt.add_grad((Var(log_q) * (soft.derivative() * by)).value());
    };
    Var y = record("cross_entropy", {logits, target}, filled({}, static_cast<Real>(loss / soft.rows)), backward);
    return differentiable(std::move(y), {logits, target}, [soft](Vars v, const Var&, const Var& dy) {
        const Var likelihood = log_softmax(v[0]), share = soft.shares(v[1]), by = dy / soft.rows;
        return Grads{by * (exp(likelihood) * sum(share, -1, keep_axis) - share),
                     -(likelihood * (soft.derivative() * by))};
    });
}

#ifdef HEED_TESTING
namespace {
template <Dim classes>
Var composed_soft(Vars in) {  // with weights and smoothing
    const Var w = Array{1, 0.5, 2, 0, 3}, e = Array{{2}, {0}, {0.5}}, t = 0.8 * in[1] + 0.2 / classes;
    return -sum(e * w * t * log_softmax(in[0])) / 2.5;
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "cross_entropy/probabilities", .inputs = {{4, 5}, {4, 5}}, .call = [](Vars in) { return cross_entropy(in[0], in[1]); },
     .same_as = [](Vars in) { return -sum(in[1] * log_softmax(in[0])) / 4; }, .draw = draw::probability},
    {.name = "cross_entropy/probabilities of one row", .inputs = {{7}, {7}}, .call = [](Vars in) { return cross_entropy(in[0], softmax(in[1])); },
     .same_as = [](Vars in) { return -sum(softmax(in[1]) * log_softmax(in[0])); }},
    {.name = "cross_entropy/probabilities, weights and smoothing", .inputs = {{3, 5}, {3, 5}},
     .call = [](Vars in) {
         return cross_entropy(in[0], in[1], {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}, .example_weights = Array{2, 0, 0.5}});
     }, .same_as = composed_soft<5>, .draw = draw::probability},
    {.name = "cross_entropy/probabilities that are labels", .inputs = {{2, 3, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], one_hot(Ints{{0, 1, 2}, {3, 2, 1}}, 4), {.smoothing = 0.1}); },
     .same_as = [](Vars in) { return cross_entropy(in[0], Ints{{0, 1, 2}, {3, 2, 1}}, {.smoothing = 0.1}); }},
    {.name = "cross_entropy/probabilities as an array", .inputs = {{2, 3}},
     .call = [](Vars in) { return cross_entropy(in[0], Array{{1, 0, 0}, {0, 0.5, 0.5}}); },
     .same_as = [](Vars in) { return cross_entropy(in[0], Var(Array{{1, 0, 0}, {0, 0.5, 0.5}})); }},
    {.name = "cross_entropy/probability 0 of a logit -inf", .inputs = {{2}},
     .call = [](Vars in) { return cross_entropy(concat({in[0], Var(Array{-INFINITY})}), Array{0.5, 0.5, 0}); },
     .same_as = [](Vars in) { return cross_entropy(in[0], Array{0.5, 0.5}); }},
    {.name = "cross_entropy/probabilities of another shape", .inputs = {{3, 4}, {4}}, .call = [](Vars in) { return cross_entropy(in[0], in[1]); },
     .rejects = true},
    {.name = "cross_entropy/probabilities of no rows", .inputs = {{0, 4}, {0, 4}}, .call = [](Vars in) { return cross_entropy(in[0], in[1]); },
     .rejects = true},
    {.name = "cross_entropy/probabilities with an ignored label", .inputs = {{3, 4}, {3, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], in[1], {.ignore = 2}); }, .rejects = true},
    {.name = "cross_entropy/probabilities without weight", .inputs = {{2, 4}, {2, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], in[1], {.example_weights = Array{0, 0}}); }, .rejects = true},
    {.name = "cross_entropy/probabilities, number of weights", .inputs = {{2, 4}, {2, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], in[1], {.weights = {1, 2}}); }, .rejects = true})
// clang-format on

}  // namespace heed
