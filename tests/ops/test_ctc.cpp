// CTC: what the loss refuses and lets through, and decoding beside all paths. The loss by all paths: the cases of
// ops/loss/ctc.cpp.
#include <algorithm>
#include <cmath>
#include <map>
#include <heed/core/base/random.hpp>
#include <heed/nn/decode/ctc_decode.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/loss/ctc.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

using Labels = std::vector<Dim>;
const Real inf = std::numeric_limits<Real>::infinity();

Ints ints(const Shape& shape, std::initializer_list<std::int64_t> values) {
    Ints x = Ints::from_shape(shape);
    std::copy(values.begin(), values.end(), x.data());
    return x;
}

Array random_log_probs(Dim batch, Dim frames, Dim classes, std::uint64_t seed) {
    Array x = Array::from_shape({batch, frames, classes});
    const RandomStream random(Key{seed, 0}, 0);
    for (Dim i = 0; i < count(x); ++i)
        x.data()[i] = static_cast<Real>(2 * random.normal(static_cast<std::uint64_t>(i)));
    return log_softmax(x).value();
}

// The probability of each labelling, by summing over all paths of example i; and the most probable path's labels.
struct Exact {
    std::map<Labels, double> probability;
    Labels best_path;
};

Exact all_paths(const Array& log_probs, Dim i, Dim frames, Dim blank) {
    const Dim classes = log_probs.shape()[2];
    Exact exact;
    double most = -1;
    Dim paths = 1;
    for (Dim t = 0; t < frames; ++t) paths *= classes;
    for (Dim path = 0; path < paths; ++path) {
        double log_prob = 0;
        Labels decoded;
        Dim rest = path, last = blank;
        for (Dim t = 0; t < frames; ++t, rest /= classes) {
            const Dim c = rest % classes;
            log_prob += static_cast<double>(log_probs(i, t, c));
            if (c != last && c != blank) decoded.push_back(c);
            last = c;
        }
        exact.probability[decoded] += std::exp(log_prob);
        if (std::exp(log_prob) > most) most = std::exp(log_prob), exact.best_path = decoded;
    }
    return exact;
}

std::string refusal(const Ints& targets, std::int64_t frames, std::int64_t labels, const CtcOptions& options = {}) {
    return text_of([&] {
        ctc_loss(filled({1, 4, 3}, -1), targets, ints({1}, {frames}), ints({1}, {labels}), options);
    });
}

}  // namespace

TEST_CASE("ctc_loss: what it refuses, and the error texts", "[ctc]") {
    const Ints two = ints({1, 3}, {2, 2, 2});
    CHECK_THAT(
        refusal(two, 4, 3),
        StartsWith(
            "ctc_loss: target 0 has 3 labels, 2 of them equal to the one before, and needs 5 frames, but its input "
            "has 4: the loss is infinite; leave the example out, or pass .zero_infinity = true"));
    CHECK(refusal(two, 4, 3, {.zero_infinity = true}).empty());
    CHECK(refusal(two, 3, 2).empty());
    CHECK_THAT(refusal(two, 2, 2), Containing("needs 3 frames, but its input has 2"));
    CHECK_THAT(
        refusal(ints({1, 2}, {1, 3}), 4, 2),
        StartsWith("ctc_loss: argument 'targets' holds 3 at (0, 1); expected 0 <= label < 3, and not the blank 0"));
    CHECK(refusal(ints({1, 2}, {1, 3}), 4, 1).empty());  // labels beyond the target's length are not checked
    CHECK_THAT(refusal(two, 5, 1),
               StartsWith("ctc_loss: argument 'input_lengths' holds 5 at (0); expected 0 <= length <= 4"));
    CHECK_THAT(refusal(two, 4, 4),
               StartsWith("ctc_loss: argument 'target_lengths' holds 4 at (0); expected 0 <= length <= 3"));
    CHECK_THAT(refusal(two, 4, 1, {.blank = 3}), StartsWith("ctc_loss: blank is 3; expected 0 <= blank < 3"));
}

