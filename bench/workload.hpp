#pragma once
// What the benchmark runs: the workloads of the PyTorch yardstick, exactly the same work.
#include <functional>
#include <string>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::bench {

// One phase of one workload. `prepare` builds the model and returns one repetition of the work.
struct Workload {
    std::string name;
    std::string phase;  // "train" or "infer"
    std::function<std::function<void()>()> prepare;
    double ops = 0;    // elementary ops in one repetition, where the time of one is of interest
    double flops = 0;  // floating-point operations in one repetition, where they are known
    std::string notes = "";
};

std::vector<Workload> tiny_op();
std::vector<Workload> mlp_small();
std::vector<Workload> g2p_bahdanau();
std::vector<Workload> gemm_sizes();
std::vector<Workload> additive_attn();
std::vector<Workload> sdpa();
std::vector<Workload> flex();
std::vector<Workload> mha_layer();

}  // namespace heed::bench
