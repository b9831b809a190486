#pragma once
// What the benchmark runs: the workloads of the PyTorch yardstick, exactly the same work. Those that train a network
// are in training.hpp.
#include <concepts>
#include <functional>
#include <string>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::bench {

// One repetition of the work; and `read`, where reading memory bounds its time, a plain read of the same memory. The
// two are timed in turn.
struct Work {
    std::function<void()> run, read;
    template <std::invocable Run>
    Work(Run run, std::function<void()> read = {}) : run(std::move(run)), read(std::move(read)) {}
};

// One phase of one workload. `prepare` builds the model.
struct Workload {
    std::string name;
    std::string phase;  // "train" or "infer"
    std::function<Work()> prepare;
    double ops = 0;    // elementary ops in one repetition, where the time of one is of interest
    double flops = 0;  // floating-point operations in one repetition, where they are known
    std::string notes = "";
};

std::vector<Workload> tiny_op(), gemm_sizes(), additive_attn(), sdpa(), one_head(), flex(), mha_layer(), kv_decode();

}  // namespace heed::bench