TEST_CASE("ctc_loss: infinite and NaN log probabilities show", "[ctc]") {
    const auto loss = [](Real value, const CtcOptions& options, Array& dx) {
        Array x = filled({1, 2, 2}, static_cast<Real>(-0.7));
        x(0, 1, 1) = value;
        const Var leaf = Var::leaf(x);
        Tape tape;
        const Var y = ctc_loss(leaf, ints({1, 1}, {1}), ints({1}, {2}), ints({1}, {1}), options);
        tape.backward(y);
        dx = leaf.grad();
        return y.item();
    };
    Array dx;
    CHECK(std::isfinite(loss(-inf, {}, dx)));  // 1 and blank is left
    CHECK(dx(0, 1, 1) == 0);
    CHECK(std::isnan(loss(std::numeric_limits<Real>::quiet_NaN(), {}, dx)));
    Array x = filled({1, 2, 2}, static_cast<Real>(-0.7));
    x(0, 0, 1) = x(0, 1, 1) = -inf;  // no path is left
    const auto impossible = [&](const CtcOptions& options) {
        return ctc_loss(x, ints({1, 1}, {1}), ints({1}, {2}), ints({1}, {1}), options).item();
    };
    CHECK(impossible({}) == inf);
    CHECK(impossible({.zero_infinity = true}) == 0);
}

TEST_CASE("ctc_loss: second derivatives where probabilities are 0, and where no path is left", "[ctc][higher]") {
    const auto seconds = [](Real first, const CtcOptions& options) {
        Array at = filled({1, 2, 2}, static_cast<Real>(-0.7));
        at(0, 0, 1) = first, at(0, 1, 1) = -inf;
        const Var x = Var::leaf(at);
        Tape tape;
        HigherOrder higher;
        const Var dx = higher.gradient(ctc_loss(x, ints({1, 1}, {1}), ints({1}, {2}), ints({1}, {1}), options), {x})[0];
        tape.backward(sum(square(dx)) + sum(dx));
        return elements(x.grad());
    };
    CHECK(seconds(static_cast<Real>(-0.7), {}) == std::vector<double>{0, 0, 0, 0});  // one path is left
    CHECK(seconds(-inf, {.zero_infinity = true}) == std::vector<double>{0, 0, 0, 0});
    CHECK(std::isnan(seconds(-inf, {})[0]));
}

TEST_CASE("ctc_loss: its gradient by ops keeps the digits of long sequences", "[ctc][higher]") {
    const Dim frames = 1000;
    const Var x = Var::leaf(random_log_probs(2, frames, 30, 7));
    Ints targets = Ints::from_shape({2, 100});
    for (Dim i = 0; i < count(targets); ++i) targets.data()[i] = 1 + i * i % 29;
    Tape tape;
    HigherOrder higher;
    const Var y = ctc_loss(x, targets, ints({2}, {frames, 900}), ints({2}, {100, 70}));
    const std::vector<double> by_ops = elements(higher.gradient(y, {x})[0].value());
    const std::vector<double> own = elements(gradient(y, {x}, {}, keep_recording)[0]);
    double most = 0, largest = 0;
    for (std::size_t i = 0; i < own.size(); ++i) {
        most = std::max(most, std::abs(by_ops[i] - own[i]));
        largest = std::max(largest, std::abs(own[i]));
    }
    CHECK(most < 1e-4 * largest);
}

TEST_CASE("ctc_loss: the same bits with one and two threads", "[ctc]") {
    const Var x = Var::leaf(random_log_probs(6, 30, 5, 4));
    const Ints targets(Shape{6, 3}, 2), frames(Shape{6}, 30), labels(Shape{6}, 3);
    const auto run = [&](int n) {
        set_threads(n);
        x.clear_grad();
        Tape tape;
        const Var y = ctc_loss(x, targets, frames, labels);
        tape.backward(y);
        std::vector<double> all = elements(x.grad());
        all.push_back(static_cast<double>(y.item()));
        return all;
    };
    const std::vector<double> one = run(1), two = run(2);
    set_threads(1);
    CHECK(one == two);
}

