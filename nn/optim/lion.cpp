// Lion.
#include <heed/core/base/parallel.hpp>
#include <heed/nn/optim/checks.hpp>
#include <heed/nn/optim/lion.hpp>

namespace heed::nn {

Lion::Lion(const Params& params, const LionOptions& o, Site at)
    : ElementwiseOptimizer("Lion", params, shared(o), at), beta1_(o.beta1), beta2_(o.beta2) {
    require_share("beta1", beta1_, at);
    require_share("beta2", beta2_, at);
}

void Lion::update_stretch(std::size_t i, Dim begin, Dim end) {
    const Array gradient = this->gradient(i);
    const Real* g = gradient.storage().data() + begin;
    Real *const x = value(i).data() + begin, *const m = state(i, "momentum").data();
    const auto lr = static_cast<Real>(lr_of(i)), decay = static_cast<Real>(lr_of(i) * decay_of(i)),
               rest1 = static_cast<Real>(1 - beta1_), rest2 = static_cast<Real>(1 - beta2_);
    parallel_blocks(end - begin, 16384, [&](Dim from, Dim to) {
        for (Dim j = from; j < to; ++j) {
            const Real ahead = (m[j] - rest1 * m[j]) + rest1 * g[j];
            const Real sign = ahead > 0 ? Real(1) : ahead < 0 ? Real(-1) : ahead;  // 0 and NaN stay what they are
            x[j] -= decay * x[j] + lr * sign;
            m[j] = (m[j] - rest2 * m[j]) + rest2 * g[j];
        }
    });
}

}  // namespace heed::nn
