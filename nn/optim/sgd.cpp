// Stochastic gradient descent.
#include <algorithm>
#include <heed/nn/optim/checks.hpp>
#include <heed/nn/optim/sgd.hpp>

namespace heed::nn {

SGD::SGD(const Params& params, const SGDOptions& o, Site at)
    : ElementwiseOptimizer("SGD", params, shared(o, o.lazy), at), momentum_(o.momentum), nesterov_(o.nesterov) {
    require_share("momentum", momentum_, at);
    require_rate(!nesterov_ || momentum_ > 0, "momentum", momentum_, "one above zero for Nesterov's", at);
}

std::vector<std::string> SGD::roles(std::size_t) const {
    return momentum_ > 0 ? std::vector<std::string>{"velocity"} : std::vector<std::string>{};
}

void SGD::update_stretch(std::size_t i, Dim begin, Dim end) {
    const Array gradient = this->gradient(i);
    const Real* g = gradient.storage().data();
    Real* x = value(i).data();
    Real* v = momentum_ > 0 ? state(i, "velocity").data() : nullptr;
    const auto lr = static_cast<Real>(lr_of(i)), decay = static_cast<Real>(decay_of(i)),
               momentum = static_cast<Real>(momentum_);
    const auto update = [=, this](Dim from, Dim to) {
        for (Dim j = from; j < to; ++j) {
            const Real d = g[j] + decay * x[j];
            if (v) v[j - begin] = momentum * v[j - begin] + d;
            x[j] -= lr * (!v ? d : nesterov_ ? d + momentum * v[j - begin] : v[j - begin]);
        }
    };
    const RowSet* const touched = parameters()[i].touched_rows();
    const bool others_stay = lazy() || (!v && decay == 0);
    if (touched && others_stay)
        touched->elements(parameters()[i].size() / std::max(Dim{1}, touched->rows()), begin, end, update);
    else update(begin, end);
}

}  // namespace heed::nn
