// The loss of attention whose right keys are known against its definition in plain loops, and its gradients, in double.
#include <cmath>
#include <heed/nn/layers/heads/attention_loss.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

constexpr Dim batch = 2, heads = 3, queries = 4, keys = 5;
const Ints rows{1, 6, 7};                      // of the 2 * 4 queries
const Ints wanted{{0, 4}, {3, -1}, {-1, -1}};  // of both layers

}  // namespace

TEST_CASE("nn: the loss of attention is the mean of -log of the weights of the right keys", "[nn]") {
    const Var first = Var::leaf(noise({batch, heads, queries, keys}, 1), "first");
    const Var second = Var::leaf(noise({batch, heads, queries, keys}, 2), "second");
    const auto loss = [&] {
        const std::vector<Var> weights{softmax(first), softmax(second)};
        return nn::attention_loss(weights, rows, wanted);
    };
    const Array of_layer[] = {softmax(first).value(), softmax(second).value()};
    double expected = 0;
    for (const auto& [query, layer, key] : {std::array<Dim, 3>{1, 0, 0}, {1, 1, 4}, {6, 0, 3}}) {
        double sum = 0;
        for (Dim h = 0; h < heads; ++h) sum += of_layer[layer](query / queries, h, query % queries, key);
        expected -= std::log(sum / heads) / 3;
    }
    CHECK(loss().item() == Approx(expected).epsilon(1e-7));
    check_gradients({first, second}, "", loss);
}

TEST_CASE("nn: the loss of attention is 0 where no key is right, and finite where one is hidden", "[nn]") {
    const std::vector<Var> weights{filled({1, 1, 2, 2}, 0)};
    CHECK(nn::attention_loss(weights, Ints{1}, Ints{{-1}}).item() == 0);
    CHECK(nn::attention_loss(weights, Ints{1}, Ints{{0}}).item() == Approx(-std::log(1e-9)));
}

TEST_CASE("nn: the loss of attention refuses what does not fit", "[nn]") {
    const auto refusal = [](const std::vector<Var>& weights, const Ints& queries_, const Ints& keys_) {
        return text_of([&] { nn::attention_loss(weights, queries_, keys_); });
    };
    const Var x = filled({1, 1, 2, 3}, 0.5);
    CHECK_THAT(refusal({}, Ints{0}, Ints{{0}}), StartsWith("attention_loss: 'weights' is empty"));
    CHECK_THAT(
        refusal({x, filled({1, 1, 2, 2}, 0.5)}, Ints{0}, Ints{{0, 0}}),
        StartsWith("attention_loss: argument 'weights' has shape (1, 1, 2, 2); expected (b, heads, i, j), of all"));
    CHECK_THAT(refusal({x}, Ints{{0}}, Ints{{0}}),
               StartsWith("attention_loss: argument 'queries' has shape (1, 1); expected (n)"));
    CHECK_THAT(refusal({x}, Ints{0}, Ints{{0, 0}}),
               StartsWith("attention_loss: argument 'keys' has shape (1, 2); expected (1, 1): one for each query"));
    CHECK_THAT(refusal({x}, Ints{0}, Ints{{3}}), Containing("3"));
    CHECK_THAT(refusal({x}, Ints{2}, Ints{{0}}), Containing("2"));
}
