#include <cmath>
#include <fmt/format.h>
#include <heed/nn/attention.hpp>

namespace heed::nn {
namespace {

// Scores (b, ..., i, t) become weights, and these sum the values (b, ..., t, v).
Var look(In scores, const AttentionMemory& memory, double p, Var* weights) {
    const Var weight = softmax(masked(scores, memory.mask));
    if (weights) *weights = weight;
    return matmul(dropout(weight, p), memory.values);
}

// `score` makes (b, i, t) of queries (b, i, d); one query an example, (b, d), is a sequence of one.
template <class Score>
Var look_with(const char* layer, In q, Dim width, const AttentionMemory& memory, double p, Var* weights, const Score& score) {
    const bool single = q.rank() == 2;
    expect((single || q.rank() == 3) && q.dim(-1) == width, layer, "q", q.shape(),
           [&] { return fmt::format("(b, {0}) or (b, i, {0})", width); }, q.at);
    expect(q.dim(0) == memory.values.dim(0), layer, "q", q.shape(),
           [&] { return "as many examples as the memory " + to_string(memory.values.shape()); }, q.at);
    if (!single) return look(score(q), memory, p, weights);
    const Var context = look(score(unsqueeze(q, 1)), memory, p, weights);
    if (weights) *weights = squeeze(*weights, 1);
    return squeeze(context, 1);
}

Dim checked_heads(const Params& p, Dim dim, Dim heads, const MultiHeadOptions& options, Site at) {
    const Scope scope(p.path());
    require(dim > 0 && heads > 0, "MultiHeadAttention", [&] { return fmt::format("dim {} and heads {}; expected both above zero", dim, heads); }, at);
    require(dim % heads == 0, "MultiHeadAttention", [&] { return fmt::format("dim {} is not a multiple of heads {}", dim, heads); }, at);
    require(options.memory_width >= 0, "MultiHeadAttention",
            [&] { return fmt::format("memory_width is {}; expected 0 or more", options.memory_width); }, at);
    return heads;
}

Linear projection(const Params& p, Dim in, Dim out, bool bias) { return bias ? Linear(p, in, out) : Linear::without_bias(p, in, out); }

// (b, t, h d) as (b, t, h, d), its axes then in the order `axes`.
Var split_heads(In x, Dim heads, const Axes& axes) { return permute(reshape(x, {x.dim(0), x.dim(1), heads, x.dim(2) / heads}), axes); }

}  // namespace

Var AdditiveAttention::operator()(In q, const AttentionMemory& memory, Var* weights) const {
    const LayerScope scope(w);
    return look_with("AdditiveAttention", q, query.weight.dim(0), memory, 0, weights,
                     [&](In queries) { return additive_score(query(queries), memory.keys, w); });
}

DotProductAttention::DotProductAttention(Params p, Dim query_width, Dim key_width, const DotProductOptions& options, Site at)
    : path(p.path()), width(query_width), scale(options.scaled ? 1 / std::sqrt(static_cast<double>(query_width)) : 1), dropout(options.dropout) {
    const Scope scope(path);
    require(query_width > 0, "DotProductAttention", [&] { return fmt::format("the query's width is {}; expected one above zero", query_width); }, at);
    require(options.general || query_width == key_width, "DotProductAttention",
            [&] {
                return fmt::format("queries of width {} and keys of width {} have no product; set .general for a matrix between them",
                                   query_width, key_width);
            }, at);
    if (options.general) key.emplace(Linear::without_bias(p / "key", key_width, query_width));
}

AttentionMemory DotProductAttention::remember(In memory, const Mask& mask) const {
    const Scope scope(path);
    const Dim expected = key ? key->weight.dim(0) : width;
    expect(memory.rank() == 3 && memory.dim(2) == expected, "DotProductAttention", "memory", memory.shape(),
           [&] { return fmt::format("(b, t, {})", expected); }, memory.at);
    return {transpose(key ? (*key)(memory) : memory.var()), memory.var(), mask};
}

Var DotProductAttention::operator()(In q, const AttentionMemory& memory, Var* weights) const {
    const Scope scope(path);
    return look_with("DotProductAttention", q, width, memory, dropout, weights,
                     [&](In queries) { return matmul(scale == 1 ? queries.var() : queries * scale, memory.keys); });
}

MultiHeadAttention::MultiHeadAttention(Params p, Dim dim, Dim heads_, const MultiHeadOptions& o, Site at)
    : path(p.path()), heads(checked_heads(p, dim, heads_, o, at)), query(projection(p / "query", dim, dim, o.bias)),
      key(projection(p / "key", o.memory_width ? o.memory_width : dim, dim, o.bias)),
      value(projection(p / "value", o.memory_width ? o.memory_width : dim, dim, o.bias)),
      out(projection(p / "out", dim, dim, o.bias)), dropout(o.dropout) {}

AttentionMemory MultiHeadAttention::remember(In memory, const Mask& mask) const {
    const Scope scope(path);
    const Dim width = key.weight.dim(0);
    expect(memory.rank() == 3 && memory.dim(2) == width, "MultiHeadAttention", "memory", memory.shape(),
           [&] { return fmt::format("(b, t, {})", width); }, memory.at);
    return {split_heads(key(memory), heads, {0, 2, 3, 1}), split_heads(value(memory), heads, {0, 2, 1, 3}), mask};
}

// The scale goes to the queries, which are fewer numbers than the scores.
Var MultiHeadAttention::operator()(In q, const AttentionMemory& memory, Var* weights) const {
    const Scope scope(path);
    const Dim dim = query.weight.dim(0);
    expect(q.rank() == 3 && q.dim(2) == dim, "MultiHeadAttention", "q", q.shape(), [&] { return fmt::format("(b, i, {})", dim); }, q.at);
    expect(q.dim(0) == memory.values.dim(0), "MultiHeadAttention", "q", q.shape(),
           [&] { return "as many examples as the memory " + to_string(memory.values.shape()); }, q.at);
    const Var queries = split_heads(query(q) * (1 / std::sqrt(static_cast<double>(dim / heads))), heads, {0, 2, 1, 3});
    const Var context = look(matmul(queries, memory.keys), memory, dropout, weights);
    return out(reshape(permute(context, {0, 2, 1, 3}), {q.dim(0), q.dim(1), dim}));
}

}  // namespace heed::nn