TEST_CASE("ctc_greedy: the labels of the best path", "[ctc]") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Dim blank = static_cast<Dim>(seed % 3);
        const Array x = random_log_probs(2, 5, 3, seed);
        const std::vector<Labels> decoded = nn::ctc_greedy(x, ints({2}, {5, 3}), blank);
        CHECK(decoded[0] == all_paths(x, 0, 5, blank).best_path);
        CHECK(decoded[1] == all_paths(x, 1, 3, blank).best_path);
    }
    CHECK(nn::ctc_greedy(random_log_probs(1, 4, 3, 1), ints({1}, {0}))[0].empty());
}

TEST_CASE("ctc_beam_search: a beam that keeps all gives every labelling its probability", "[ctc]") {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const Dim blank = static_cast<Dim>(seed % 3);
        const Array x = random_log_probs(2, 5, 3, seed);
        const auto found = nn::ctc_beam_search(x, ints({2}, {5, 4}), {.beam = 1000, .blank = blank});
        for (Dim i = 0; i < 2; ++i) {
            const Exact exact = all_paths(x, i, 5 - i, blank);
            double before = 0;
            for (const auto& [labels, log_prob] : found[static_cast<std::size_t>(i)]) {
                const auto entry = exact.probability.find(labels);
                REQUIRE(entry != exact.probability.end());
                CHECK(std::exp(log_prob) == Approx(entry->second).epsilon(1e-5));
                CHECK(log_prob <= before);
                before = log_prob;
            }
            CHECK(found[static_cast<std::size_t>(i)].size() == exact.probability.size());
        }
    }
}

TEST_CASE("ctc_beam_search: finds what the best path hides, and a narrow beam never claims too much", "[ctc]") {
    const Array x = heed::log(array_of({1, 2, 2}, {0.6, 0.4, 0.6, 0.4}))
                        .value();  // blank blank: 0.36, label 1 in any of three ways: 0.64
    CHECK(nn::ctc_greedy(x, ints({1}, {2}))[0].empty());
    const auto best = nn::ctc_beam_search(x, ints({1}, {2}))[0];
    REQUIRE(best.size() == 2);
    CHECK(best[0].labels == Labels{1});
    CHECK(std::exp(best[0].log_prob) == Approx(0.64));
    CHECK(std::exp(best[1].log_prob) == Approx(0.36));
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const Array y = random_log_probs(1, 6, 3, seed);
        const Exact exact = all_paths(y, 0, 6, 0);
        for (Dim beam = 1; beam <= 4; ++beam) {
            const auto some = nn::ctc_beam_search(y, ints({1}, {6}), {.beam = beam})[0];
            CHECK(static_cast<Dim>(some.size()) <= beam);
            for (const auto& [labels, log_prob] : some)
                CHECK(std::exp(log_prob) <= exact.probability.at(labels) * (1 + 1e-5));
        }
    }
}

TEST_CASE("ctc decoding: what it refuses", "[ctc]") {
    const Array x = random_log_probs(1, 4, 3, 1);
    CHECK_THAT(text_of([&] {
                   nn::ctc_greedy(x, ints({2}, {1, 1}));
               }),
               StartsWith("ctc_greedy: argument 'lengths' has shape (2); expected (1)"));
    CHECK_THAT(text_of([&] { nn::ctc_greedy(x, ints({1}, {5})); }),
               StartsWith("ctc_greedy: argument 'lengths' holds 5 at (0)"));
    CHECK_THAT(text_of([&] { nn::ctc_greedy(x, ints({1}, {4}), 3); }), StartsWith("ctc_greedy: blank is 3"));
    CHECK_THAT(text_of([&] { nn::ctc_beam_search(x, ints({1}, {4}), {.beam = 0}); }),
               StartsWith("ctc_beam_search: beam is 0; expected at least 1"));
    CHECK_THAT(text_of([&] {
                   nn::ctc_beam_search(filled({1, 2, 2}, std::nanf("")), ints({1}, {2}));
               }),
               Containing("'log_probs' holds a NaN"));
}
