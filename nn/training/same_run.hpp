#pragma once
// Whether all processes are about to make the same run.
// Private to heed; not installed.
#include <heed/nn/training/checkpoints.hpp>
#include <heed/nn/training/fit.hpp>

namespace heed::training {

// Throws Error in all processes, naming the first rank that differs and what does: heed's version, the instruction set,
// a setting, what a step does, the parameters, where the run stands.
HEED_ABI void require_same_run(Group& group, const FitOptions& options, const nn::Params& params,
                               const RunState& state);

}  // namespace heed::training
