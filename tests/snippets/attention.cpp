// The steps of docs/learn/attention.md. Prints what the page shows, and fails if a step does not do what the page says.
#include <cmath>
#include <cstdio>
#include <heed/heed.hpp>
#include <heed/tests/snippets/check.hpp>
using namespace heed;

namespace {

void print(const char* name, const Var& x) {
    std::printf("%-8s", name);
    for (const Real number : x.value().storage()) std::printf(" %7.3f", static_cast<double>(number));
    std::printf("\n");
}

bool near(In a, In b) { return max(abs(a - b)).item() < 1e-5f; }

Array draw(const Shape& shape, std::uint64_t stream) {  // N(0, 1)
    Array x = Array::from_shape(shape);
    nn::init::normal(1)(x, RandomStream(Key{7, 0}, stream));
    return x;
}

void one_query() {
    // [score]
    const Var query = Array{{2, 1}};                     // (1, 2): what is looked for
    const Var keys = Array{{2, 1}, {-1, 2}, {1, 1}};     // (3, 2): what each position offers
    const Var values = Array{{10, 0}, {0, 10}, {5, 5}};  // (3, 2): what is read there
    const Var scores = matmul(query, transpose(keys));   // (1, 3): one dot product for each key
    // [softmax]
    const Var weights = softmax(scores);  // (1, 3): positive, with the sum 1
    // [sum]
    const Var context = matmul(weights, values);  // (1, 2)
    // [end]
    print("scores", scores);
    print("weights", weights);
    print("context", context);
    check(near(sum(weights), 1), "weights have the sum 1");
    const Var composed = exp(scores) / sum(exp(scores), -1, keep_axis);
    check(near(weights, composed), "softmax is exp divided by the sum of exp");
}

void why_the_root() {
    std::printf("width  deviation  largest weight: plain  scaled\n");
    double plain_before = 0;
    for (const Dim width : {4, 64, 1024}) {
        // [scale]
        const Var q = draw({1000, 1, width}, 1), k = draw({1000, 16, width}, 2);  // 1000 queries, 16 keys each
        const Var plain = matmul(q, transpose(k));
        const Var scaled = plain / std::sqrt(static_cast<double>(width));
        const Var deviation = sqrt(variance(plain));
        const Var largest_plain = mean(max(softmax(plain), -1)), largest_scaled = mean(max(softmax(scaled), -1));
        // [end]
        std::printf("%5d  %9.1f  %21.2f  %6.2f\n", int(width), deviation.item(), largest_plain.item(),
                    largest_scaled.item());
        check(std::abs(deviation.item() / std::sqrt(static_cast<double>(width)) - 1) < 0.05,
              "the deviation is the root of the width");
        check(largest_plain.item() > plain_before && largest_scaled.item() < 0.4f,
              "only unscaled weights grow sharp with the width");
        plain_before = largest_plain.item();
    }
}

// [heads]
// (b, t, h d) -> (b, h, t, d): every head gets its own part of the width
Var split_heads(In x, Dim heads) { return permute(reshape(x, {x.dim(0), x.dim(1), heads, -1}), {0, 2, 1, 3}); }
Var join_heads(In x) { return reshape(permute(x, {0, 2, 1, 3}), {x.dim(0), x.dim(2), -1}); }

struct SelfAttention {
    nn::Linear query, key, value, out;
    Dim heads;

    SelfAttention(nn::Params p, Dim width, Dim heads)
        : query(p / "query", width, width), key(p / "key", width, width), value(p / "value", width, width),
          out(p / "out", width, width), heads(heads) {}

    Var operator()(In x, const Mask& mask, Var* weights = nullptr) const {  // (b, t, width) -> the same
        const Var q = split_heads(query(x), heads), k = split_heads(key(x), heads), v = split_heads(value(x), heads);
        const Var scores = matmul(q, transpose(k)) / std::sqrt(static_cast<double>(q.dim(-1)));  // (b, h, t, t)
        const Var weight = softmax(masked(scores, mask));
        if (weights) *weights = weight;
        return out(join_heads(matmul(weight, v)));
    }
};
// [end]

void several_heads() {
    nn::Params params(1);
    const SelfAttention attend(params / "attend", 8, 2);
    Array text = draw({1, 4, 8}, 3);
    // [masks]
    Var weights;
    const Var y = attend(text, causal(), &weights);       // position i sees the positions 0 .. i
    const Var z = attend(text, causal() & lengths({3}));  // and only the first three positions of this example
    // [end]
    check(weights.shape() == Shape{1, 2, 4, 4}, "weights of every head");
    check(near(triu(weights, 1), 0) && near(sum(weights, -1), 1), "no weight above the diagonal");
    check(near(slice(y, 1, 0, 3), slice(z, 1, 0, 3)), "a length changes nothing for the places before it");
    // [layer]
    nn::Params same(1);  // the same seed and names: the same parameters
    const nn::MultiHeadAttention ready(same / "attend", 8, 2);
    const Var u = ready(text, causal());
    // [end]
    check(near(u, y), "the layer of nn/layers/attention.hpp is this one");
    text(0, 3, 0) += 100;  // a later position changes no earlier one
    const Var changed = attend(text, causal());
    check(sum(abs(slice(changed, 1, 0, 3) - slice(y, 1, 0, 3))).item() == 0, "causal");
    // [empty]
    const Var nothing = softmax(masked(draw({1, 1, 4}, 4), lengths({0})));  // a query without a key: all weights are 0
    // [end]
    check(sum(abs(nothing)).item() == 0, "no key, no weight");
}

void additive() {
    const Dim b = 2, t = 5;
    nn::Params params(1);
    const Var letters = draw({b, t, 6}, 5);
    Var h = draw({b, 4}, 6);
    // [additive]
    const nn::AdditiveAttention attend(params / "attend", 4, 6, 8);  // widths of queries, of keys, and inside
    const nn::AttentionMemory memory = attend.remember(letters, lengths({5, 3}));  // once for each batch of words
    Var weights;
    const Var context = attend(h, memory, &weights);  // in every step of the decoder
    // [formula]
    const Var q = attend.query(h);                                     // (b, 8) = Wq h + bias
    const Var k = attend.key(letters);                                 // (b, t, 8) = Wk letters
    const Var scores = sum(attend.w * tanh(unsqueeze(q, 1) + k), -1);  // (b, t)
    // [end]
    const Var seen = softmax(masked(unsqueeze(scores, 1), lengths({5, 3})));
    check(near(weights, squeeze(seen, 1)), "the layer is its formula");
    check(near(context, squeeze(matmul(seen, letters), 1)), "the context is the weighted sum");
    check(weights.value()(1, 3) == 0 && weights.value()(1, 4) == 0, "nothing behind the end");
}

}  // namespace

int main() {
    one_query();
    why_the_root();
    several_heads();
    additive();
    return failures ? 1 : 0;
}
