// The pointer-generator against its definition in plain loops, and its gradients, in double.
#include <numeric>
#include <heed/nn/layers/heads/pointer.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim examples = 2, steps = 3, width = 4, vocabulary = 5, positions = 6, symbols = 8;
// In the first example 5 and 6 are the source's alone and 5 stands twice, as does 1, which is in the vocabulary, too.
const Ints copies{{5, 1, 6, 5, 1, 4}, {7, 0, 0, 6, 2, 7}};
const Ints targets{{5, 1, 3}, {7, 0, 6}};

struct Operands {
    Var x = Var::leaf(noise({examples, steps, width}, 1), "x");
    Var logits = Var::leaf(noise({examples, steps, vocabulary}, 2), "logits");
    Var scores = Var::leaf(noise({examples, steps, positions}, 3), "scores");
    Ints lengths{6, 4};
    Var weights() const { return softmax(masked(scores, heed::lengths(lengths))); }
};

// exp(z_k) / sum exp(z), of row `row` of z (.., n).
std::vector<double> softmax_of(const Array& z, Dim row, Dim n) {
    std::vector<double> p(z.data() + row * n, z.data() + (row + 1) * n);
    for (double& value : p) value = std::exp(value);
    const double total = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& value : p) value /= total;
    return p;
}

// The definition: g softmax(logits) + (1 - g) (the weights at the positions of each symbol).
std::vector<double> mixed(const nn::PointerGenerator& pointer, const Operands& in, const Array& weights, Dim row) {
    double z = pointer.gate.bias.value()(0);
    for (Dim i = 0; i < width; ++i) z += in.x.value().data()[row * width + i] * pointer.gate.weight.value()(i, 0);
    const double generate = 1 / (1 + std::exp(-z));
    std::vector<double> p = softmax_of(in.logits.value(), row, vocabulary);
    p.resize(symbols);
    for (double& value : p) value *= generate;
    for (Dim j = 0; j < positions; ++j)
        p[static_cast<std::size_t>(copies(row / steps, j))] += (1 - generate) * weights.data()[row * positions + j];
    return p;
}

}  // namespace

TEST_CASE("nn: a pointer-generator mixes as it is defined", "[nn]") {
    const nn::PointerGenerator pointer(nn::Params(4) / "pointer", width);
    const Operands in;
    const Var weights = in.weights();
    const Array all = pointer(in.x, in.logits, weights, copies, symbols).value();
    const Array of_targets = pointer.of_targets(in.x, in.logits, weights, copies, targets).value();
    for (Dim row = 0; row < examples * steps; ++row) {
        const std::vector<double> p = mixed(pointer, in, weights.value(), row);
        for (Dim w = 0; w < symbols; ++w)
            CHECK(std::exp(all.data()[row * symbols + w]) == Approx(p[static_cast<std::size_t>(w)]).margin(1e-15));
        const Dim target = targets(row / steps, row % steps);
        CHECK(std::exp(of_targets.data()[row]) == Approx(p[static_cast<std::size_t>(target)]));
    }
    CHECK(all(0, 0, 7) == -HUGE_VAL);  // the other example's
    const Var step = pointer(pick(in.x, 1, 1), pick(in.logits, 1, 1), pick(weights, 1, 1), copies, symbols);
    CHECK(elements(step.value()) == elements(pick(Var(all), 1, 1).value()));
}

TEST_CASE("nn: gradients through a pointer-generator", "[nn]") {
    const nn::Params p(4);
    const nn::PointerGenerator pointer(p / "pointer", width);
    const Operands in;
    std::vector<Var> leaves = p.list();
    leaves.insert(leaves.end(), {in.x, in.logits, in.scores});
    check_gradients(leaves, "", [&] { return pointer.of_targets(in.x, in.logits, in.weights(), copies, targets); });
    check_gradients(leaves, "", [&] { return exp(pointer(in.x, in.logits, in.weights(), copies, symbols)); });
    // Weights that do not sum to 1.
    check_gradients(leaves, "",
                    [&] { return pointer.of_targets(in.x, in.logits, square(in.scores), copies, targets); });
}

TEST_CASE("nn: a pointer-generator with nothing to copy generates", "[nn]") {
    const nn::PointerGenerator pointer(nn::Params(4) / "pointer", width);
    Operands in;
    in.lengths = {6, 0};
    const auto generated = [&](Dim k, std::int64_t target) {
        return std::log(softmax_of(in.logits.value(), steps + k, vocabulary)[static_cast<std::size_t>(target)]);
    };
    Tape tape;
    const Var y = pointer.of_targets(in.x, in.logits, in.weights(), copies, targets);
    CHECK(y.value()(1, 1) == Approx(generated(1, 0)));
    CHECK(y.value()(1, 0) == Approx(std::log(std::numeric_limits<Real>::min())));  // the source's alone
    for (const Array& g : gradient(sum(y), {in.x, in.logits, in.scores})) CHECK(all(isfinite(Var(g))).item() == 1);
    const Array all = pointer(in.x, in.logits, in.weights(), copies, symbols).value();
    CHECK(all(1, 2, 3) == Approx(generated(2, 3)));
    CHECK(all(1, 2, 7) == -HUGE_VAL);
    for (Dim row = 0; row < examples * steps; ++row) {
        double total = 0;
        for (Dim w = 0; w < symbols; ++w) total += std::exp(all.data()[row * symbols + w]);
        CHECK(total == Approx(1));
    }
}

TEST_CASE("nn: what a pointer-generator refuses", "[nn]") {
    const nn::PointerGenerator pointer(nn::Params(4) / "p", width);
    const Operands in;
    const Var w = in.weights();
    const auto refused = [&](auto call, const char* text) {
        CHECK_THAT(text_of(call), StartsWith(std::string("PointerGenerator 'p': ") + text));
    };
    refused(
        [&] {
            pointer(noise({2, 3, 5}, 1), in.logits, w, copies, symbols);
        },
        "argument 'x' has shape (2, 3, 5); expected (b, 4) or (b, t, 4)\n");
    refused(
        [&] {
            pointer(in.x, noise({2, 2, 5}, 1), w, copies, symbols);
        },
        "argument 'logits' has shape (2, 2, 5); expected one row for each of 'x' (2, 3, 4)\n");
    refused([&] { pointer(in.x, in.logits, pick(w, 1, 0), copies, symbols); },
            "argument 'weights' has shape (2, 6); expected one row for each of 'x' (2, 3, 4)\n");
    refused(
        [&] {
            pointer(in.x, in.logits, w, Ints{{1, 2}, {3, 4}}, symbols);
        },
        "argument 'copies' has shape (2, 2); expected (2, 6) because of 'weights'\n");
    refused([&] { pointer(in.x, in.logits, w, copies, 4); }, "4 symbols; expected at least the vocabulary's 5\n");
    refused([&] { pointer(in.x, in.logits, w, copies, 7); }, "'copies' has the id 7; expected 0 to 6\n");
    refused(
        [&] {
            pointer.of_targets(in.x, in.logits, w, copies, Ints{{1, 2}, {3, 4}});
        },
        "argument 'targets' has shape (2, 2); expected (2, 3) because of 'x'\n");
    refused(
        [&] {
            pointer.of_targets(in.x, in.logits, w, copies, Ints{{5, 1, 7}, {7, 0, 6}});
        },
        "target 7 of example 0 is neither one of the vocabulary's 5 nor in the source\n");
}
