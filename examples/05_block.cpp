// A transformer block by hand: queries, keys, values, masks and softmax as ops, equal to the layer of heed::nn.
#include <cmath>
#include <cstdio>
#include <string>
#include <heed/heed.hpp>
using namespace heed;

constexpr Dim width = 16, heads = 2, batch = 2, length = 6;

// The parameters are those that nn::TransformerEncoderLayer makes; their names say what they are.
struct Block {
    nn::Params params;
    Var operator[](const std::string& name) const { return params.find("block." + name); }
    Var project(const std::string& name, In x) const {
        return linear(x, (*this)[name + ".weight"], (*this)[name + ".bias"]);  // x W + b
    }
    Var norm(const std::string& name, In x) const {
        return layer_norm(x, (*this)[name + ".gain"], (*this)[name + ".bias"]);
    }

    // Heads are parts of the width that attend independently: (b, t, h d) -> (b, h, t, d), and back.
    static Var split_heads(In x) { return permute(reshape(x, {x.dim(0), x.dim(1), heads, -1}), {0, 2, 1, 3}); }
    static Var join_heads(In x) { return reshape(permute(x, {0, 2, 1, 3}), {x.dim(0), x.dim(2), -1}); }

    Var attend(In x, const Mask& mask, Var* weights) const {
        const Var q = split_heads(project("attend.query", x));  // what each position looks for
        const Var k = split_heads(project("attend.key", x));    // what each position is found by
        const Var v = split_heads(project("attend.value", x));  // what each position gives
        const Var scores = matmul(q, transpose(k)) / std::sqrt(static_cast<double>(width / heads));  // (b, h, i, j)
        *weights = softmax(masked(scores, mask));  // a forbidden pair has the score -inf, so the weight 0
        return project("attend.out", join_heads(matmul(*weights, v)));
    }
    Var operator()(In x, const Mask& mask, Var* weights) const {
        const Var y = x + attend(norm("norm1", x), mask, weights);                    // between positions
        return y + project("feed.down", gelu(project("feed.up", norm("norm2", y))));  // at each position alone
    }
};

double largest(In x) { return max(abs(x)).item(); }

int main() {
    const nn::Params params(42);
    const nn::TransformerEncoderLayer layer(params / "block", width, heads);
    const Block block{params};
    const Var x = Var::leaf(Array::from_shape({batch, length, width}));
    nn::init::normal(1)(x.mutable_value(), RandomStream(Key{7}, 1));
    // Position i attends to the positions up to i; the second sequence has four positions, what follows is padding.
    const Mask mask = causal() & lengths({6, 4});
    const auto first_four = [](In y) { return slice(y, 1, 0, 4); };  // what stands at the padding does not matter

    Var weights, ours, theirs;
    Array our_gradient;
    {
        Tape tape;
        ours = block(x, mask, &weights);
        tape.backward(sum(square(first_four(ours))));
        our_gradient = x.grad();
        x.clear_grad();
    }
    {
        Tape tape;
        theirs = layer(x, mask);  // one fused kernel, which never stores the matrix of weights
        tape.backward(sum(square(first_four(theirs))));
    }

    std::printf("weights of the first head in the second sequence: position i (row) attends to position j (column)\n");
    for (Dim i = 0; i < length; ++i) {
        for (Dim j = 0; j < length; ++j) std::printf("%7.2f", weights.value()(1, 0, i, j));
        std::printf("\n");
    }
    const double result = largest(first_four(ours - theirs)), gradient = largest(our_gradient - x.grad());
    std::printf("largest difference to nn::TransformerEncoderLayer: result %.1e, gradient %.1e\n", result, gradient);
    return result < 1e-5 && gradient < 1e-4 ? 0 : 1;
}
