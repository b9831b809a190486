#pragma once
// The update that Adam, AdamW and, for parameters that are no matrix, Muon share.
// Private to heed; not installed.
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/ops/kernel/fused/adam.hpp>

namespace heed::nn {

inline constexpr double adamw_decay = 0.01;  // unless it is named

// What the base class is given; throws RangeError for a beta or an epsilon outside its range.
HEED_ABI OptimizerOptions checked(const AdamOptions& options, double default_decay, Site at);

// The step of a parameter's update number `updates`, from 1. Decay is left to the caller.
HEED_ABI kernel::AdamStep adam_step(const AdamOptions& options, double lr, Dim updates);

// The names of the moments.
HEED_ABI std::vector<std::string> adam_roles(const AdamOptions& options);

// A parameter and its gradient, and the moments of the elements that are updated; `largest` is null without AMSGrad,
// `touched` where any row may be.
struct AdamOperands {
    const Array gradient;
    const RowSet* touched;
    Array &value, &first, &second, *largest;
};
// Such a step over elements [begin, end).
void run_adam(const kernel::AdamStep& step, const AdamOperands& x, Dim begin, Dim end);
// The same for touched rows alone, each with a step of its own.
void run_adam_by_row(FunctionRef<kernel::AdamStep(Dim row)> step_of, const AdamOperands& x, Dim begin, Dim end);

// A file with the "largest" of each parameter that has a "second" and none: a run may turn AMSGrad on.
HEED_ABI Checkpoint with_largest(const Checkpoint& file, const std::vector<Var>& parameters);

}  // namespace heed::nn
