#pragma once
// Random arrays for the tests of kernels, and how far a result may be from its definition.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>
#include <heed/core/base/parallel.hpp>
#include <heed/core/real.hpp>

namespace heed::test {

using Reals = std::vector<Real>;
using Exact = long double;
constexpr Exact unit = std::numeric_limits<Real>::epsilon();
constexpr Real inf = std::numeric_limits<Real>::infinity();
constexpr Real not_a_number = std::numeric_limits<Real>::quiet_NaN();

// n values in (low, high), the same for the same seed.
HEED_ABI inline Reals draw(Dim n, double low = -1, double high = 1, std::uint64_t seed = 1) {
    Reals x(static_cast<std::size_t>(n));
    std::uint64_t state = seed * 0x9e3779b97f4a7c15u + 1;
    for (Real& v : x) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        v = static_cast<Real>(low + (high - low) * (static_cast<double>(state >> 11) + 0.5) * 0x1p-53);
    }
    return x;
}

inline std::size_t at(Dim i) { return static_cast<std::size_t>(i); }
HEED_ABI inline Reals zeros(Dim n) { return Reals(at(n), Real(0)); }

// The largest |got - wanted| / (|wanted| + floor), in units of rounding; infinite if only one of a pair is finite.
template <class Wanted>
Exact worst(const Reals& got, Dim n, Wanted&& wanted, Exact floor) {
    Exact most = 0;
    for (Dim i = 0; i < n; ++i) {
        const Exact w = wanted(i), g = got[at(i)];
        if (g == w || (std::isnan(g) && std::isnan(w))) continue;
        const Exact error = std::abs(g - w) / ((std::abs(w) + floor) * unit);
        if (!(error <= most)) most = std::isnan(error) ? Exact(inf) : error;
    }
    return most;
}

inline bool same_bits(const Real* a, const Real* b, Dim n) { return std::memcmp(a, b, at(n) * sizeof(Real)) == 0; }

// Of central differences: the step, and how near they come.
constexpr Real step = sizeof(Real) == 4 ? Real(0.02) : Real(1e-5);
constexpr Exact near = sizeof(Real) == 4 ? 1e-2L : 1e-8L;

// Is dx the gradient of f at x? `value` computes f from the current x.
inline bool is_gradient(Reals& x, const Reals& dx, const std::function<Exact()>& value) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Real kept = x[i];
        x[i] = kept + step;
        const Exact up = value();
        x[i] = kept - step;
        const Exact down = value();
        x[i] = kept;
        if (!(std::abs((up - down) / (2 * Exact(step)) - dx[i]) <= near * (1 + std::abs(Exact(dx[i]))))) return false;
    }
    return true;
}

inline Exact dot(const Reals& a, const Reals& b) {
    Exact s = 0;
    for (std::size_t i = 0; i < a.size(); ++i) s += Exact(a[i]) * b[i];
    return s;
}

struct Threads {  // restores the number of threads
    int before = threads();
    explicit Threads(int n) { set_threads(n); }
    ~Threads() { set_threads(before); }
};

}  // namespace heed::test
