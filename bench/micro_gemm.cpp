// GFLOP/s of kernel::gemm beside the peak of this machine's multiply-adds, or beside a plain read of B where few rows
// use it. Usage: micro_gemm [threads [part of a row's text]]
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>
#include <fmt/format.h>
#include <heed/bench/memory_read.hpp>
#include <heed/core/base/isa.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/gemm/bfloat16.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>
#include <heed/ops/kernel/gemm/peak.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>

using namespace heed;
using kernel::Gemm;
using kernel::Peak;

namespace {

// With one thread its processor time, so that other programs take none of it; else the time that passes.
double now() {
    timespec t{};
    clock_gettime(threads() == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// Seconds of one call, on average over about 2 ms.
class Timed {
public:
    explicit Timed(auto&& call) : repeats_(1) {
        call();
        const double once = seconds(call);
        repeats_ = std::max(1, static_cast<int>(2e-3 / std::max(1e-9, once)));
    }
    double seconds(auto&& call) const {
        const double start = now();
        for (int i = 0; i < repeats_; ++i) call();
        return (now() - start) / repeats_;
    }

private:
    int repeats_;
};

double median(std::vector<double>& x) {
    std::nth_element(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(x.size() / 2), x.end());
    return x[x.size() / 2];
}

// Measures a and b in turn, so that a clock that slows down, or another program, changes both. `ratio`: median of a's
// time over b's.
struct Pair {
    double ratio, best_a, best_b;
};
Pair alternate(auto&& a, auto&& b) {
    const Timed time_a(a), time_b(b);
    Pair pair{0, 1e9, 1e9};
    std::vector<double> ratios;
    for (int round = 0; round < 25; ++round) {
        const double one = time_a.seconds(a), other = time_b.seconds(b);
        ratios.push_back(one / other);
        pair.best_a = std::min(pair.best_a, one);
        pair.best_b = std::min(pair.best_b, other);
    }
    pair.ratio = median(ratios);
    return pair;
}

std::string_view wanted;  // a part of the labels of the rows to measure

struct Sizes {
    Dim m, n, k;
    const char* form;  // nn, nt, tn or tt
    Dim batch = 1;
    bool bfloat16 = false;  // a and b
};

void measure(std::string_view label, Sizes s, bool beside_read = false) {
    const std::string name = fmt::format("{:<18} {:>5} {:>5} {:>5} x{:<4} {}{}", label, s.m, s.n, s.k, s.batch, s.form,
                                         s.bfloat16 ? " bfloat16" : "");
    if (name.find(wanted) == std::string::npos) return;
    const bool ta = s.form[0] == 't', tb = s.form[1] == 't';
    kernel::Workspace memory[3];  // at multiples of 64 bytes, as arrays are
    const Dim size_a = s.batch * s.m * s.k, size_b = s.batch * s.k * s.n;
    Real *a = memory[0].get(size_a), *b = memory[1].get(size_b), *c = memory[2].get(s.batch * s.m * s.n);
    for (Dim i = 0; i < size_a; ++i) a[i] = static_cast<Real>(i % 13) - 6;
    for (Dim i = 0; i < size_b; ++i) b[i] = static_cast<Real>(i % 7) - 3;
    Gemm g = kernel::product_of(s.m, s.n, s.k, {a, ta ? s.m : s.k, ta}, {b, tb ? s.k : s.n, tb}, c, s.n);
    g.batch = s.batch;
    g.stride_a = s.m * s.k, g.stride_b = s.k * s.n, g.stride_c = s.m * s.n;
    Storage<Bfloat16> short_a, short_b;
    if (s.bfloat16) {
        g.a = (short_a = kernel::rounded(a, size_a)).data();
        g.b = (short_b = kernel::rounded(b, size_b)).data();
    }
    const double flops = 2.0 * static_cast<double>(s.batch * s.m * s.n) * static_cast<double>(s.k);
    const auto product = [&] { kernel::gemm(g); };
    Peak peak;
    const Pair with_peak = alternate(product, peak);
    fmt::print("{} {:9.2f} us {:7.1f} GFLOP/s {:6.1f} % of the peak", name, with_peak.best_a * 1e6,
               flops / with_peak.best_a * 1e-9, 100 * flops / peak.flops() / with_peak.ratio);
    if (beside_read) {
        const Pair with_read = alternate(product, [&] { bench::read_memory(b, size_b); });
        fmt::print(", {:6.1f} % of a read of B ({:.1f} GB/s)", 100 / with_read.ratio,
                   static_cast<double>(size_b * static_cast<Dim>(sizeof(Real))) / with_read.best_b * 1e-9);
    }
    fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
    Peak peak;
    const Pair top = alternate(peak, peak);
    set_threads(argc > 1 ? std::atoi(argv[1]) : 1);
    if (argc > 2) wanted = argv[2];
    fmt::print("{}, {} bits, {} thread(s); one core's peak: {:.1f} GFLOP/s\n", name(kernel::isa()), 8 * sizeof(Real),
               threads(), peak.flops() / top.best_a * 1e-9);
    for (const Dim n : {64, 128, 256, 512, 1024, 1000})
        for (const char* form : {"nn", "nt", "tn", "tt"}) measure("square", {n, n, n, form});
    for (const Dim m : {1, 2, 4, 8})
        for (const char* form : {"nn", "nt"}) {
            measure("gru step", {m, 384, 128, form}, true);
            measure("decoding", {m, 1024, 1024, form}, true);
            measure("decoding", {m, 4096, 4096, form}, true);
        }
    measure("attention scores", {50, 50, 32, "nt", 128});
    measure("attention values", {50, 32, 50, "nn", 128});
    measure("tiny", {8, 8, 8, "nn", 1024});
    measure("tiny", {8, 8, 8, "nt", 1024});
    measure("gru step", {64, 384, 128, "nn"});
    measure("gru step", {64, 384, 128, "nt"});
    measure("gru gradient", {64, 128, 384, "nt"});
    measure("gru weights", {128, 384, 768, "tn"});
    for (const bool bfloat16 : {false, true}) {
        for (const char* form : {"nn", "nt"}) {
            measure("vision attend", {6400, 128, 128, form, 1, bfloat16});
            measure("vision feed", {6400, 256, 128, form, 1, bfloat16});
            measure("vision feed", {6400, 128, 256, form, 1, bfloat16});
        }
        measure("vision weights", {128, 128, 6400, "tn", 1, bfloat16});
        measure("vision weights", {128, 256, 6400, "tn", 1, bfloat16});
        measure("vision weights", {256, 128, 6400, "tn", 1, bfloat16});
    }
    for (const Dim n : {128, 256, 512, 1024, 1000})
        for (const char* form : {"nn", "nt", "tn"}) measure("square", {n, n, n, form, 1, true});
    for (const Dim k : {4096, 4100, 20'000}) {  // one chain, two, five
        measure("long sums", {256, 256, k, "tn"});
        measure("long sums", {8, 256, k, "nn"}, true);
        measure("long sums", {1, 256, k, "nt"}, true);
    }
    measure("feed forward", {512, 256, 64, "nt"});
    measure("vocabulary", {64, 8000, 128, "nt"});
}
