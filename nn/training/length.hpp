#pragma once
// How many steps a run has: as given, or as many as its minutes hold; and what a resumed run changes.
// Private to heed; not installed.
#include <heed/nn/training/checkpoints.hpp>
#include <heed/nn/training/fit.hpp>

namespace heed::training {

// As many as the minutes hold at the speed so far; 0 while that is not known.
HEED_ABI Dim steps_of_minutes(const FitOptions& options, const RunState& state);

// The length that is asked for now; if it is the minutes that the steps were computed from, the steps stay. Throws
// FolderError for one that the run has passed.
HEED_ABI void set_length(const FitOptions& options, RunState& state, const RunState& resumed);

HEED_ABI bool has_new_length(const RunState& state, const RunState& resumed);

// What a new length changes, in words.
HEED_ABI std::string length_note(const FitOptions& options, const RunState& state, const RunState& resumed);

}  // namespace heed::training
