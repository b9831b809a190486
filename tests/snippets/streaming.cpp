// The code of the second half of docs/learn/attention.md: the fused op, what it takes, and how to look inside.
#include <cmath>
#include <cstdio>
#include <heed/core/base/memory.hpp>
#include <heed/heed.hpp>
#include <heed/tests/snippets/check.hpp>
using namespace heed;

namespace {

double apart(const Var& a, const Var& b) { return max(abs(a - b)).item(); }

void in_pieces() {
    // [pieces]
    const Var scores = draw({1, 6}, 1), values = draw({6, 2}, 2);
    Var sum_of_values, sum_of_weights;
    double largest = -INFINITY;       // of the scores so far
    for (Dim j = 0; j < 6; j += 3) {  // two blocks of three keys
        const Var s = slice(scores, -1, j, j + 3);
        const double before = largest;
        largest = std::max<double>(largest, max(s).item());
        const Var w = exp(s - largest);
        const double shrink = std::exp(before - largest);  // what was summed with another maximum
        const Var part = matmul(w, slice(values, 0, j, j + 3));
        sum_of_values = j == 0 ? part : sum_of_values * shrink + part;
        sum_of_weights = j == 0 ? sum(w) : sum_of_weights * shrink + sum(w);
    }
    const Var context = sum_of_values / sum_of_weights;
    const Var weights =
        exp(scores - largest) / sum_of_weights;  // what the backward needs: two numbers a row give any weight again
    // [end]
    check(apart(context, matmul(softmax(scores), values)) < 1e-6, "blocks give what the whole gives");
    check(apart(weights, softmax(scores)) < 1e-6, "the maximum and the sum make any weight again");
}

void one_call() {
    // [call]
    const Var q = draw({2, 8, 1000, 64}, 1), k = draw({2, 8, 1000, 64}, 2),
              v = draw({2, 8, 1000, 64}, 3);  // (b, h, t, d)
    const Ints n = {1000, 700};
    Tape tape;
    const Var y = attention(q, k, v, {.mask = causal() & lengths(n), .dropout = 0.1});
    tape.backward(sum(y));
    // [end]
    check(q.has_grad() && y.shape() == Shape{2, 8, 1000, 64}, "attention is an op like any other");
    // [explain]
    const AttentionOptions options{.mask = causal() & lengths(n)};
    std::printf("%s", explain(q, k, v, options).text().c_str());
    // [end]
    const Explanation fused = explain(q, k, v, options);
    AttentionOptions composed = options;
    composed.policy = Policy::require_composed;
    check(fused.fused && fused.forward_bytes * 10 < explain(q, k, v, composed).forward_bytes, "no matrix of weights");
}

void looking() {
    const nn::Params params(1);
    const nn::TransformerEncoder model(params, 2, 16, 4);
    const Var x = draw({1, 12, 16}, 4);
    // [lenses]
    Lenses lenses;  // while it lives, every attention of this thread gets a lens
    const Var y = model(x, causal());
    const Lens& lens = lenses["layers.1.attend"];
    const Array row = lens.weights({7}, {0});   // (b, 1, 1, keys): query 7 of head 0
    const Array entropy = lens.entropy();       // (b, h, queries), in nats
    const Lens::Top top = lens.top_keys(7, 3);  // the three keys with most weight: (b, h, 3)
    const Array received = lens.received();     // (b, h, keys): what is attended to
    // [end]
    double sum_of_row = 0;
    for (Dim j = 0; j < 12; ++j) sum_of_row += row(0, 0, 0, j);
    check(std::abs(sum_of_row - 1) < 1e-5 && row(0, 0, 0, 8) == 0, "a row of weights");
    check(entropy(0, 0, 0) == 0 && top.keys(0, 0, 0) <= 7 && received(0, 0, 0) > 0, "what a lens shows");
    check(lenses.paths().size() == 2 && y.shape() == x.shape(), "both layers");
}

}  // namespace

int main() {
    in_pieces();
    one_call();
    looking();
    return failures ? 1 : 0;
}
