// Attention layers.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/tape_parts.hpp>
#include <heed/nn/layers/attention.hpp>
#include <heed/ops/mask/absent.hpp>

namespace heed::nn {
namespace {

// The one call of attention() that all layers make. Weights that are asked for are computed separately, so that they do
// not change the result.
Var attend(const Var& q, const AttentionMemory& memory, const AttentionOptions& options, Var* weights, Site at) {
    if (weights) *weights = attention_weights({q, at}, {memory.keys, at}, options);
    return attention({q, at}, {memory.keys, at}, {memory.values, at}, options);
}

// Queries (b, i, width); one query an example, (b, width), is a sequence of one.
Var attend_from(const char* layer, In q, Dim width, const AttentionMemory& memory, const AttentionOptions& options,
                Var* weights, const Linear* project = nullptr) {
    const bool single = q.rank() == 2;
    expect((single || q.rank() == 3) && q.dim(-1) == width, layer, "q", q.shape(),
           [&] { return fmt::format("(b, {0}) or (b, i, {0})", width); }, q.at);
    expect(
        q.dim(0) == memory.values.dim(0), layer, "q", q.shape(),
        [&] { return "as many examples as the memory " + to_string(memory.values.shape()); }, q.at);
    const Var projected = project ? (*project)(q) : q.var();
    const Var context = attend(single ? unsqueeze(projected, 1) : projected, memory, options, weights, q.at);
    if (weights && options.heads == 1) *weights = squeeze(*weights, 1);
    if (!single) return context;
    if (weights) *weights = squeeze(*weights, -2);
    return squeeze(context, 1);
}

void expect_heads(const char* layer, const Params& p, Dim dim, Dim heads, Site at, bool divided = true) {
    const Scope scope(p.path());
    require(
        dim > 0 && heads > 0, layer,
        [&] { return fmt::format("dim {} and heads {}; expected both above zero", dim, heads); }, at);
    require(
        !divided || dim % heads == 0, layer,
        [&] { return fmt::format("dim {} is not a multiple of heads {}", dim, heads); }, at);
}

Dim checked_heads(const Params& p, Dim dim, Dim heads, const MultiHeadOptions& options, Site at) {
    const Scope scope(p.path());
    require_least("MultiHeadAttention", "head_width", options.head_width, 0, at);
    expect_heads("MultiHeadAttention", p, dim, heads, at, options.head_width == 0);
    require_least("MultiHeadAttention", "memory_width", options.memory_width, 0, at);
    require(
        options.key_heads >= 0 && (options.key_heads == 0 || heads % options.key_heads == 0), "MultiHeadAttention",
        [&] {
            return fmt::format("key_heads is {}; expected a divisor of heads {}, or 0 for as many", options.key_heads,
                               heads);
        },
        at);
    return heads;
}

Linear projection(const Params& p, Dim in, Dim out, const MultiHeadOptions& o, std::optional<bool> bias) {
    return Linear::with_bias_if(bias.value_or(o.bias.value_or(true)), p, in, out);
}

Dim width_of_heads(Dim dim, Dim heads, Dim count, const MultiHeadOptions& o) {
    return o.head_width ? saturated_product(o.head_width, count) : dim / heads * count;
}
Dim memory_width_of(Dim dim, const MultiHeadOptions& o) { return o.memory_width ? o.memory_width : dim; }

// The heads' rows (b, t, heads * d), normalised and rotated to their positions.
Var prepared(const Var& x, Dim heads, const std::optional<RMSNorm>& norm, const std::optional<RotaryOptions>& turn) {
    const Var y = norm ? reshape((*norm)(reshape(x, {x.dim(0), x.dim(1), heads, x.dim(2) / heads})), x.shape()) : x;
    return turn ? rotary(y, heads, *turn) : y;
}

// Of the same positions.
struct Projected {
    Var queries, keys, values;
};
Projected project(const MultiHeadAttention& a, In x, const std::optional<RotaryOptions>& turn) {
    const Var keys = prepared(a.key(x), a.key_heads, a.key_norm, turn), values = a.value(x);
    return {prepared(a.query(x), a.heads, a.query_norm, turn), keys, values};
}

void expect_stretches(const std::vector<Var>& x, const std::vector<Stretches::Stretch>& own, Dim dim, Site at) {
    constexpr const char* layer = "MultiHeadAttention";
    require(
        x.size() == own.size(), layer,
        [&] { return fmt::format("x has {} stretches; expected {}, those of this process", x.size(), own.size()); },
        at);
    for (std::size_t n = 0; n < x.size(); ++n)
        expect(
            x[n].rank() == 3 && x[n].dim(1) == own[n].size() && x[n].dim(2) == dim && x[n].dim(0) == x[0].dim(0), layer,
            "x", x[n].shape(),
            [&] {
                return fmt::format("(b, {}, {}), the positions {} to {}, of as many examples as other stretches",
                                   own[n].size(), dim, own[n].begin, own[n].end - 1);
            },
            at);
}

}  // namespace

AdditiveAttention::AdditiveAttention(Params p, Dim query_width, Dim key_width, Dim width, const AdditiveOptions& o,
                                     Site at)
    : query(p / "query", query_width, width), key(Linear::without_bias(p / "key", key_width, width)), heads(o.heads),
      dropout(o.dropout) {
    expect_heads("AdditiveAttention", p, width, heads, at);
    w = p.make("w", heads == 1 ? Shape{width} : Shape{heads, width / heads}, init::fan_in_uniform(width / heads));
}

AttentionMemory AdditiveAttention::remember(In memory, const Mask& mask) const {
    const Var seen = without_hidden(memory, mask);
    AttentionMemory known(key({seen, memory.at}), seen, mask);
    known.prepared = prepare_additive_keys({known.keys, memory.at}, heads);
    return known;
}

Var AdditiveAttention::operator()(In q, const AttentionMemory& memory, Var* weights) const {
    const LayerScope scope(w, q.at);
    return attend_from("AdditiveAttention", q, query.weight.dim(0), memory,
                       {.mask = memory.mask,
                        .score = score::additive(w),
                        .dropout = dropout,
                        .heads = heads,
                        .prepared = memory.prepared ? &*memory.prepared : nullptr},
                       weights, &query);
}

DotProductAttention::DotProductAttention(Params p, Dim query_width, Dim key_width, const DotProductOptions& options,
                                         Site at)
    : path(p.path()), width(query_width), score(options.score    ? *options.score
                                                : options.scaled ? heed::score::scaled_dot()
                                                                 : heed::score::dot()),
      dropout(options.dropout) {
    const Scope scope(path);
    require(
        query_width > 0, "DotProductAttention",
        [&] { return fmt::format("the query's width is {}; expected one above zero", query_width); }, at);
    require(
        options.general || query_width == key_width, "DotProductAttention",
        [&] {
            return fmt::format(
                "queries of width {} and keys of width {} have no product; set .general for a matrix between them",
                query_width, key_width);
        },
        at);
    if (options.general) key.emplace(Linear::without_bias(p / "key", key_width, query_width));
}

AttentionMemory DotProductAttention::remember(In memory, const Mask& mask) const {
    const Scope scope(path, memory.at);
    const Dim expected = key ? key->weight.dim(0) : width;
    expect(
        memory.rank() == 3 && memory.dim(2) == expected, "DotProductAttention", "memory", memory.shape(),
        [&] { return fmt::format("(b, t, {})", expected); }, memory.at);
    const Var seen = without_hidden(memory, mask);
    return {key ? (*key)({seen, memory.at}) : seen, seen, mask};
}

Var DotProductAttention::operator()(In q, const AttentionMemory& memory, Var* weights) const {
    const Scope scope(path, q.at);
    return attend_from("DotProductAttention", q, width, memory,
                       {.mask = memory.mask, .score = score, .dropout = dropout, .heads = 1}, weights);
}

MultiHeadAttention::MultiHeadAttention(Params p, Dim dim, Dim heads_, const MultiHeadOptions& o, Site at)
    : path(p.path()), heads(checked_heads(p, dim, heads_, o, at)), key_heads(o.key_heads ? o.key_heads : heads),
      query(projection(p.named("query", {{"in_proj_{}", 0, 3}, {"q_proj_{}"}}), dim,
                       width_of_heads(dim, heads, heads, o), o, o.query_bias)),
      key(projection(p.named("key", {{"in_proj_{}", 1, 3}, {"k_proj_{}"}}), memory_width_of(dim, o),
                     width_of_heads(dim, heads, key_heads, o), o, o.key_bias)),
      value(projection(p.named("value", {{"in_proj_{}", 2, 3}, {"v_proj_{}"}}), memory_width_of(dim, o),
                       width_of_heads(dim, heads, key_heads, o), o, o.value_bias)),
      out(projection(p.named("out", {{"out_proj.{}"}}), width_of_heads(dim, heads, heads, o), dim, o, o.out_bias)),
      score(o.score), scale(o.scale), dropout(o.dropout.value_or(0)), soft_cap(o.soft_cap), turn(o.rotary),
      policy(o.policy) {
    if (o.qk_norm) {
        const Dim width = width_of_heads(dim, heads, 1, o);
        query_norm.emplace(p / "query_norm", width), key_norm.emplace(p / "key_norm", width);
    }
    if (o.logit_scale) logit_scale = p.make("logit_scale", {heads}, init::constant(1));
    if (o.sink) sink = p.make("sink", {heads}, init::constant(0));
}

AttentionOptions MultiHeadAttention::options(const Mask& mask) const {
    return {.mask = mask,
            .score = score,
            .scale = scale,
            .soft_cap = soft_cap,
            .logit_scale = logit_scale,
            .sink = sink,
            .dropout = dropout,
            .heads = heads,
            .key_heads = key_heads,
            .policy = policy};
}

std::optional<RotaryOptions> MultiHeadAttention::turn_from(Dim position) const {
    std::optional<RotaryOptions> moved = turn;
    if (moved) moved->start += position;
    return moved;
}

// A position that no query may attend to is hidden as a query, too: it may hold a NaN.
Var MultiHeadAttention::operator()(In x, const Mask& mask, Var* weights) const {
    const Var seen = without_hidden(x, mask);
    return (*this)({seen, x.at}, projected({seen, x.at}, mask), weights);
}

std::vector<Var> MultiHeadAttention::operator()(const std::vector<Var>& x, const Stretches& stretches, const Mask& mask,
                                                Site at) const {
    const Scope scope(path, at);
    const std::vector<Stretches::Stretch> own = stretches.of(stretches.peers().rank());
    expect_stretches(x, own, query.weight.dim(0), at);
    std::vector<Var> queries, keys, values;
    for (std::size_t n = 0; n < x.size(); ++n) {
        const InPart in(n, at);
        const Var seen = without_hidden({x[n], at}, mask, own[n].begin);
        const Projected own_rows = project(*this, {seen, at}, turn_from(own[n].begin));
        queries.push_back(own_rows.queries), keys.push_back(own_rows.keys), values.push_back(own_rows.values);
    }
    const Var y =
        attention({concat(queries, 1), at}, {concat(keys, 1), at}, {concat(values, 1), at}, stretches, options(mask));
    return in_parts(x.size(), [&](std::size_t n) { return out(slice(y, 1, own[n].row, own[n].row + own[n].size())); });
}

AttentionMemory MultiHeadAttention::remember(In memory, const Mask& mask) const {
    return projected({without_hidden(memory, mask), memory.at}, mask);
}

AttentionMemory MultiHeadAttention::projected(In memory, const Mask& mask) const {
    const Scope scope(path, memory.at);
    const Dim width = key.weight.dim(0);
    expect(
        memory.rank() == 3 && memory.dim(2) == width, "MultiHeadAttention", "memory", memory.shape(),
        [&] { return fmt::format("(b, t, {})", width); }, memory.at);
    return {prepared(key(memory), key_heads, key_norm, turn), value(memory), mask};
}

Var MultiHeadAttention::operator()(In q, const AttentionMemory& memory, Var* weights) const {
    const Scope scope(path, q.at);
    const Dim dim = query.weight.dim(0);
    expect(
        q.rank() == 3 && q.dim(2) == dim, "MultiHeadAttention", "q", q.shape(),
        [&] { return fmt::format("(b, i, {})", dim); }, q.at);
    expect(
        q.dim(0) == memory.values.dim(0), "MultiHeadAttention", "q", q.shape(),
        [&] { return "as many examples as the memory " + to_string(memory.values.shape()); }, q.at);
    return out(attend(prepared(query(q), heads, query_norm, turn), memory, options(memory.mask), weights, q.at));
}

Var MultiHeadAttention::operator()(In x, KeyValueCache& cache, const Mask& mask) const {
    const Scope scope(path, x.at);
    const Dim dim = query.weight.dim(0);
    expect(
        x.rank() == 3 && x.dim(2) == dim && key.weight.dim(0) == dim, "MultiHeadAttention", "x", x.shape(),
        [&] { return fmt::format("(b, t, {}), and keys made from the same", dim); }, x.at);
    return whole_or_not(cache, [&] {
        const Projected next = project(*this, x, turn_from(cache.next()));
        cache.append({next.keys, x.at}, {next.values, x.at});
        AttentionOptions with = options(mask);
        with.keys = cache.size();
        return out(attention({next.queries, x.at}, {cache.keys(), x.at}, {cache.values(), x.at}, with));
    });
}

}  // namespace heed::nn
