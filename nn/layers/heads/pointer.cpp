// A pointer-generator.
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/nn/layers/heads/pointer.hpp>

namespace heed::nn {
namespace {

constexpr const char* layer = "PointerGenerator";
constexpr Real least = std::numeric_limits<Real>::min();

// Of one call: the logarithms of both ways, (b, t, 1).
struct Ways {
    Var generate, copy;
};

void check(In x, In logits, In weights, const Ints& copies, Dim width) {
    const bool single = x.rank() == 2;
    expect((single || x.rank() == 3) && x.dim(-1) == width, layer, "x", x.shape(),
           [&] { return fmt::format("(b, {0}) or (b, t, {0})", width); }, x.at);
    for (const auto& [name, y] : {std::pair("logits", &logits), {"weights", &weights}})
        expect(
            y->rank() == x.rank() && y->dim(0) == x.dim(0) && (single || y->dim(1) == x.dim(1)) && y->dim(-1) > 0,
            layer, name, y->shape(), [&] { return "one row for each of 'x' " + to_string(x.shape()); }, y->at);
    expect(
        Shape(copies.shape()) == Shape{x.dim(0), weights.dim(-1)}, layer, "copies", Shape(copies.shape()),
        [&] { return fmt::format("({}, {}) because of 'weights'", x.dim(0), weights.dim(-1)); }, weights.at);
}

void check_ids(const char* name, const Ints& ids, Dim symbols, Site at) {
    for (const std::int64_t id : ids.storage())
        require(
            id >= 0 && id < symbols, layer,
            [&] { return fmt::format("'{}' has the id {}; expected 0 to {}", name, id, symbols - 1); }, at);
}

// log g and log (1 - g), less the logarithm of g + (1 - g) sum a, the mass of both; without anything to copy, 0 and
// what is multiplied by no weight.
Ways ways(In z, In weights) {
    const Var total = sum(weights, -1, keep_axis);
    const Var some = total > 0.0;
    const Var generate = log_sigmoid(z), copy = log_sigmoid(-z);
    const Var copied = copy + log(where(some, total, 1.0));
    const Var mass = logsumexp(concat({generate, copied}), -1, keep_axis);
    return {where(some, generate - mass, 0.0), where(some, copy - mass, 0.0)};
}

// log x, where x is at least the smallest normal number; else `otherwise`, without a gradient.
Var safe_log(const Var& x, double otherwise) {
    const Var seen = x >= least;
    return where(seen, log(where(seen, x, 1.0)), otherwise);
}

// log (e^a + e^b), (b, t, n).
Var log_sum(const Var& a, const Var& b) { return logsumexp(stack({a, b}, -1), -1); }

// 1 where target t stands at source position j: (b, t, s).
Array matches(const Ints& copies, const Ints& targets) {
    const Dim b = targets.shape()[0], t = targets.shape()[1], s = copies.shape()[1];
    Array same = Array::from_shape({b, t, s});
    for (Dim i = 0; i < b; ++i)
        for (Dim k = 0; k < t; ++k)
            for (Dim j = 0; j < s; ++j) same(i, k, j) = copies(i, j) == targets(i, k) ? 1 : 0;
    return same;
}

}  // namespace

Var PointerGenerator::operator()(In x, In logits, In weights, const Ints& copies, Dim symbols) const {
    const LayerScope scope(gate.weight, x.at);
    check(x, logits, weights, copies, gate.weight.dim(0));
    const Dim vocabulary = logits.dim(-1);
    require(
        symbols >= vocabulary, layer,
        [&] { return fmt::format("{} symbols; expected at least the vocabulary's {}", symbols, vocabulary); }, x.at);
    check_ids("copies", copies, symbols, weights.at);
    if (x.rank() == 2)
        return squeeze((*this)({unsqueeze(x, 1), x.at}, {unsqueeze(logits, 1), logits.at},
                               {unsqueeze(weights, 1), weights.at}, copies, symbols),
                       1);
    const Dim b = x.dim(0), t = x.dim(1), s = weights.dim(-1);
    const Ways way = ways(gate(x), weights);
    Ints ids = Ints::from_shape({b, t, s});
    for (Dim i = 0; i < b; ++i)
        for (Dim k = 0; k < t; ++k)
            for (Dim j = 0; j < s; ++j) ids(i, k, j) = copies(i, j);
    constexpr double never = -std::numeric_limits<double>::infinity();
    const Var copied = safe_log(scatter_add(zeros({b, t, symbols}), ids, weights, -1), never);
    const Var generated = pad(log_softmax(logits), {{0, symbols - vocabulary}}, never);
    return log_sum(way.generate + generated, way.copy + copied);
}

Var PointerGenerator::of_targets(In x, In logits, In weights, const Ints& copies, const Ints& targets) const {
    const LayerScope scope(gate.weight, x.at);
    check(x, logits, weights, copies, gate.weight.dim(0));
    expect(x.rank() == 3, layer, "x", x.shape(), "(b, t, width)", x.at);
    const Dim b = x.dim(0), t = x.dim(1), vocabulary = logits.dim(-1);
    expect(
        Shape(targets.shape()) == Shape{b, t}, layer, "targets", Shape(targets.shape()),
        [&] {
            return to_string(Shape{b, t}) + " because of 'x'";
        },
        x.at);
    check_ids("copies", copies, std::numeric_limits<Dim>::max(), weights.at);
    check_ids("targets", targets, std::numeric_limits<Dim>::max(), x.at);
    const Array same = matches(copies, targets);
    Ints in_vocabulary = Ints::from_shape({b, t, 1});
    Array generable = Array::from_shape({b, t}), in_source = Array::from_shape({b, t});
    for (Dim i = 0; i < b; ++i)
        for (Dim k = 0; k < t; ++k) {
            const bool known = targets(i, k) < vocabulary;
            bool stands = false;
            for (Dim j = 0; j < copies.shape()[1]; ++j) stands = stands || same(i, k, j) != 0;
            require(
                known || stands, layer,
                [&] {
                    return fmt::format(
                        "target {} of example {} is neither one of the vocabulary's {} nor in the source",
                        targets(i, k), i, vocabulary);
                },
                x.at);
            generable(i, k) = known ? 1 : 0;
            in_source(i, k) = stands ? 1 : 0;
            in_vocabulary(i, k, 0) = known ? targets(i, k) : 0;
        }
    constexpr double never = -std::numeric_limits<double>::infinity();
    const Ways way = ways(gate(x), weights);
    const Var generated = gather(log_softmax(logits), in_vocabulary, -1);
    const Var copied = safe_log(sum(weights * Var(same), -1), std::log(static_cast<double>(least)));
    return log_sum(where(Var(generable), squeeze(way.generate + generated, -1), never),
                   where(Var(in_source), squeeze(way.copy, -1) + copied, never));
}

}  // namespace heed::nn
