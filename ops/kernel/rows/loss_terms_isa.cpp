// Sums of losses for one instruction set.
#include <heed/ops/kernel/rows/loss_terms_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

struct Term {
    V loss, derivative;
};

// `Of` gives the term of x and t; lanes past the end have x = Of::nothing and t = 0, whose term is 0.
template <class Of>
double sum(const Real* x, const Real* t, Dim n, Real parameter, Real share, Real* derivatives) {
    constexpr Dim chain = 8 * W;
    double all = 0;
    for (Dim begin = 0; begin < n; begin += chain) {
        V part(Real(0));
        row_each(n - begin < chain ? n - begin : chain, [&](Dim i, Dim count) {
            const Dim at = begin + i;
            const Term y = Of()(load(x + at, count, Of::nothing), load(t + at, count), V(parameter));
            part = part + y.loss;
            if (derivatives != nullptr) store(derivatives + at, y.derivative * V(share), count);
        });
        all += static_cast<double>(sum_lanes(part));
    }
    return all;
}

struct Squared {
    static constexpr Real nothing = 0;
    HEED_INLINE Term operator()(V x, V t, V) const {
        const V e = x - t;
        return {e * e, e + e};
    }
};

struct Absolute {
    static constexpr Real nothing = 0;
    HEED_INLINE Term operator()(V x, V t, V) const {
        const V e = x - t, zero(Real(0));
        return {xsimd::abs(e), select(e > zero, V(Real(1)), select(e < zero, V(Real(-1)), zero))};
    }
};

struct Huber {
    static constexpr Real nothing = 0;
    HEED_INLINE Term operator()(V x, V t, V bend) const {
        const V e = x - t, size = xsimd::abs(e), half(Real(0.5));
        const Mask far = size > bend;
        return {select(far, bend * (size - bend * half), e * e * half), select(far, with_sign_of(bend, e), e)};
    }
};

struct Logits {
    static constexpr Real nothing = static_cast<Real>(-__builtin_inf());
    HEED_INLINE Term operator()(V x, V t, V) const {
        const V zero(Real(0)), one(Real(1)), e = exp_of(-xsimd::abs(x));
        const Mask above = x >= zero;
        const V missed = select(above, one - t, -t);
        return {select(missed == zero, zero, missed * x) + log_one_plus(e), divide(select(above, one, e), one + e) - t};
    }
};

}  // namespace

void fill(LossTermFamily& t) {
    t.sum[static_cast<int>(LossTerm::squared)] = sum<Squared>;
    t.sum[static_cast<int>(LossTerm::absolute)] = sum<Absolute>;
    t.sum[static_cast<int>(LossTerm::huber)] = sum<Huber>;
    t.sum[static_cast<int>(LossTerm::logits)] = sum<Logits>;
}

}  // namespace heed::kernel::HEED_ISA_NS
