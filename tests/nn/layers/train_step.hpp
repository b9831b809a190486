#pragma once
// One step of training that reaches every parameter.
#include <heed/nn/optim/optimizer.hpp>

namespace heed::test {

// Returns the loss before it.
template <class LossOf>
double train_step(const nn::Params& params, nn::Optimizer& optimizer, LossOf&& loss_of) {
    Tape tape;
    const Var loss = loss_of();
    tape.backward(loss);
    params.require_reached();
    optimizer.step();
    return static_cast<double>(loss.item());
}

}  // namespace heed::test
