// The code that docs/learn/attention.md quotes about scores, and that what it says about it is true.
#include <cstdio>
#include <cstdlib>
#include <heed/heed.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/attention/score.hpp>

using namespace heed;

namespace {

void check(bool right, const char* what) {
    if (right) return;
    std::printf("wrong: %s\n", what);
    std::exit(1);
}
bool near(const Var& a, const Var& b) { return max(abs(a - b)).item() < 1e-5; }
void print(const char* what, const Var& row) {
    std::printf("%s:", what);
    for (const Real x : row.value().storage()) std::printf(" %.2f", static_cast<double>(x));
    std::printf("\n");
}
Var draw(const Shape& shape, std::uint64_t stream) {
    Array x = Array::from_shape(shape);
    const RandomStream random(Key{3, 0}, stream);
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = static_cast<Real>(random.normal(static_cast<std::uint64_t>(i)));
    return Var::leaf(x);
}
// Attention as primitive ops, from a matrix of scores (b, h, i, j).
Var look(const Var& scores, const Var& v, const Mask& mask = {}) { return matmul(softmax(masked(scores, mask)), v); }

void scores() {
    const Var q = draw({2, 3, 5, 4}, 1), k = draw({2, 3, 7, 4}, 2), v = draw({2, 3, 7, 6}, 3), w = abs(draw({4}, 4));
    const Var difference = unsqueeze(q, 3) - unsqueeze(k, 2);  // (b, h, i, j, d), which attention() never stores
    // [l1]
    const Score l1 = score::pairwise([](auto query, auto key) { return -abs(query - key); });
    const Var nearest = attention(q, k, v, {.score = l1});
    // [gauss]
    const Score gauss = score::pairwise(
        [](auto query, auto key, auto sharpness) {
            const auto distance = query - key;
            return -sharpness * distance * distance;
        },
        w);
    const Var kernel_smoother = attention(q, k, v, {.score = gauss});
    // [rho]
    const Score recent = score::scaled_dot([](auto s, auto i, auto j) { return s - 0.1 * abs(i - j); });
    const Var y = attention(q, k, v, {.score = recent});
    // [end]
    check(near(nearest, look(-sum(abs(difference), -1), v)), "l1");
    check(near(kernel_smoother, look(-sum(w * square(difference), -1), v)), "gauss");
    const Var distance =
        abs(reshape(Var(Array(xt::cast<Real>(arange(5)))), {5, 1}) - Var(Array(xt::cast<Real>(arange(7)))));
    check(near(y, look(0.5 * matmul(q, transpose(k)) - 0.1 * distance, v)), "a function of the score");
    std::printf("%s\n", explain(q, k, v, {.score = gauss}).text().c_str());
}

void graph() {
    nn::Params params(1);
    const Var nodes = draw({1, 1, 4, 8}, 5);
    // [gatv2]
    // Brody, Alon, Yahav, 2022: e_ij = a . leaky_relu(W_target h_i + W_source h_j), softmax over the neighbours j of i.
    const nn::Linear target(params / "target", 8, 16), source(params / "source", 8, 16);
    const Var a = params.make("a", {16}, nn::init::normal(0.3));
    const Array edge = {{1, 1, 0, 0}, {1, 1, 1, 0}, {0, 1, 1, 1}, {0, 0, 1, 1}};  // a path of four nodes, with loops
    const Score gatv2 = score::pairwise(
        [](auto x, auto y, auto weight) {
            const auto sum = x + y;
            return weight * max(sum, 0.2 * sum);
        },
        a);
    const Var sent = source(nodes);
    const Var next = attention(target(nodes), sent, sent, {.mask = keep(edge), .score = gatv2});
    // [end]
    const Var scores = sum(a * leaky_relu(unsqueeze(target(nodes), 3) + unsqueeze(sent, 2), 0.2), -1);
    check(near(next, look(scores, sent, keep(edge))), "gatv2");
}

void mistakes() {
    const Var values = Array{{10, 0}, {0, 10}, {5, 5}};
    // [twice]
    const Var scores = Array{{5, 0, 3}};
    const Var once = softmax(scores), twice = softmax(softmax(scores));
    // [norm]
    const Var query = Array{{2, 1}}, two = Array{{2, 1}, {1, 1}}, three = Array{{2, 1}, {1, 1}, {-9, 9}};
    const auto by_norm = [&](const Var& keys) {
        return softmax(matmul(query, transpose(keys)) / sqrt(sum(square(keys))));
    };
    const auto by_width = [&](const Var& keys) { return softmax(matmul(query, transpose(keys)) / std::sqrt(2.0)); };
    // [query]
    const Var queries = Array{{1, 0}, {0, 1}, {1, 1}};
    const Var weights = softmax(matmul(queries, transpose(queries)));
    const Var wrong = matmul(weights, queries), right = matmul(weights, values);
    // [end]
    print("softmax once", once);
    print("softmax twice", twice);
    check(once.value()(0, 0) > 0.87 && twice.value()(0, 0) < 0.53, "twice is nearly flat");
    const auto odds = [](const Var& w) { return static_cast<double>(w.value()(0, 0) / w.value()(0, 1)); };
    std::printf("odds of two keys, and beside a third: by the width %.2f %.2f, by the norm %.2f %.2f\n",
                odds(by_width(two)), odds(by_width(three)), odds(by_norm(two)), odds(by_norm(three)));
    check(std::abs(odds(by_width(two)) - odds(by_width(three))) < 1e-3, "other keys do not matter to the odds of two");
    check(odds(by_norm(two)) > 1.4 * odds(by_norm(three)), "by the norm they do");
    print("weights with queries, first row", slice(wrong, 0, 0, 1));
    print("weights with values, first row", slice(right, 0, 0, 1));
    check(max(abs(wrong)).item() <= 1, "a mixture of queries holds nothing of the values");
}

}  // namespace

int main() {
    scores();
    graph();
    mistakes();
    return 0;
}
