// Workloads of matrix products in many sizes and forms.
#include <memory>
#include <fmt/format.h>
#include <heed/bench/workload.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>

namespace heed::bench {

std::vector<Workload> gemm_sizes() {
    std::vector<Workload> all;
    const auto add = [&](Dim m, Dim n, Dim k, Dim batch, bool ta, bool tb) {
        std::string name = fmt::format("gemm/{}x{}x{}", m, n, k);
        if (batch > 1) name += fmt::format("/batch{}", batch);
        name += fmt::format("/{}{}", ta ? 't' : 'n', tb ? 't' : 'n');
        all.push_back({.name = name,
                       .phase = "infer",
                       .prepare = [=]() -> std::function<void()> {
                           const auto size = static_cast<std::size_t>(batch);
                           const auto a =
                               std::make_shared<std::vector<Real>>(static_cast<std::size_t>(m * k) * size, Real(0.5));
                           const auto b =
                               std::make_shared<std::vector<Real>>(static_cast<std::size_t>(k * n) * size, Real(0.25));
                           const auto c = std::make_shared<std::vector<Real>>(static_cast<std::size_t>(m * n) * size);
                           kernel::Gemm g = kernel::product_of(m, n, k, {a->data(), ta ? m : k, ta},
                                                               {b->data(), tb ? k : n, tb}, c->data(), n);
                           g.batch = batch;
                           g.stride_a = m * k, g.stride_b = k * n, g.stride_c = m * n;
                           return [a, b, c, g] { kernel::gemm(g); };
                       },
                       .flops = 2.0 * static_cast<double>(m * n * k * batch)});
    };
    for (Dim size : {128, 256, 512, 1024})
        for (bool ta : {false, true})
            for (bool tb : {false, true}) add(size, size, size, 1, ta, tb);
    add(50, 50, 32, 512, false, true);  // heads of short sequences
    add(50, 32, 50, 512, false, false);
    add(64, 384, 128, 1, false, false);  // a step of a recurrent layer, and its gradients
    add(64, 128, 384, 1, false, true);
    add(128, 384, 768, 1, true, false);
    add(1, 384, 384, 1, false, false);
    return all;
}

}  // namespace heed::bench
