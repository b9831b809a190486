// Layer norm and root-mean-square norm for one instruction set. Without a mean (null) a row is not centred.
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/rows/norm_sums.hpp>
#include <heed/ops/kernel/rows/rows_table.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

constexpr Dim chain = longest_chain * W;  // elements of a row

HEED_INLINE V gain_at(const Real* gain, Dim i, Dim count) {
    return gain == nullptr ? V(Real(1)) : load(gain + i, count);
}

void forward(const Real* x, const Real* gain, const Real* bias, Real eps, Real* y, Real* mean, Real* rstd, Dim rows,
             Dim n) {
    const Real size = static_cast<Real>(n);
    for (Dim row = 0; row < rows; ++row, x += n, y += n) {
        Real centre = 0;
        if (mean != nullptr) {
            const V sum = sum_tree(n, chain, [x](Dim begin, Dim length) HEED_INLINED {
                V part(Real(0));
                row_each(length, [&](Dim i, Dim count) { part = part + load(x + begin + i, count); });
                return part;
            });
            mean[row] = centre = sum_lanes(sum) / size;
        }
        const V squares = sum_tree(n, chain, [x, centre](Dim begin, Dim length) HEED_INLINED {
            V part(Real(0));
            row_each(length, [&](Dim i, Dim count) {
                const V d = load(x + begin + i, count, centre) - V(centre);
                part = fma(d, d, part);
            });
            return part;
        });
        const Real variance = sum_lanes(squares) / size + eps;
        const Real inverse = 1 / static_cast<Real>(sizeof(Real) == 4 ? __builtin_sqrtf(static_cast<float>(variance))
                                                                     : __builtin_sqrt(variance));
        rstd[row] = inverse;
        row_each(n, [&](Dim i, Dim count) {
            V v = (load(x + i, count) - V(centre)) * V(inverse) * gain_at(gain, i, count);
            if (bias != nullptr) v = v + load(bias + i, count);
            store(y + i, v, count);
        });
    }
}

// With h = (x - mean) rstd and g = dy gain: dx = rstd (g - mean(g) - h mean(g h)), mean(g) only if x was centred.
void backward(const Real* x, const Real* gain, const Real* mean, const Real* rstd, const Real* dy, Real* dx,
              Real* dgain, Real* dbias, Dim rows, Dim n) {
    const Real size = static_cast<Real>(n);
    for (Dim row = 0; row < rows; ++row, x += n, dy += n, dx += n) {
        const V centre(mean == nullptr ? Real(0) : mean[row]), inverse(rstd[row]);
        const GradientSums sums = sum_tree(n, chain, [=](Dim begin, Dim length) HEED_INLINED {
            V sum(Real(0)), dot(Real(0));
            row_each(length, [&](Dim at, Dim count) {
                const Dim i = begin + at;
                const V d = load(dy + i, count), h = (load(x + i, count) - centre) * inverse,
                        g = d * gain_at(gain, i, count);
                sum = sum + g;
                dot = fma(g, h, dot);
                if (dgain != nullptr) store(dgain + i, fma(d, h, load(dgain + i, count)), count);
                if (dbias != nullptr) store(dbias + i, load(dbias + i, count) + d, count);
            });
            return GradientSums{sum, dot};
        });
        const V mean_g(mean == nullptr ? Real(0) : sum_lanes(sums.g) / size), mean_gh(sum_lanes(sums.gh) / size);
        row_each(n, [&](Dim i, Dim count) {
            const V h = (load(x + i, count) - centre) * inverse, g = load(dy + i, count) * gain_at(gain, i, count);
            store(dx + i, inverse * (g - mean_g - h * mean_gh), count);
        });
    }
}

}  // namespace

void fill(NormFamily& t) { t = {forward, backward}; }

}  // namespace heed::kernel::HEED_ISA_NS
