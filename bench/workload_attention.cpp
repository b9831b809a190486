// Workloads of attention: additive, dot-product, masked, and the multi-head layer.
#include <memory>
#include <fmt/format.h>
#include <heed/bench/data.hpp>
#include <heed/bench/workload.hpp>
#include <heed/nn/layers/attention.hpp>
#include <heed/ops/attention/attention.hpp>

namespace heed::bench {
namespace {

// The inputs and the forward of a workload: made when its turn comes, so that its memory is not counted in another's.
struct Call {
    std::vector<Var> leaves;
    std::function<Var()> forward;
};

// Both phases: forward alone, and forward with the gradients of all leaves.
void add(std::vector<Workload>& all, const std::string& name, std::function<Call()> make, bool ones = false) {
    all.push_back({.name = name, .phase = "train", .prepare = [=] {
                       const Call call = make();
                       const Array dy = ones ? Array() : normal(call.forward().shape(), 99);
                       return [=] {
                           for (const Var& leaf : call.leaves) leaf.clear_grad();
                           Tape tape;
                           tape.backward(ones ? sum(call.forward()) : sum(call.forward() * dy));
                       };
                   }});
    all.push_back({.name = name, .phase = "infer", .prepare = [=] { return [call = make()] { call.forward(); }; }});
}

Var leaf(const Shape& shape, std::uint64_t stream, double deviation = 1) {
    return Var::leaf(normal(shape, stream, deviation));
}

// Heads of width 64.
std::function<Call()> heads(Dim b, Dim t, std::function<Mask()> mask, Dim h = 8) {
    return [=]() -> Call {
        const Var q = leaf({b, h, t, 64}, 1), k = leaf({b, h, t, 64}, 2), v = leaf({b, h, t, 64}, 3);
        return {{q, k, v}, [=] { return attention(q, k, v, {.mask = mask()}); }};
    };
}

}  // namespace

// Projections, additive attention, weighted sum; gradients of Q, K, V, both matrices and w.
std::vector<Workload> additive_attn() {
    std::vector<Workload> all;
    for (const auto& [batch, length] : {std::pair<Dim, Dim>{16, 256}, {4, 1024}, {16, 1024}}) {
        const auto make = [b = batch, t = length]() -> Call {
            constexpr Dim d = 128;
            const double spread = 1 / std::sqrt(3.0 * d);  // of a linear layer's initial values
            const Var q = leaf({b, t, d}, 1), k = leaf({b, t, d}, 2), v = leaf({b, t, d}, 3);
            const Var wq = leaf({d, d}, 4, spread), wk = leaf({d, d}, 5, spread), w = leaf({d}, 6, spread);
            return {{q, k, v, wq, wk, w}, [=] {
                        return attention(linear(q, wq), linear(k, wk), v, {.score = score::additive(w), .heads = 1});
                    }};
        };
        add(all, fmt::format("additive_attn/B{}/T{}", batch, length), make, true);
    }
    return all;
}

std::vector<Workload> sdpa() {
    std::vector<Workload> all;
    for (const auto& [b, t] : {std::pair<Dim, Dim>{8, 256}, {8, 1024}, {1, 4096}})
        for (const bool masked : {false, true})
            add(all, fmt::format("sdpa/B{}/T{}/{}", b, t, masked ? "causal" : "full"),
                heads(b, t, [=] { return masked ? causal() : Mask(); }));
    return all;
}

// One head alone, however long: do all cores work, and does memory grow with T only?
std::vector<Workload> one_head() {
    std::vector<Workload> all;
    for (const Dim t : {4096, 16384, 65536})
        add(all, fmt::format("one_head/T{}/causal", t),
            heads(
                1, t, [] { return causal(); }, 1),
            true);
    return all;
}

std::vector<Workload> flex() {
    std::vector<Workload> all;
    for (const Dim t : {1024, 4096}) {
        const Var slopes = alibi_slopes(8);
        add(all, fmt::format("flex/B1/T{}/alibi", t), heads(1, t, [=] { return causal() + alibi(slopes); }), true);
        add(all, fmt::format("flex/B1/T{}/window256", t), heads(1, t, [] { return window(255, 0); }), true);
    }
    return all;
}

std::vector<Workload> mha_layer() {
    std::vector<Workload> all;
    for (const bool weights : {false, true}) {
        const auto make = [weights]() -> Call {
            const nn::Params params(seed);
            const auto layer = std::make_shared<nn::MultiHeadAttention>(params, 256, 8);
            const Var x = leaf({16, 128, 256}, 1);
            return {{x}, [=] {
                        params.clear_gradients();
                        Var seen;
                        return (*layer)(x, Mask(), weights ? &seen : nullptr);
                    }};
        };
        add(all, fmt::format("mha_layer/need_weights={}", int(weights)), make);
    }
    return all;
}

}  // namespace heed::bench
