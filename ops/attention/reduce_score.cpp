// Scores: their makers, and how each is reduced to what the kernels know, a dot product or a function of a pair of
// vectors.
#include <cmath>
#include <heed/ops/attention/parts.hpp>
#include <heed/ops/define/reduction.hpp>
#include <heed/ops/kernel/attention/additive.hpp>

namespace heed {

namespace score {
Score scaled_dot() { return {}; }
Score dot() { return {.kind = Score::Kind::dot}; }
Score general(In matrix) { return {.kind = Score::Kind::general, .matrix = matrix.var()}; }
Score cosine() { return {.kind = Score::Kind::cosine}; }
Score additive(In w) { return {.kind = Score::Kind::additive, .weight = w.var()}; }
Score concat(In w, In matrix) { return {.kind = Score::Kind::concat, .weight = w.var(), .matrix = matrix.var()}; }
}  // namespace score

namespace {

// x / |x| over the width of a head; a zero vector stays zero.
Var normalised(const Var& x, Dim width) {
    const Shape shape = x.shape();
    return reshape(unit_slices(reshape(x, {-1, width}), -1), shape);
}

// x (.., heads, t, d) or (b, t, heads d) times (heads), or times the matrix or matrices of the heads.
Var by_head(const Var& x, const AttentionSizes& sizes, Dim heads, const Var& factor) {
    if (!sizes.packed) return x * reshape(factor, {heads, 1, 1});
    const Shape shape = x.shape();
    return reshape(reshape(x, {shape[0], shape[1], heads, shape[2] / heads}) * reshape(factor, {heads, 1}), shape);
}

Var through(const Var& x, const AttentionSizes& sizes, Dim heads, const Var& matrix) {
    if (!sizes.packed) return matmul(x, matrix);
    const Dim b = x.dim(0), t = x.dim(1);
    const Var split = reshape(x, {b, t, heads, x.dim(2) / heads});
    if (matrix.rank() == 2) return reshape(linear(split, matrix), {b, t, heads * matrix.dim(1)});
    return reshape(permute(matmul(permute(split, {0, 2, 1, 3}), matrix), {0, 2, 1, 3}), {b, t, heads * matrix.dim(2)});
}

using Positions = std::span<const Dim>;  // of rows, in the sequence that a mask is of; empty: from its start on

// Which rows of (b, t, heads) see a key, or are a key that is seen.
Var in_use(const AttentionSizes& s, const BoundMask& mask, Positions positions, bool keys) {
    const Dim heads = keys ? s.groups : s.heads, t = keys ? s.tk : s.tq, others = keys ? mask.tq() : mask.tk();
    Array used = filled({s.batch, t, heads, 1}, 0);
    for (Dim b = 0; b < s.batch; ++b)
        for (Dim h = 0; h < s.heads; ++h)
            for (Dim row = 0; row < t; ++row) {
                const Dim at = positions.empty() ? row : positions[static_cast<std::size_t>(row)];
                for (Dim other = 0; other < others; ++other)
                    if (mask.allowed(b, h, keys ? other : at, keys ? at : other))
                        used(b, row, keys ? h / (s.heads / s.groups) : h, 0) = 1;
            }
    return used;
}

// Masked rows may hold a NaN, which would also make the gradients of a norm or a matrix NaN: such rows become 0 first.
Var without_unused(const Var& x, const AttentionSizes& s, const BoundMask& mask, Positions positions, bool keys) {
    if (finite(x.value())) return x;
    const Var used = in_use(s, mask, positions, keys);
    if (!s.packed) return where(permute(used, {0, 2, 1, 3}), x, 0);
    return reshape(where(used, reshape(x, {x.dim(0), x.dim(1), used.dim(2), -1}), 0), x.shape());
}

}  // namespace

const kernel::ScoreFunctions* functions_of(const Score& score) {
    const bool additive = score.kind == Score::Kind::additive || score.kind == Score::Kind::concat;
    return additive ? &kernel::additive_functions() : score.functions;
}

Dim reduced_width(const AttentionSizes& sizes, const Score& score) {
    return score.kind == Score::Kind::concat ? score.matrix.dim(1) : sizes.dkey;
}

ReducedScore reduce_score(const AttentionSizes& sizes, const BoundMask& mask, In q, In k,
                          const AttentionOptions& options, Positions positions) {
    using Kind = Score::Kind;
    const Score& score = options.score;
    ReducedScore r{.q = q.var(),
                   .k = k.var(),
                   .weight = score.weight,
                   .functions = functions_of(score),
                   .self = score.self.get()};
    if (score.kind == Kind::general || score.kind == Kind::cosine || score.kind == Kind::concat ||
        options.logit_scale.defined()) {
        r.q = without_unused(r.q, sizes, mask, positions, false);
        r.k = without_unused(first_keys(r.k, sizes), sizes, mask, positions, true);
    }
    switch (score.kind) {
    case Kind::scaled_dot: r.scale = 1 / std::sqrt(static_cast<double>(sizes.dk)); break;
    case Kind::dot:
    case Kind::additive:
    case Kind::pairwise: break;
    case Kind::general: r.q = through(r.q, sizes, sizes.heads, score.matrix); break;
    case Kind::cosine:
        r.q = normalised(r.q, sizes.dk);
        r.k = normalised(r.k, sizes.dk);
        break;
    case Kind::concat:
        r.q = through(r.q, sizes, sizes.heads, slice(score.matrix, 0, 0, sizes.dk));
        r.k = through(r.k, sizes, sizes.groups, slice(score.matrix, 0, sizes.dk, sizes.dk + sizes.dkey));
        break;
    }
    if (options.scale) r.scale = *options.scale;
    if (options.logit_scale.defined()) {  // score is linear in the queries, or in w
        if (score.kind == Kind::additive || score.kind == Kind::concat)
            r.weight = reshape(options.logit_scale, {sizes.heads, 1}) * r.weight;
        else r.q = by_head(r.q, sizes, sizes.heads, options.logit_scale);
    }
    return r;
}

}  // namespace heed
