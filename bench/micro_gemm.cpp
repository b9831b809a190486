// GFLOP/s of kernel::gemm beside the peak of this machine's multiply-adds. Usage: micro_gemm [threads]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>
#include <fmt/format.h>
#include <heed/core/parallel.hpp>
#include <heed/ops/kernel/gemm.hpp>
#include <heed/ops/kernel/isa.hpp>

using namespace heed;
using kernel::Gemm;

namespace {

double seconds_of(auto&& call) {
    const auto start = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The fastest of several runs, each of about 20 ms.
double best_rate(double flops, auto&& call) {
    call();
    const double once = std::max(1e-9, seconds_of(call));
    const int repeats = std::max(1, static_cast<int>(0.02 / once));
    double best = 0;
    for (int trial = 0; trial < 7; ++trial) {
        const double t = seconds_of([&] {
            for (int i = 0; i < repeats; ++i) call();
        });
        best = std::max(best, flops * repeats / t * 1e-9);
    }
    return best;
}

// One tile whose operands stay in the first-level cache, with a long sum: what the multiply-add units can do.
double peak() {
    constexpr Dim m = 6, n = 64, k = 96;
    std::vector<Real> a(m * k, Real(0.5)), b(k * n, Real(0.25)), c(m * n);
    return best_rate(2.0 * m * n * k,
                     [&] { kernel::gemm({.m = m, .n = n, .k = k, .a = a.data(), .lda = k, .b = b.data(), .ldb = n, .c = c.data(), .ldc = n}); });
}

void measure(const char* label, Dim m, Dim n, Dim k, bool ta, bool tb, double top, Dim batch = 1) {
    std::vector<Real> a(static_cast<std::size_t>(batch * m * k)), b(static_cast<std::size_t>(batch * k * n)),
        c(static_cast<std::size_t>(batch * m * n));
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<Real>(i % 13) - 6;
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<Real>(i % 7) - 3;
    const Gemm g{.m = m,
                 .n = n,
                 .k = k,
                 .a = a.data(),
                 .lda = ta ? m : k,
                 .ta = ta,
                 .b = b.data(),
                 .ldb = tb ? k : n,
                 .tb = tb,
                 .c = c.data(),
                 .ldc = n,
                 .batch = batch,
                 .stride_a = m * k,
                 .stride_b = k * n,
                 .stride_c = m * n};
    const double flops = 2.0 * static_cast<double>(batch * m * n) * static_cast<double>(k);
    const double rate = best_rate(flops, [&] { kernel::gemm(g); });
    fmt::print("{:<28} {:>5} {:>5} {:>5} x{:<4} {}{}  {:8.1f} GFLOP/s  {:5.1f} %  {:9.2f} us\n", label, m, n, k, batch, ta ? 'T' : 'N',
               tb ? 'T' : 'N', rate, 100 * rate / top, flops / rate * 1e-3);
}

}  // namespace

int main(int argc, char** argv) {
    const double top = peak();
    if (argc > 1) set_threads(std::atoi(argv[1]));
    fmt::print("{}, {} bits, {} thread(s); one core's peak: {:.1f} GFLOP/s\n", name(kernel::isa()), 8 * sizeof(Real), threads(), top);
    for (const Dim n : {64, 128, 256, 512, 1024})
        for (const int form : {0, 1, 2, 3}) measure("square", n, n, n, (form & 2) != 0, (form & 1) != 0, top);
    measure("attention scores", 50, 50, 32, false, true, top, 128);
    measure("attention values", 50, 32, 50, false, false, top, 128);
    measure("gru step", 64, 384, 128, false, false, top);
    measure("gru step, stored (n, k)", 64, 384, 128, false, true, top);
    measure("gru step, batch 1", 1, 384, 128, false, false, top);
    measure("gru step, batch 1, (n, k)", 1, 384, 128, false, true, top);
    measure("gru step, batch 8", 8, 384, 128, false, false, top);
    measure("gru step, batch 8, (n, k)", 8, 384, 128, false, true, top);
    measure("gru weight gradient", 128, 384, 768, true, false, top);
    measure("feed forward", 512, 256, 64, false, true, top);
    measure("vocabulary", 64, 8000, 128, false, true, top);
}
