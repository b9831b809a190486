// attention() on both paths beside PyTorch: masks, biases, scores, and the order of its steps.
#include <heed/ops/attention/attention.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;

Array kept() { return reshaped(Array{1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 1, 1,
                                     1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1}, {2, 1, 4, 5}); }

// attention() of the first three operands, with options made of the others.
template <Policy path>
Var run(G in, AttentionOptions options) {
    options.policy = path;
    return attention(in[0], in[1], in[2], options);
}

template <Policy path>
Table table() {
    return {"attention_op", {
        {"attention", {"plain"}, [](G in) { return run<path>(in, {}); }},
        {"attention", {"scale"}, [](G in) { return run<path>(in, {.scale = -0.4}); }},
        {"attention", {"causal", "grouped heads"}, [](G in) { return run<path>(in, {.mask = causal()}); }},
        {"attention", {"causal from the start"}, [](G in) { return run<path>(in, {.mask = causal_from_start()}); }},
        {"attention", {"causal from the end"}, [](G in) { return run<path>(in, {.mask = causal_from_end()}); }},
        {"attention", {"keep"}, [](G in) { return run<path>(in, {.mask = keep(kept())}); }},
        {"attention", {"lengths"}, [](G in) { return run<path>(in, {.mask = lengths({3, 5})}); }},
        {"attention", {"window"}, [](G in) { return run<path>(in, {.mask = window(2, 1)}); }},
        {"attention", {"documents"}, [](G in) { return run<path>(in, {.mask = documents(in.ints(3))}); }},
        {"attention", {"bias"}, [](G in) { return run<path>(in, {.mask = bias(in[3])}); }},
        {"attention", {"alibi"}, [](G in) { return run<path>(in, {.mask = alibi(in[3])}); }},
        {"attention", {"buckets of both sides"}, [](G in) { return run<path>(in, {.mask = relative_buckets(in[3], {.max_distance = 20})}); }},
        {"attention", {"buckets of one side"}, [](G in) { return run<path>(in, {.mask = relative_buckets(in[3], {.bidirectional = false})}); }},
        {"attention", {"patches"}, [](G in) { return run<path>(in, {.mask = patch_offsets(in[3], 2, 3, 1)}); }},
        {"attention", {"soft cap"}, [](G in) { return run<path>(in, {.mask = causal(), .soft_cap = 0.8}); }},
        {"attention", {"sink"}, [](G in) { return run<path>(in, {.mask = lengths({2, 0}), .sink = in[3]}); }},
        {"attention", {"logit scale"}, [](G in) { return run<path>(in, {.logit_scale = in[3]}); }},
        {"attention", {"everything"}, [](G in) {
            return run<path>(in, {.mask = causal() + bias(in[3]), .score = score::dot(), .scale = 0.7, .soft_cap = 1.5, .sink = in[4]});
        }},
        {"attention", {"cosine"}, [](G in) { return run<path>(in, {.score = score::cosine(), .scale = 4}); }},
        {"attention", {"general"}, [](G in) { return run<path>(in, {.score = score::general(in[3])}); }},
        {"attention", {"additive"}, [](G in) { return run<path>(in, {.mask = lengths({3, 5}), .score = score::additive(in[3])}); }},
        {"attention", {"concat"}, [](G in) { return run<path>(in, {.score = score::concat(in[3], in[4])}); }},
    }};
}

const Table fused = table<Policy::require_fused>(), composed = table<Policy::require_composed>();

}  // namespace
}  // namespace heed::reference
