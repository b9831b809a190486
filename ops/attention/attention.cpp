// attention(), which chooses the path, and explain().
#include <fmt/format.h>
#include <heed/core/base/isa.hpp>
#include <heed/ops/attention/operands.hpp>

namespace heed {

bool AttentionCall::wants_grad() const {
    const auto wants = [](const Var& x) { return x.defined() && x.wants_grad(); };
    return wants(score.q) || wants(score.k) || wants(v) || wants(score.weight) || wants(options->sink) ||
           std::any_of(mask.biases().begin(), mask.biases().end(), [&](const Bias& b) { return wants(b.values); });
}

std::vector<Var> AttentionCall::operands() const {
    std::vector<Var> all{score.q, score.k, v};
    for (const Var* x : {&score.weight, &options->sink})
        if (x->defined()) all.push_back(*x);
    for (const Bias& b : mask.biases()) all.push_back(b.values);
    return all;
}

AttentionCall attention_call(const AttentionSizes& sizes, BoundMask mask, ReducedScore score, const In& v,
                             const AttentionOptions& options, Site at) {
    const bool drops = options.dropout > 0 && dropout_is_on();
    return {sizes,
            std::move(score),
            v.var(),
            std::move(mask),
            &options,
            drops ? options.dropout : 0,
            drops ? next_random_stream() : RandomStream(),
            at};
}

Var attention(In q, In k, In v, const AttentionOptions& options) {
    const AttentionSizes sizes = check_attention(q, k, v, options);
    BoundMask mask("attention", options.mask, sizes.batch, sizes.heads, sizes.tq, sizes.tk, q.at);
    ReducedScore score = reduce_score(sizes, mask, q, k, options);
    const AttentionCall call = attention_call(sizes, std::move(mask), std::move(score), v, options, q.at);
    return options.policy == Policy::require_composed ? composed_attention(call) : fused_attention(call);
}

namespace {

const char* name_of(const Score& score) {
    switch (score.kind) {
    case Score::Kind::scaled_dot:
        return score.functions ? "scaled dot product with a function of the score" : "scaled dot product";
    case Score::Kind::dot: return score.functions ? "dot product with a function of the score" : "dot product";
    case Score::Kind::general: return "general: a matrix between query and key";
    case Score::Kind::cosine: return "cosine";
    case Score::Kind::additive: return "additive";
    case Score::Kind::concat: return "concat: additive of both sides of a matrix";
    case Score::Kind::pairwise: return "a function of each pair of vectors";
    }
    return "?";
}

Dim bytes_of(const Shape& shape) {
    return static_cast<Dim>(detail::block_bytes(static_cast<std::size_t>(shape.count()) * sizeof(Real)));
}

}  // namespace

// From sizes alone: nothing is computed, recorded or drawn.
Explanation explain(In q, In k, In v, const AttentionOptions& options) {
    const AttentionSizes s = check_attention(q, k, v, options);
    const BoundMask mask("attention", options.mask, s.batch, s.heads, s.tq, s.tk, q.at);
    const kernel::ScoreFunctions* functions = functions_of(options.score);
    Explanation e{.score = name_of(options.score), .isa = functions ? functions->isa : kernel::name(kernel::isa())};
    const Shape out{s.batch, s.heads, s.tq, s.dv}, sums{2, s.batch, s.heads, s.tq}, weights = s.pairs();
    if (options.policy == Policy::require_composed) {
        e.why = "the policy asks for the composed path, which stores the weights of all pairs";
        e.forward_bytes = bytes_of(out) + 4 * bytes_of(weights);
        e.backward_bytes = bytes_of(q.shape()) + bytes_of(k.shape()) + bytes_of(v.shape()) + 2 * bytes_of(weights);
        return e;
    }
    e.fused = true;
    e.why = "every score, mask and bias runs in tiles";
    const kernel::Attention a{.batch = s.batch,
                              .heads = s.heads,
                              .groups = s.groups,
                              .tq = s.tq,
                              .tk = s.tk,
                              .dk = reduced_width(s, options.score),
                              .dv = s.dv,
                              .soft_cap = static_cast<Real>(options.soft_cap),
                              .mask = &mask,
                              .score = functions,
                              .dropout = dropout_is_on() ? options.dropout : 0};
    const auto wants = [](const Var& x) { return x.defined() && x.wants_grad(); };
    const bool theta = options.score.weight.defined() && (wants(options.score.weight) || wants(options.logit_scale));
    const kernel::AttentionPlan forward = kernel::plan_forward(a), backward = kernel::plan_backward(a, theta);
    e.query_block = forward.query_block;
    e.key_block = forward.key_block;
    e.forward_bytes = bytes_of(out) + bytes_of(sums) + static_cast<Dim>(forward.scratch);
    e.backward_bytes =
        bytes_of(q.shape()) + bytes_of(k.shape()) + bytes_of(v.shape()) + static_cast<Dim>(backward.scratch);
    return e;
}

std::string Explanation::text() const {
    std::string tiles =
        fused ? fmt::format("tiles:    {} queries by {} keys\n", query_block, key_block) : std::string();
    return fmt::format(
        "path:     {} ({})\nscore:    {}, on {}\n{}forward:  {} bytes beyond the operands\nbackward: {} bytes beyond "
        "those\n",
        fused ? "fused" : "composed", why, score, isa, tiles, forward_bytes, backward_bytes);
}

}  // namespace heed
