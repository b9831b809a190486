// Sums of losses, shared out to threads.
#include <algorithm>
#include <numeric>
#include <heed/core/base/list.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/rows/loss_terms_table.hpp>

namespace heed::kernel {

double sum_of_terms(LossTerm term, const Real* x, const Real* t, Dim n, Real parameter, Real share, Real* derivatives) {
    constexpr Dim block = 8192;
    const auto sum = table<LossTermFamily>().sum[static_cast<int>(term)];
    List<double> sums(static_cast<std::size_t>((n + block - 1) / block));
    parallel_for(static_cast<Dim>(sums.size()), [&, to = sums.data()](Dim i) {
        const Dim at = i * block;
        to[i] = sum(x + at, t + at, std::min(block, n - at), parameter, share,
                    derivatives == nullptr ? nullptr : derivatives + at);
    });
    return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace heed::kernel
