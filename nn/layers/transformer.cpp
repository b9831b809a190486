// Transformer layers and stacks of them.
#include <fmt/format.h>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/mask/absent.hpp>

namespace heed::nn {
namespace {

// The parts of a layer `p`, which PyTorch names otherwise.
MultiHeadAttention self_of(const Params& p, Dim dim, Dim heads, const TransformerOptions& o, Site at) {
    return MultiHeadAttention(p.named("attend", {{"self_attn.{}"}}), dim, heads,
                              {.key_heads = o.key_heads, .bias = o.bias, .dropout = o.dropout, .rotary = o.rotary}, at);
}
MultiHeadAttention cross_of(const Params& p, Dim dim, Dim heads, const TransformerOptions& o, Site at) {
    return MultiHeadAttention(p.named("cross", {{"multihead_attn.{}"}}), dim, heads,
                              {.bias = o.bias, .dropout = o.dropout}, at);
}
FeedForward feed_of(const Params& layer, Dim dim, const TransformerOptions& o, Site at) {
    const Params p = layer.named("feed", {{"{}"}});
    const Scope scope(p.path());
    require(
        o.hidden >= 0, "FeedForward",
        [&] { return fmt::format("hidden is {}; expected a width, or 0 for 4 dim", o.hidden); }, at);
    return FeedForward(p, dim, o.hidden ? o.hidden : saturated_product(4, dim),
                       {.activation = o.activation, .dropout = o.dropout});
}

// One part with its residual connection and its norm.
template <class Part>
Var residual(const Var& x, const LayerNorm& norm, const Dropout& drop, bool norm_first, const Part& part) {
    return norm_first ? x + drop(part(norm(x))) : norm(x + drop(part(x)));
}

template <class Layer>
std::vector<Layer> stack_of(const char* name, const Params& p, Dim layers, Dim dim, Dim heads,
                            const TransformerOptions& o, Site at) {
    const Scope scope(p.path());
    require(
        layers > 0, name, [&] { return fmt::format("{} layers; expected at least one", layers); }, at);
    std::vector<Layer> made;
    made.reserve(static_cast<std::size_t>(layers));
    for (Dim i = 0; i < layers; ++i) made.emplace_back(p / "layers" / i, dim, heads, o, at);
    return made;
}

void expect_memories(const std::vector<AttentionMemory>& memory, std::size_t layers, Site at) {
    require(
        memory.size() == layers, "TransformerDecoder",
        [&] { return fmt::format("{} memories for {} layers; take what remember() returns", memory.size(), layers); },
        at);
}

std::optional<LayerNorm> last_norm(const Params& p, Dim dim, const TransformerOptions& o) {
    if (!o.norm_first) return std::nullopt;
    return LayerNorm(p / "norm", dim, o.epsilon);
}

}  // namespace

Var activate(In x, Activation activation) {
    switch (activation) {
    case Activation::relu: return relu(x);
    case Activation::gelu: return gelu(x);
    case Activation::gelu_tanh: return gelu_tanh(x);
    case Activation::silu: return silu(x);
    }
    throw RangeError(fmt::format("activate: {} is no Activation", static_cast<int>(activation)));
}

TransformerEncoderLayer::TransformerEncoderLayer(Params p, Dim dim, Dim heads, const TransformerOptions& o, Site at)
    : attend(self_of(p, dim, heads, o, at)), feed(feed_of(p, dim, o, at)), norm1(p / "norm1", dim, o.epsilon),
      norm2(p / "norm2", dim, o.epsilon), drop1(p / "drop1", o.dropout), drop2(p / "drop2", o.dropout),
      norm_first(o.norm_first) {}

namespace {

// `attend` is the layer's self-attention, with what it needs beside its input.
template <class Attend>
Var through(const TransformerEncoderLayer& l, In x, const Attend& attend) {
    const Scope scope(Scope::current(), x.at);
    const Var y = residual(x.var(), l.norm1, l.drop1, l.norm_first, attend);
    return residual(y, l.norm2, l.drop2, l.norm_first, l.feed);
}
template <class Attend>
Var through(const TransformerDecoderLayer& l, In x, const AttentionMemory& memory, Var* weights, const Attend& attend) {
    const Scope scope(Scope::current(), x.at);
    const Var y = residual(x.var(), l.norm1, l.drop1, l.norm_first, attend);
    const Var z =
        residual(y, l.norm2, l.drop2, l.norm_first, [&](const Var& h) { return l.cross(h, memory, weights); });
    return residual(z, l.norm3, l.drop3, l.norm_first, l.feed);
}

}  // namespace

Var TransformerEncoderLayer::operator()(In x, const Mask& mask, Var* weights) const {
    return through(*this, {without_hidden(x, mask), x.at}, [&](const Var& h) { return attend(h, mask, weights); });
}
Var TransformerEncoderLayer::operator()(In x, KeyValueCache& cache, const Mask& mask) const {
    return whole_or_not(cache, [&] { return through(*this, x, [&](const Var& h) { return attend(h, cache, mask); }); });
}

TransformerDecoderLayer::TransformerDecoderLayer(Params p, Dim dim, Dim heads, const TransformerOptions& o, Site at)
    : attend(self_of(p, dim, heads, o, at)), cross(cross_of(p, dim, heads, o, at)), feed(feed_of(p, dim, o, at)),
      norm1(p / "norm1", dim, o.epsilon), norm2(p / "norm2", dim, o.epsilon), norm3(p / "norm3", dim, o.epsilon),
      drop1(p / "drop1", o.dropout), drop2(p / "drop2", o.dropout), drop3(p / "drop3", o.dropout),
      norm_first(o.norm_first) {}

Var TransformerDecoderLayer::operator()(In x, const AttentionMemory& memory, const Mask& mask, Var* weights) const {
    return through(*this, {without_hidden(x, mask), x.at}, memory, weights,
                   [&](const Var& h) { return attend(h, mask); });
}
Var TransformerDecoderLayer::operator()(In x, const AttentionMemory& memory, KeyValueCache& cache,
                                        const Mask& mask) const {
    return whole_or_not(cache, [&] {
        return through(*this, x, memory, nullptr, [&](const Var& h) { return attend(h, cache, mask); });
    });
}

TransformerEncoder::TransformerEncoder(Params p, Dim layers_, Dim dim, Dim heads, const TransformerOptions& o, Site at)
    : layers(stack_of<TransformerEncoderLayer>("TransformerEncoder", p, layers_, dim, heads, o, at)),
      norm(last_norm(p, dim, o)) {}

Var TransformerEncoder::operator()(In x, const Mask& mask, std::vector<Var>* weights) const {
    const Scope scope(Scope::current(), x.at);
    if (weights) weights->clear();
    Var y = x.var();
    for (const TransformerEncoderLayer& layer : layers)
        y = layer(y, mask, weights ? &weights->emplace_back() : nullptr);
    return norm ? (*norm)(y) : y;
}

Var TransformerEncoder::operator()(In x, StackCache& cache, const Mask& mask) const {
    const Scope scope(Scope::current(), x.at);
    return whole_or_not(cache, [&] {
        std::vector<KeyValueCache>& caches = cache.of("TransformerEncoder", layers.size(), x.at);
        Var y = x.var();
        for (std::size_t i = 0; i < layers.size(); ++i) y = layers[i](y, caches[i], mask);
        return norm ? (*norm)(y) : y;
    });
}

TransformerDecoder::TransformerDecoder(Params p, Dim layers_, Dim dim, Dim heads, const TransformerOptions& o, Site at)
    : layers(stack_of<TransformerDecoderLayer>("TransformerDecoder", p, layers_, dim, heads, o, at)),
      norm(last_norm(p, dim, o)) {}

std::vector<AttentionMemory> TransformerDecoder::remember(In memory, const Mask& mask) const {
    const Scope scope(Scope::current(), memory.at);
    std::vector<AttentionMemory> made;
    for (const TransformerDecoderLayer& layer : layers) made.push_back(layer.remember(memory, mask));
    return made;
}

Var TransformerDecoder::operator()(In x, const std::vector<AttentionMemory>& memory, const Mask& mask,
                                   std::vector<Var>* weights) const {
    const Scope scope(Scope::current(), x.at);
    expect_memories(memory, layers.size(), x.at);
    if (weights) weights->clear();
    Var y = x.var();
    for (std::size_t i = 0; i < layers.size(); ++i)
        y = layers[i](y, memory[i], mask, weights ? &weights->emplace_back() : nullptr);
    return norm ? (*norm)(y) : y;
}

Var TransformerDecoder::operator()(In x, const std::vector<AttentionMemory>& memory, StackCache& cache,
                                   const Mask& mask) const {
    const Scope scope(Scope::current(), x.at);
    expect_memories(memory, layers.size(), x.at);
    return whole_or_not(cache, [&] {
        std::vector<KeyValueCache>& caches = cache.of("TransformerDecoder", layers.size(), x.at);
        Var y = x.var();
        for (std::size_t i = 0; i < layers.size(); ++i) y = layers[i](y, memory[i], caches[i], mask);
        return norm ? (*norm)(y) : y;
    });
}

}  // namespace heed::nn
