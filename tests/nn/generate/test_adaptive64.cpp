// Layers that a condition steers against plain loops, and their gradients, in double.
#include <heed/nn/generate/adaptive.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim examples = 2, steps = 3, dim = 4, width = 5;
using Gate = nn::AdaptiveNorm::Gate;

// Parameters that are not those at first, which steer nothing.
void shake(const nn::Params& p) {
    std::uint64_t seed = 20;
    for (const Var& parameter : p.list()) {
        Array& value = parameter.mutable_value("test");
        value += 0.3 * noise(value.shape(), ++seed);
    }
}

// What the condition of an example makes of column j.
double steered(const nn::AdaptiveNorm& norm, const Array& condition, Dim b, Dim j) {
    double sum = norm.bias.value()(j);
    for (Dim i = 0; i < width; ++i) sum += condition(b, i) * norm.weight.value()(i, j);
    return sum;
}

Rows normed(const nn::AdaptiveNorm& norm, Rows x, const Array& condition, Dim b) {
    for (std::vector<double>& row : x) {
        double mean = 0, variance = 0;
        for (const double v : row) mean += v / dim;
        for (const double v : row) variance += (v - mean) * (v - mean) / dim;
        for (Dim j = 0; j < dim; ++j) {
            double& v = row[static_cast<std::size_t>(j)];
            v = (v - mean) / std::sqrt(variance + norm.epsilon) * (1 + steered(norm, condition, b, dim + j)) +
                steered(norm, condition, b, j);
        }
    }
    return x;
}

Rows gated(const nn::AdaptiveNorm& norm, const Rows& x, Rows part, const Array& condition, Dim b) {
    for (std::vector<double>& row : part)
        for (Dim j = 0; j < dim; ++j) row[static_cast<std::size_t>(j)] *= steered(norm, condition, b, 2 * dim + j);
    return plus(part, x);
}

Rows fed(const nn::FeedForward& feed, const Rows& x) {
    Rows inside = affine(x, feed.up);
    for (std::vector<double>& row : inside)
        for (double& v : row) v = v / 2 * (1 + std::erf(v / std::sqrt(2.0)));
    return affine(inside, feed.down);
}

}  // namespace

TEST_CASE("nn: adaptive layers are what their formulas say", "[nn]") {
    const nn::Params p(1);
    const nn::AdaptiveEncoder encoder(p / "encoder", 2, dim, 2, width, {.hidden = 6});
    const Array x = noise({examples, steps, dim}, 2), condition = noise({examples, width}, 3);
    const auto everything = [](std::size_t, std::size_t) { return true; };

    // At first a layer norm alone, whatever the condition says.
    const Var plain = layer_norm(x, ones({dim}), zeros({dim}), 1e-6);
    CHECK(elements(encoder(x, condition).value()) == elements(plain.value()));

    shake(p);
    const Array y = encoder(x, condition).value();
    for (Dim b = 0; b < examples; ++b) {
        Rows rows = example(x, b);
        for (const nn::AdaptiveEncoderLayer& layer : encoder.layers) {
            const Rows first = normed(layer.norm1, rows, condition, b);
            rows = gated(layer.norm1, rows, multi_head(layer.attend, first, first, everything), condition, b);
            rows = gated(layer.norm2, rows, fed(layer.feed, normed(layer.norm2, rows, condition, b)), condition, b);
        }
        CHECK(difference(y, b, normed(encoder.norm, rows, condition, b)) < 1e-12);
    }
}

TEST_CASE("nn: gradients through adaptive layers", "[nn]") {
    const nn::Params p(1);
    const nn::AdaptiveEncoder encoder(p / "encoder", 1, dim, 2, width, {.hidden = 6});
    shake(p);
    const Var x = Var::leaf(noise({examples, steps, dim}, 2), "x"),
              condition = Var::leaf(noise({examples, width}, 3), "condition");
    std::vector<Var> leaves = p.list();
    leaves.insert(leaves.end(), {x, condition});
    check_gradients(leaves, "key.bias", [&] { return encoder(x, condition, causal()); });
}

TEST_CASE("nn: adaptive layers refuse what does not fit", "[nn]") {
    const nn::Params p(1);
    const nn::AdaptiveNorm norm(p / "norm", dim, width), gate(p / "gate", dim, width, Gate::with);
    const auto refusal = [&](const Shape& x, const Shape& condition) {
        return text_of([&] { norm(filled(x, 0), filled(condition, 0)); });
    };
    CHECK_THAT(refusal({2, 3, 5}, {2, 5}), Containing("argument 'x' has shape (2, 3, 5); expected (b, t, 4)"));
    CHECK_THAT(refusal({2, 3, 4}, {1, 5}), Containing("argument 'condition' has shape (1, 5); expected (2, 5)"));
    const auto same = [](const Var& y) { return y; };
    CHECK_THAT(text_of([&] {
                   norm.around(filled({2, 3, 4}, 0), filled({2, 5}, 0), same);
               }),
               Containing("has no gate for a part; make it with Gate::with"));
    CHECK(elements(gate.around(filled({2, 3, 4}, 7), filled({2, 5}, 1), same).value()) ==
          std::vector<double>(24, 7));  // closed at first
    CHECK_THAT(text_of([&] { nn::AdaptiveNorm(p / "other", 0, 3); }),
               Containing("a width of 0, a condition of 3; expected both above zero"));
    CHECK_THAT(text_of([&] { nn::AdaptiveEncoder(p / "none", 0, dim, 2, width); }),
               StartsWith("AdaptiveEncoder 'none': 0 layers; expected at least one"));
}
