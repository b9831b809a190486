// The peak rate of multiply-adds, measured.
#include <chrono>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/gemm/peak.hpp>
#include <heed/ops/product/peak.hpp>

namespace heed {

double measure_peak() {
    constexpr int rounds = 10, repeats = 5000;  // some milliseconds a round
    const double flops = repeats * kernel::Peak().flops() * threads();
    double most = 0;
    for (int round = 0; round < rounds; ++round) {
        const auto start = std::chrono::steady_clock::now();
        parallel_for(threads(), [](Dim) {
            kernel::Peak peak;
            for (int i = 0; i < repeats; ++i) peak();
        });
        most = std::max(most, flops / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return most;
}

}  // namespace heed
