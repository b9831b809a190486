// Cases of attention(): the streaming kernel against differences and against its definition.
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/define/op.hpp>

#ifdef HEED_TESTING
namespace heed {
namespace {

// Options of a case, from the operands after q, k and v.
using Options = AttentionOptions (*)(Vars in);

template <Options options>
Var fused(Vars in) {
    AttentionOptions o = options(in);
    o.policy = Policy::require_fused;
    return attention(in[0], in[1], in[2], o);
}
template <Options options>
Var composed(Vars in) {
    AttentionOptions o = options(in);
    o.policy = Policy::require_composed;
    return attention(in[0], in[1], in[2], o);
}

template <Options options>
OpCase of(const char* name, std::vector<Shape> inputs, bool flat = false) {
    return {.name = name,
            .inputs = std::move(inputs),
            .call = fused<options>,
            .same_as = composed<options>,
            .flat = flat};
}
constexpr auto plain = [](Vars) { return AttentionOptions{}; };

}  // namespace

// clang-format off
HEED_OP_CASES(
    of<plain>("attention/plain", {{2, 2, 3, 5}, {2, 2, 4, 5}, {2, 2, 4, 3}}),
    of<plain>("attention/one query, two keys", {{1, 1, 1, 2}, {1, 1, 2, 2}, {1, 1, 2, 1}}),
    of<plain>("attention/grouped heads", {{2, 6, 3, 4}, {2, 2, 5, 4}, {2, 2, 5, 3}}),
    of<plain>("attention/one key head", {{1, 3, 2, 4}, {1, 1, 5, 4}, {1, 1, 5, 2}}),
    of<plain>("attention/no queries", {{1, 2, 0, 3}, {1, 2, 2, 3}, {1, 2, 2, 3}}, true),
    of<plain>("attention/no keys", {{1, 2, 2, 3}, {1, 2, 0, 3}, {1, 2, 0, 3}}, true),
    of<[](Vars) { return AttentionOptions{.heads = 2}; }>("attention/heads side by side", {{2, 3, 6}, {2, 4, 6}, {2, 4, 4}}),
    of<[](Vars) { return AttentionOptions{.heads = 4, .key_heads = 2}; }>("attention/grouped, side by side", {{2, 3, 8}, {2, 4, 4}, {2, 4, 6}}),
    of<[](Vars) { return AttentionOptions{.mask = causal() & lengths({4, 2}), .scale = -0.7}; }>(
        "attention/causal and lengths, scale below zero", {{2, 2, 4, 3}, {2, 2, 4, 3}, {2, 2, 4, 3}}),
    of<[](Vars) { return AttentionOptions{.mask = documents({1, 2, 1, 2}), .dropout = 0.4}; }>(
        "attention/documents and dropout", {{1, 2, 4, 3}, {1, 2, 4, 3}, {1, 2, 4, 3}}),
    of<[](Vars in) { return AttentionOptions{.mask = Mask() + bias(in[3]) + alibi(in[4])}; }>(
        "attention/dense bias and learned slopes", {{2, 2, 3, 4}, {2, 2, 5, 4}, {2, 2, 5, 3}, {2, 1, 3, 5}, {2}}),
    of<[](Vars in) { return AttentionOptions{.mask = causal_from_end() + relative_buckets(in[3], {.max_distance = 6})}; }>(
        "attention/T5's buckets", {{1, 2, 7, 4}, {1, 2, 9, 4}, {1, 2, 9, 3}, {8, 2}}),
    of<[](Vars in) { return AttentionOptions{.mask = Mask() + patch_offsets(in[3], 2, 2, 1)}; }>(
        "attention/offsets of patches", {{1, 2, 5, 4}, {1, 2, 5, 4}, {1, 2, 5, 3}, {2, 9}}),
    of<[](Vars in) { return AttentionOptions{.soft_cap = 1.5, .logit_scale = in[3], .sink = in[4]}; }>(
        "attention/soft cap, logit scale and sink", {{2, 2, 3, 4}, {2, 2, 5, 4}, {2, 2, 5, 3}, {2}, {2}}),
    of<[](Vars in) { return AttentionOptions{.mask = lengths({0, 2}), .sink = in[3]}; }>(
        "attention/sink without a key", {{2, 2, 3, 4}, {2, 2, 2, 4}, {2, 2, 2, 3}, {2}}),
    of<[](Vars) { return AttentionOptions{.score = score::dot()}; }>("attention/dot", {{1, 2, 3, 2}, {1, 2, 4, 2}, {1, 2, 4, 3}}),
    of<[](Vars) { return AttentionOptions{.score = score::cosine(), .scale = 3}; }>("attention/cosine", {{1, 2, 3, 4}, {1, 2, 4, 4}, {1, 2, 4, 3}}),
    of<[](Vars in) { return AttentionOptions{.score = score::general(in[3])}; }>(
        "attention/general", {{2, 2, 3, 2}, {2, 1, 4, 3}, {2, 1, 4, 3}, {2, 3}}),
    of<[](Vars in) { return AttentionOptions{.score = score::general(in[3]), .heads = 2}; }>(
        "attention/general, a matrix for each head", {{2, 3, 4}, {2, 4, 6}, {2, 4, 2}, {2, 2, 3}}),
    of<[](Vars in) { return AttentionOptions{.mask = lengths({4, 2}), .score = score::additive(in[3]), .dropout = 0.3}; }>(
        "attention/additive", {{2, 2, 3, 5}, {2, 2, 4, 5}, {2, 2, 4, 3}, {5}}),
    of<[](Vars in) { return AttentionOptions{.score = score::additive(in[3]), .scale = 0.5, .logit_scale = in[4]}; }>(
        "attention/additive, w for each head", {{1, 4, 3, 5}, {1, 2, 4, 5}, {1, 2, 4, 3}, {4, 5}, {4}}),
    of<[](Vars in) { return AttentionOptions{.score = score::concat(in[3], in[4])}; }>(
        "attention/concat", {{1, 2, 3, 2}, {1, 2, 4, 3}, {1, 2, 4, 3}, {5}, {5, 5}}),
    of<[](Vars in) { return AttentionOptions{.score = score::concat(in[3], in[4]), .heads = 2, .key_heads = 1}; }>(
        "attention/concat, side by side", {{1, 3, 4}, {1, 4, 3}, {1, 4, 2}, {2, 5}, {5, 5}}))
// clang-format on

}  // namespace heed
#endif
