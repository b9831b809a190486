#pragma once
// The checkpoints of a run: the last one and the one before it, the best weights, and those of the last evaluations.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/nn/training/settings/identity.hpp>
#include <heed/nn/training/step.hpp>

namespace heed::training {

// Where a run stands, beside the weights and the optimiser.
struct RunState {
    Dim step = 0;        // done
    Dim steps = 0;       // in all; 0: not known yet
    double minutes = 0;  // that `steps` were computed from; 0: from none
    double seconds = 0, cpu_seconds = 0;
    double best = 0;
    Dim best_step = 0;
    Dim waiting = 0;  // evaluations since the best one
    Dim skipped = 0;
    std::vector<double> metrics = {};  // the first one of each evaluation, where less is better
};

class HEED_ABI Checkpoints {
public:
    // In `folder`; where that is empty nothing is written. Of a group all processes call the same functions: they read,
    // and the leading one writes; while it does, it holds what the others remember of the optimiser, too.
    Checkpoints(std::filesystem::path folder, Dim keep, Identity identity, const nn::Params& params,
                nn::Optimizer& optimizer, nn::Ema* ema, Stepper& stepper, Group& group);

    // Continues from the last checkpoint; `state` stays as it is if there is none. Returns a warning if the last one
    // could not be read and the one before it was taken. Throws FileError for a checkpoint of another model, or of a
    // run with another identity, naming what differs. `config` is the run's configuration, of which a checkpoint of an
    // earlier version has a hash.
    std::string load(RunState& state, const std::string& config) const;

    void last(const RunState& state) const;  // throw IoError
    void best(const RunState& state) const;
    void kept(const RunState& state) const;  // as step-N, and removes the oldest

private:
    nn::Checkpoint states() const;
    nn::Checkpoint whole(const RunState& state, nn::Checkpoint states) const;
    void write(FunctionRef<void()> act) const;
    void remove_old() const;
    std::filesystem::path folder_;
    Dim keep_;
    Identity identity_;
    nn::Params params_;
    nn::Optimizer& optimizer_;
    nn::Ema* ema_;
    Stepper& stepper_;
    Group& group_;
};

}  // namespace heed::training
