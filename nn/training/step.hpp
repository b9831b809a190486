#pragma once
// One step of training: batches to gradients, clipping, the optimiser; and what to do about a loss that is not finite.
#include <memory>
#include <optional>
#include <string>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/optim/optimizer.hpp>
#include <heed/nn/training/loss.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::training {

class Owners;
struct ShardLoss;

// When a loss or the gradients' norm is not finite, the step is run again under CheckNumbers, which names the op, layer
// and shape that made the first NaN or Inf. stop: that is thrown. skip: the step's batches are left out. rollback: the
// weights, too, become what they were at most `good_every` steps before, in case they had begun to diverge.
enum class OnNan { stop, skip, rollback };

struct StepOptions {
    std::uint64_t seed = 0;  // of dropout
    Dim accumulate = 1;      // batches whose gradients make one step; the loss is their mean
    double clip = 0;         // the gradients' common norm is clipped to this; 0: not
    OnNan on_nan = OnNan::stop;
    Dim good_every = 100;    // steps between the states that rollback goes back to
    Dim most_skipped = 20;   // in a row; one more stops the run
    bool one_batch = false;  // each step sees batch 0
    bool bfloat16 = false;   // under Bfloat16Products; what is measured between steps is not
};

struct StepReport {
    double loss = 0, units = 0, norm = 0;  // norm: of the gradients before clipping
    std::string skipped = {};              // why nothing was learnt
};

// The prefix of the optimiser's state in a checkpoint: up to heed 0.1 it was "adam." for every optimiser.
HEED_ABI std::string optimizer_prefix(const nn::Checkpoint& file);

class HEED_ABI Stepper {
public:
    using LossOf = training::LossOf;
    // `shards`: parts that each batch is cut into, a power of two, of which the processes of a group share. Throws
    // RangeError for options outside their range, and where the loss takes no shards of several.
    Stepper(const nn::Params& params, nn::Optimizer& optimizer, LossOf loss, const StepOptions& options, Dim shards = 1,
            Group& group = one_process());
    ~Stepper();

    // Step number `step`, from 1: a function of the step and the weights alone. Of several processes each remembers a
    // part of what the optimiser does. Throws NumberError, naming op, layer and shape.
    StepReport run(Dim step);

    void put(nn::Checkpoint& file) const;  // what it needs to continue, beside the parameters and the optimiser
    void get(const nn::Checkpoint& file);

private:
    Dim batch_of(Dim step, Dim part) const { return options_.one_batch ? 0 : (step - 1) * options_.accumulate + part; }
    Dim mine() const { return shards_ / group_.size(); }                             // shards
    double share() const { return 1.0 / static_cast<double>(options_.accumulate); }  // of a batch in the step's mean
    Loss loss_of(Dim batch, Shard shard) const;
    void check(const Loss& loss, Dim batch, Shard shard) const;
    Key key_of(Dim step, Dim part) const;
    Key key_of(Dim step, Dim part, Dim shard) const;
    class Together;
    using Completed = FunctionRef<void(const heed::detail::Node& leaf, double count)>;
    ShardLoss backward_of(Dim step, Dim part, Shard shard, double scale, const Completed* completed = nullptr) const;
    ShardLoss sum_of_shards(Dim step, Dim part, double scale) const;
    void backward_of(Dim step, Dim part, StepReport& report) const;
    std::string explain(Dim step) const;
    std::string find_origin(Dim step) const;

    nn::Params params_;
    nn::Optimizer& optimizer_;
    LossOf loss_;
    StepOptions options_;
    Dim shards_;
    Group& group_;
    std::unique_ptr<const Owners> owners_;
    std::optional<nn::Checkpoint> good_;
    Dim skipped_ = 0;  // in a row
};

}  // namespace heed::training
