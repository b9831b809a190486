// Rows of Transformers' layers and wide linear ones, of whole batches and of one example at a time.
#include <cmath>
#include <memory>
#include <heed/bench/ops/row.hpp>
#include <heed/nn/decode/cache.hpp>
#include <heed/ops/attention/attention.hpp>

namespace heed::bench {
namespace {

constexpr Dim width = 512, hidden = 2048, heads = 8, wide = 1024;

Operand normal(const Shape& shape) { return normal_in({shape, shape, shape}); }
Operand sized(double low, double high, const Shape& shape) { return within(low, high, {shape, shape, shape}); }

// The weight and the bias of a linear layer, the same of keys, and the gain and the bias of a norm.
void add_linear(std::vector<Operand>& to, Dim in, Dim out) {
    const double most = 1 / std::sqrt(static_cast<double>(in));
    to.insert(to.end(), {sized(-most, most, {in, out}), sized(-most, most, {out})});
}
void add_keys(std::vector<Operand>& to, Dim in, Dim out) {
    add_linear(to, in, out);
    to.back().constant = true;  // the gradient of this bias is 0, and what both sides round it to is compared in vain
}
void add_norm(std::vector<Operand>& to) { to.insert(to.end(), {sized(0.5, 1.5, {width}), sized(-0.5, 0.5, {width})}); }

void add_attention(std::vector<Operand>& to, Dim n) {  // queries, keys, values and result
    add_linear(to, n, n);
    add_keys(to, n, n);
    for (int i = 0; i < 2; ++i) add_linear(to, n, n);
}

std::vector<Operand> layer_operands(Dim batch, Dim length) {
    std::vector<Operand> all{normal({batch, length, width})};
    add_norm(all);
    add_attention(all, width);
    add_norm(all);
    add_linear(all, width, hidden);
    add_linear(all, hidden, width);
    return all;
}

// Self-attention and two linear layers, each of what a norm gives, and added to what it was given.
template <class Attend>
Var layer(G g, const Attend& attend) {
    const Var h = layer_norm(g[0], g[1], g[2]);
    const Var seen = attend(linear(h, g[3], g[4]), linear(h, g[5], g[6]), linear(h, g[7], g[8]));
    const Var y = g[0] + linear(seen, g[9], g[10]);
    return y + linear(gelu(linear(layer_norm(y, g[11], g[12]), g[13], g[14])), g[15], g[16]);
}

Var encoder_layer(G g) {
    return layer(g, [](const Var& q, const Var& k, const Var& v) { return attention(q, k, v, {.heads = heads}); });
}

// The next token of a decoder, whose keys and values are appended to those of the tokens before.
OpRow token_row(const char* name, Dim positions) {
    std::vector<Operand> all = layer_operands(1, 1);
    all.insert(all.end(), 2, normal({1, positions - 1, width}).fixed());
    return {name, std::move(all), [cache = std::make_shared<nn::KeyValueCache>()](G g) {
                const Inference decoding;
                if (cache->size() == 0) cache->append(g[17], g[18]);
                cache->rewind(g[17].dim(1));
                return layer(g, [&](const Var& q, const Var& k, const Var& v) {
                    cache->append(k, v);
                    return attention(q, cache->keys(), cache->values(),
                                     {.mask = causal_from_end(), .heads = heads, .keys = cache->size()});
                });
            }};
}

std::vector<Operand> perceptron_operands(Dim batch) {
    std::vector<Operand> all{normal({batch, wide})};
    for (int i = 0; i < 3; ++i) add_linear(all, wide, wide);
    return all;
}
// Smooth: on both sides, a ReLU's derivative may differ where rounding takes a value past 0.
Var perceptron(G g) { return linear(gelu(linear(gelu(linear(g[0], g[1], g[2])), g[3], g[4])), g[5], g[6]); }

std::vector<Operand> memory_operands() {
    std::vector<Operand> all{normal({8, 64, 256}), normal({8, 800, 256})};
    add_attention(all, 256);
    return all;
}
Var attend_to_memory(G g) {
    const Var q = linear(g[0], g[2], g[3]), k = linear(g[1], g[4], g[5]), v = linear(g[1], g[6], g[7]);
    return linear(attention(q, k, v, {.heads = 4}), g[8], g[9]);
}

}  // namespace

std::vector<OpRow> transformer_rows() {
    const Operand x = normal({1, 4, 4096, 32});
    return {{"transformer/encoder layer", layer_operands(8, 96), encoder_layer},
            {"mlp/wide", perceptron_operands(256), perceptron},
            {"attention/long memory", memory_operands(), attend_to_memory},
            {"attention/long context", {x, x, x}, [](G g) { return attention(g[0], g[1], g[2], {.mask = causal()}); }},
            {"latency/encoder layer", layer_operands(1, 96), encoder_layer},
            {"latency/mlp", perceptron_operands(1), perceptron},
            token_row("latency/token, 16 positions", 16),
            token_row("latency/token, 1000 positions", 1000)};
}

}  // namespace heed::bench
