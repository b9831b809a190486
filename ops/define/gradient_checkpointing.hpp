#pragma once
// Gradient checkpointing (Chen et al., "Training deep nets with sublinear memory cost", 2016): a stretch of a model
// that keeps only its inputs and its result, and runs again when the sweep reaches it.
#include <functional>
#include <heed/core/tape.hpp>

namespace heed {

using CheckpointedFunction = std::function<Var(const std::vector<Var>& inputs)>;

// f(inputs), with the gradients that it would have without this, bit for bit. Both runs draw the same random numbers.
// Gradients also reach parameters that f reads, and recorded values that it captured. What f refers to must live until
// the sweep, which throws TapeError if an input or a parameter was changed since, or if the second run's result has
// other bits: then f depends on more than inputs, parameters and heed's random numbers. Where nothing records:
// f(inputs).
Var checkpoint(const CheckpointedFunction& f, Ins inputs);

// Is what a checkpoint() of this thread holds running for the second time? For what counts or averages its inputs.
HEED_ABI bool running_again();

// Of one input: checkpoint(block, x) keeps a copy of the layer `block`, whose parameters are shared.
template <class F>
    requires std::is_invocable_r_v<Var, const F&, const Var&> Var checkpoint(F f, In x) {
        return checkpoint(
            CheckpointedFunction([f = std::move(f)](const std::vector<Var>& inputs) -> Var { return f(inputs[0]); }),
            Ins({x.var()}, x.at));
    }

}  // namespace heed
