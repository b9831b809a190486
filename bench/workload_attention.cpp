#include <fmt/format.h>
#include <memory>
#include <heed/bench/data.hpp>
#include <heed/bench/workload.hpp>
#include <heed/nn/attention.hpp>
#include <heed/ops/attention.hpp>

namespace heed::bench {
namespace {

// Both phases: forward alone, and forward with the gradients of all leaves.
void add(std::vector<Workload>& all, const std::string& name, std::vector<Var> leaves, std::function<Var()> forward, bool ones = false) {
    all.push_back({.name = name, .phase = "train", .prepare = [=] {
                       const Array dy = ones ? Array(Array::from_shape(forward().shape())) : normal(forward().shape(), 99);
                       return [=] {
                           for (const Var& leaf : leaves) leaf.clear_grad();
                           Tape tape;
                           tape.backward(ones ? sum(forward()) : sum(forward() * dy));
                       };
                   }});
    all.push_back({.name = name, .phase = "infer", .prepare = [=] { return [=] { forward(); }; }});
}

Var leaf(const Shape& shape, std::uint64_t stream, double deviation = 1) { return Var::leaf(normal(shape, stream, deviation)); }

}  // namespace

// Projections, additive attention, weighted sum; gradients of Q, K, V, both matrices and w.
std::vector<Workload> additive_attn() {
    std::vector<Workload> all;
    for (const auto& [b, t] : {std::pair<Dim, Dim>{16, 256}, {4, 1024}, {16, 1024}}) {
        constexpr Dim d = 128;
        const double spread = 1 / std::sqrt(3.0 * d);  // of a linear layer's first values
        const Var q = leaf({b, t, d}, 1), k = leaf({b, t, d}, 2), v = leaf({b, t, d}, 3), wq = leaf({d, d}, 4, spread), wk = leaf({d, d}, 5, spread),
                  w = leaf({d}, 6, spread);
        add(all, fmt::format("additive_attn/B{}/T{}", b, t), {q, k, v, wq, wk, w},
            [=] { return attention(linear(q, wq), linear(k, wk), v, {.score = score::additive(w), .heads = 1}); }, true);
    }
    return all;
}

std::vector<Workload> sdpa() {
    std::vector<Workload> all;
    for (const auto& [b, t] : {std::pair<Dim, Dim>{8, 256}, {8, 1024}, {1, 4096}})
        for (const bool masked : {false, true}) {
            const Var q = leaf({b, 8, t, 64}, 1), k = leaf({b, 8, t, 64}, 2), v = leaf({b, 8, t, 64}, 3);
            add(all, fmt::format("sdpa/B{}/T{}/{}", b, t, masked ? "causal" : "full"), {q, k, v},
                [=] { return attention(q, k, v, {.mask = masked ? causal() : Mask()}); });
        }
    return all;
}

std::vector<Workload> flex() {
    std::vector<Workload> all;
    for (const Dim t : {1024, 4096}) {
        const Var q = leaf({1, 8, t, 64}, 1), k = leaf({1, 8, t, 64}, 2), v = leaf({1, 8, t, 64}, 3);
        const Var slopes = alibi_slopes(8);
        add(all, fmt::format("flex/B1/T{}/alibi", t), {q, k, v}, [=] { return attention(q, k, v, {.mask = causal() + alibi(slopes)}); }, true);
        add(all, fmt::format("flex/B1/T{}/window256", t), {q, k, v}, [=] { return attention(q, k, v, {.mask = window(255, 0)}); }, true);
    }
    return all;
}

std::vector<Workload> mha_layer() {
    std::vector<Workload> all;
    for (const bool weights : {false, true}) {
        nn::Params params(seed);
        const auto layer = std::make_shared<nn::MultiHeadAttention>(params, 256, 8);
        const Var x = leaf({16, 128, 256}, 1);
        add(all, fmt::format("mha_layer/need_weights={}", int(weights)), {x}, [=] {
            params.clear_gradients();
            Var seen;
            return (*layer)(x, Mask(), weights ? &seen : nullptr);
        });
    }
    return all;
}

}  // namespace heed::bench
