// Attention from primitive ops: its definition, which the streaming kernel has to agree with. It keeps the whole (b, h,
// i, j).
#include <cmath>
#include <heed/ops/attention/composed.hpp>
#include <heed/ops/define/bfloat16_products.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/elementwise/dropout.hpp>
#include <heed/ops/mask/masked.hpp>

namespace heed {
namespace {

using Kind = Score::Kind;

// (b, t, own d) or (b, own, t, d) as (b, heads, t, d); a key head is repeated for the query heads that share it.
Var by_heads(const Var& x, const AttentionSizes& s, Dim own) {
    const Var split = s.packed ? permute(reshape(x, {s.batch, x.dim(1), own, x.dim(2) / own}), {0, 2, 1, 3}) : x;
    if (own == s.heads) return split;
    Ints owner = Ints::from_shape({s.heads});
    for (Dim h = 0; h < s.heads; ++h) owner(h) = h / (s.heads / own);
    return take(split, owner, 1);
}

Array allowed_pairs(const BoundMask& mask) {
    Array allowed = Array::from_shape({mask.batch(), mask.heads(), mask.tq(), mask.tk()});
    Real* to = allowed.data();
    for (Dim b = 0; b < mask.batch(); ++b)
        for (Dim h = 0; h < mask.heads(); ++h)
            for (Dim i = 0; i < mask.tq(); ++i)
                for (Dim j = 0; j < mask.tk(); ++j) *to++ = mask.allowed(b, h, i, j) ? 1 : 0;
    return allowed;
}

// A masked pair has no effect, even if what it holds is a NaN or an Inf: such values are replaced before they are
// multiplied by 0.
Var without_masked(const Var& x, const BoundMask& mask) {
    return finite(x.value()) ? x : where(allowed_pairs(mask), x, 0);
}

// Attention multiplies Reals, even while Bfloat16Products is on.
Var exact_matmul(In a, In b) {
    const Bfloat16Products exact(false);
    return matmul(a, b);
}

// a b, where an element 0 of `a` adds nothing: 0 times NaN would be NaN.
Array product(const Var& a, const Var& b) {
    if (finite(b.value())) return exact_matmul(a, b).value();
    const Var each = unsqueeze(a, -1);
    return sum(where(each, each * unsqueeze(b, -3), 0), -2).value();
}

Var dot_scores(In q, In k) {
    const Var kt = transpose(Var(k.value()));
    Var s = record("attention", {q, k}, Array(exact_matmul(q.value(), kt).value()),
                   [q, k, dq = q.slot(), dk = k.slot()](const Array& ds) {
                       if (dq) dq.add_grad(product(ds, k.value()));
                       if (dk) dk.add_grad(product(transpose(Var(ds)), q.value()));
                   });
    return differentiable(std::move(s), {q, k}, [](Vars x, const Var&, const Var& ds) {
        return Grads{exact_matmul(ds, x[1]), exact_matmul(transpose(ds), x[0])};
    });
}

Var weighted_sum(In w, In v) {
    Var y = record("attention", {w, v}, product(w.value(), v.value()),
                   [w, v, dw = w.slot(), dv = v.slot()](const Array& dy) {
                       const Var weights(w.value());
                       if (dw) dw.add_grad(where(weights, exact_matmul(dy, transpose(Var(v.value()))), 0).value());
                       if (dv) dv.add_grad(product(transpose(weights), dy));
                   });
    return differentiable(std::move(y), {w, v}, [](Vars x, const Var&, const Var& dy) {
        return Grads{where(x[0], exact_matmul(dy, transpose(x[1])), 0), exact_matmul(transpose(x[0]), dy)};
    });
}

// w . tanh(q + k) with w (d) or (h, d)
Var additive_scores(const Var& q, const Var& k, const Var& w, const BoundMask& mask) {
    const Dim heads = q.dim(1);
    if (heads == 0 || !finite(q.value()) || !finite(k.value())) {
        const Var allowed = unsqueeze(Var(allowed_pairs(mask)), -1);
        const Var sums = where(allowed, unsqueeze(q, 3), 0) + where(allowed, unsqueeze(k, 2), 0);
        return sum((w.rank() == 1 ? w : reshape(w, {heads, 1, 1, w.dim(1)})) * tanh(sums), -1);
    }
    std::vector<Var> each;
    for (Dim h = 0; h < heads; ++h)
        each.push_back(additive_score(pick(q, 1, h), pick(k, 1, h), w.rank() == 1 ? w : pick(w, 0, h)));
    return stack(each, 1);
}

Var weights_of(const AttentionCall& call, const std::shared_ptr<const BoundMask>& mask) {
    const AttentionSizes& s = call.sizes;
    const Score& score = call.options->score;
    const UserScore user{score.functions, score.self};
    const Var q = by_heads(call.score.q, s, s.heads), k = by_heads(first_keys(call.score.k, s), s, s.groups);
    Var x;
    if (score.kind == Kind::pairwise) x = pairwise_scores(user, q, k, call.score.weight);
    else if (score.kind == Kind::additive || score.kind == Kind::concat)
        x = additive_scores(q, k, call.score.weight, *mask);
    else x = dot_scores(q, k);
    x = without_masked(x, *mask);
    if (call.score.scale != 1) x = x * call.score.scale;
    if (user.functions && user.functions->rho) x = through_rho(user, x);
    if (const double cap = call.options->soft_cap; cap > 0) x = cap * tanh(x / cap);
    x = with_mask(x, mask);
    if (!call.options->sink.defined()) return without_masked(softmax(x), *mask);
    const Var sink = expand(reshape(call.options->sink, {s.heads, 1, 1}), {s.batch, s.heads, s.tq, 1});
    return without_masked(slice(softmax(concat({x, sink})), -1, 0, s.tk), *mask);
}

}  // namespace

Var composed_attention(const AttentionCall& call) {
    const AttentionSizes& s = call.sizes;
    const Var weights = weights_of(call, std::make_shared<const BoundMask>(call.mask));
    const Var kept = call.dropout > 0 ? dropout_by(weights, call.dropout, call.stream) : weights;
    const Var y = weighted_sum(kept, by_heads(first_keys(call.v, s), s, s.groups));
    return s.packed ? reshape(permute(y, {0, 2, 1, 3}), {s.batch, s.tq, s.heads * s.dv}) : y;
}

Var attention_weights(In q, In k, const AttentionOptions& options) {
    const AttentionSizes sizes = check_attention(q, k, k, options);
    require_sizes("attention", sizes.pairs(), q.at);
    const BoundMask mask("attention", options.mask, sizes.batch, sizes.heads, sizes.tq, sizes.tk, q.at);
    const auto shared = std::make_shared<const BoundMask>(mask);
    return weights_of({sizes, reduce_score(sizes, mask, q, k, options), {}, mask, &options, 0, {}, q.at}, shared);
}

}  // namespace heed
