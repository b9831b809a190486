// Transformer layers and stacks of them.
#include <fmt/format.h>
#include <heed/core/tape_parts.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/ops/mask/absent.hpp>

namespace heed::nn {
namespace {

// The parts of a layer `p`, which PyTorch names otherwise.
MultiHeadOptions within(const TransformerOptions& o, MultiHeadOptions part) {
    if (!part.bias) part.bias = o.bias;
    if (!part.dropout) part.dropout = o.dropout;
    return part;
}
MultiHeadAttention self_of(const Params& p, Dim dim, Dim heads, const TransformerOptions& o, Site at) {
    MultiHeadOptions part = within(o, o.attend);
    if (part.key_heads == 0) part.key_heads = o.key_heads;
    if (!part.rotary) part.rotary = o.rotary;
    return MultiHeadAttention(p.named("attend", {{"self_attn.{}"}}), dim, heads, part, at);
}
MultiHeadAttention cross_of(const Params& p, Dim dim, Dim heads, const TransformerOptions& o, Site at) {
    return MultiHeadAttention(p.named("cross", {{"multihead_attn.{}"}}), dim, heads, within(o, o.cross), at);
}
FeedForward feed_of(const Params& layer, Dim dim, const TransformerOptions& o, Site at) {
    const Params p = layer.named("feed", {{"{}"}});
    const Scope scope(p.path());
    require(
        o.hidden >= 0, "FeedForward",
        [&] { return fmt::format("hidden is {}; expected a width, or 0 for 4 dim", o.hidden); }, at);
    return FeedForward(
        p, dim, o.hidden ? o.hidden : saturated_product(4, dim),
        {.activation = o.activation, .dropout = o.dropout, .gated = o.gated, .bias = o.feed_bias.value_or(o.bias)});
}
Norm norm_of(const Params& p, const char* name, Dim dim, const TransformerOptions& o) {
    return Norm(p / name, dim, {.kind = o.norm, .bias = o.norm_bias.value_or(o.bias), .epsilon = o.epsilon});
}
Branch branch_of(const Params& p, const std::string& number, Dim dim, const TransformerOptions& o, Site at) {
    return {.drop = Dropout(p / ("drop" + number), o.dropout),
            .scale = o.layer_scale ? std::optional(LayerScale(p / ("scale" + number), dim, *o.layer_scale, at))
                                   : std::nullopt,
            .depth = StochasticDepth(p / ("depth" + number), o.stochastic_depth, at)};
}

// One part with its residual connection and its norm.
template <class Part>
Var residual(const Var& x, const Norm& norm, const Branch& branch, bool norm_first, const Part& part) {
    return norm_first ? x + branch(part(norm(x))) : norm(x + branch(part(x)));
}

// Of a layer that a stack makes, nothing is asked that the stack itself does.
const Params& checked_alone(const char* layer, const Params& p, const TransformerOptions& o, Site at) {
    const Scope scope(p.path());
    require(!o.relative, layer,
            ".relative is of a stack, whose layers share the table; add RelativePositions to the layer's mask", at);
    return p;
}

template <class Layer>
std::vector<Layer> layers_of(const char* name, const Params& p, Dim layers, Dim dim, Dim heads,
                             const TransformerOptions& o, Site at) {
    const Scope scope(p.path());
    require(
        layers > 0, name, [&] { return fmt::format("{} layers; expected at least one", layers); }, at);
    const double depth = StochasticDepth(p, o.stochastic_depth, at).p;
    TransformerOptions own = o;
    own.relative.reset();
    std::vector<Layer> made;
    made.reserve(static_cast<std::size_t>(layers));
    for (Dim i = 0; i < layers; ++i) {
        own.stochastic_depth = i == 0 ? 0 : depth * static_cast<double>(i) / static_cast<double>(layers - 1);
        made.emplace_back(p / "layers" / i, dim, heads, own, at);
    }
    return made;
}

template <class Layer>
TransformerStack<Layer> stack_of(const char* name, const Params& p, Dim layers, Dim dim, Dim heads,
                                 const TransformerOptions& o, Site at) {
    TransformerStack<Layer> made{layers_of<Layer>(name, p, layers, dim, heads, o, at), {}, {}};
    if (o.norm_first) made.norm = norm_of(p, "norm", dim, o);
    if (o.relative) made.relative.emplace(p / "relative", heads, *o.relative, at);
    return made;
}

void expect_memories(const std::vector<AttentionMemory>& memory, std::size_t layers, Site at) {
    require(
        memory.size() == layers, "TransformerDecoder",
        [&] { return fmt::format("{} memories for {} layers; take what remember() returns", memory.size(), layers); },
        at);
}

Mask with_positions(const std::optional<RelativePositions>& relative, const Mask& mask) {
    return relative ? mask + (*relative)() : mask;
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

Var activate_gated(In x, Activation activation) {
    switch (activation) {
    case Activation::relu: break;
    case Activation::gelu: return geglu(x);
    case Activation::gelu_tanh: return geglu_tanh(x);
    case Activation::silu: return swiglu(x);
    }
    expect(x.rank() > 0 && x.dim(-1) % 2 == 0, "activate_gated", "x", x.shape(), "(..., 2 n)", x.at);
    const Dim half = x.dim(-1) / 2;
    return activate(slice(x, -1, 0, half), activation) * slice(x, -1, half, x.dim(-1));
}

TransformerEncoderLayer::TransformerEncoderLayer(Params p, Dim dim, Dim heads, const TransformerOptions& o, Site at)
    : attend(self_of(checked_alone("TransformerEncoderLayer", p, o, at), dim, heads, o, at)),
      feed(feed_of(p, dim, o, at)), norm1(norm_of(p, "norm1", dim, o)), norm2(norm_of(p, "norm2", dim, o)),
      branch1(branch_of(p, "1", dim, o, at)), branch2(branch_of(p, "2", dim, o, at)), norm_first(o.norm_first) {}

namespace {

// `attend` is the layer's self-attention, with what it needs beside its input.
template <class Attend>
Var through(const TransformerEncoderLayer& l, In x, const Attend& attend) {
    const Scope scope(Scope::current(), x.at);
    const Var y = residual(x.var(), l.norm1, l.branch1, l.norm_first, attend);
    return residual(y, l.norm2, l.branch2, l.norm_first, l.feed);
}
template <class Attend>
Var through(const TransformerDecoderLayer& l, In x, const AttentionMemory& memory, Var* weights, const Attend& attend) {
    const Scope scope(Scope::current(), x.at);
    const Var y = residual(x.var(), l.norm1, l.branch1, l.norm_first, attend);
    const Var z =
        residual(y, l.norm2, l.branch2, l.norm_first, [&](const Var& h) { return l.cross(h, memory, weights); });
    return residual(z, l.norm3, l.branch3, l.norm_first, l.feed);
}

}  // namespace

Var TransformerEncoderLayer::operator()(In x, const Mask& mask, Var* weights) const {
    return through(*this, {without_hidden(x, mask), x.at}, [&](const Var& h) { return attend(h, mask, weights); });
}
Var TransformerEncoderLayer::operator()(In x, KeyValueCache& cache, const Mask& mask) const {
    return whole_or_not(cache, [&] { return through(*this, x, [&](const Var& h) { return attend(h, cache, mask); }); });
}

// The stretches meet in attention alone.
std::vector<Var> TransformerEncoderLayer::operator()(const std::vector<Var>& x, const Stretches& stretches,
                                                     const Mask& mask, Site at) const {
    const Scope scope(Scope::current(), at);
    const std::size_t n = x.size();
    const std::vector<Var> attended =
        attend(norm_first ? in_parts(n, [&](std::size_t i) { return norm1(x[i]); }) : x, stretches, mask, at);
    return in_parts(n, [&](std::size_t i) {
        const Var y = x[i] + branch1(attended[i]);
        return residual(norm_first ? y : norm1(y), norm2, branch2, norm_first, feed);
    });
}

TransformerDecoderLayer::TransformerDecoderLayer(Params p, Dim dim, Dim heads, const TransformerOptions& o, Site at)
    : attend(self_of(checked_alone("TransformerDecoderLayer", p, o, at), dim, heads, o, at)),
      cross(cross_of(p, dim, heads, o, at)), feed(feed_of(p, dim, o, at)), norm1(norm_of(p, "norm1", dim, o)),
      norm2(norm_of(p, "norm2", dim, o)), norm3(norm_of(p, "norm3", dim, o)), branch1(branch_of(p, "1", dim, o, at)),
      branch2(branch_of(p, "2", dim, o, at)), branch3(branch_of(p, "3", dim, o, at)), norm_first(o.norm_first) {}

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
    : TransformerStack(stack_of<TransformerEncoderLayer>("TransformerEncoder", p, layers_, dim, heads, o, at)) {}

Var TransformerEncoder::operator()(In x, const Mask& mask, std::vector<Var>* weights) const {
    const Scope scope(Scope::current(), x.at);
    if (weights) weights->clear();
    const Mask all = with_positions(relative, mask);
    Var y = x.var();
    for (const TransformerEncoderLayer& layer : layers) y = layer(y, all, weights ? &weights->emplace_back() : nullptr);
    return norm ? (*norm)(y) : y;
}

Var TransformerEncoder::operator()(In x, StackCache& cache, const Mask& mask) const {
    const Scope scope(Scope::current(), x.at);
    return whole_or_not(cache, [&] {
        std::vector<KeyValueCache>& caches = cache.of("TransformerEncoder", layers.size(), x.at);
        const Mask all = with_positions(relative, mask);
        Var y = x.var();
        for (std::size_t i = 0; i < layers.size(); ++i) y = layers[i](y, caches[i], all);
        return norm ? (*norm)(y) : y;
    });
}

std::vector<Var> TransformerEncoder::operator()(const std::vector<Var>& x, const Stretches& stretches, const Mask& mask,
                                                Site at) const {
    const Scope scope(Scope::current(), at);
    const Mask all = with_positions(relative, mask);
    std::vector<Var> y = x;
    for (const TransformerEncoderLayer& layer : layers) y = layer(y, stretches, all, at);
    return norm ? in_parts(y.size(), [&](std::size_t i) { return (*norm)(y[i]); }) : y;
}

TransformerDecoder::TransformerDecoder(Params p, Dim layers_, Dim dim, Dim heads, const TransformerOptions& o, Site at)
    : TransformerStack(stack_of<TransformerDecoderLayer>("TransformerDecoder", p, layers_, dim, heads, o, at)) {}

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
    const Mask all = with_positions(relative, mask);
    Var y = x.var();
    for (std::size_t i = 0; i < layers.size(); ++i)
        y = layers[i](y, memory[i], all, weights ? &weights->emplace_back() : nullptr);
    return norm ? (*norm)(y) : y;
}

Var TransformerDecoder::operator()(In x, const std::vector<AttentionMemory>& memory, StackCache& cache,
                                   const Mask& mask) const {
    const Scope scope(Scope::current(), x.at);
    expect_memories(memory, layers.size(), x.at);
    return whole_or_not(cache, [&] {
        std::vector<KeyValueCache>& caches = cache.of("TransformerDecoder", layers.size(), x.at);
        const Mask all = with_positions(relative, mask);
        Var y = x.var();
        for (std::size_t i = 0; i < layers.size(); ++i) y = layers[i](y, memory[i], caches[i], all);
        return norm ? (*norm)(y) : y;
    });
}

}  // namespace heed::nn
