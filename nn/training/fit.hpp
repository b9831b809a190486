#pragma once
// A training run that a user drives with two lambdas: batch -> loss, and () -> metrics. It shows progress, writes
// checkpoints and logs, continues to the same bits after a stop, handles signals, and names the op that made a NaN. Its
// parts also work alone.
//     nn::AdamW optimizer(params);
//     training::fit({.folder = "runs/mine", .resume = resume, .steps = 1000,
//                    .rate = nn::WarmupCosine{.peak = 1e-3, .warmup = 100}},
//                   params, optimizer, [&](Dim n) { return batch_number(n); },
//                   [&](const Batch& b) { return cross_entropy(model(b.ids), b.labels); },
//                   [&] { return training::Metrics{{"error", error_on_dev()}}; });
#include <algorithm>
#include <concepts>
#include <filesystem>
#include <heed/nn/optim/ema.hpp>
#include <heed/nn/training/prefetch.hpp>
#include <heed/nn/training/rate.hpp>
#include <heed/nn/training/run/progress.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
#include <heed/nn/training/settings/identity.hpp>
#include <heed/nn/training/step.hpp>

namespace heed::training {

using Metrics = std::vector<std::pair<std::string, double>>;  // by name; the first one decides what is best

struct HEED_ABI FitOptions {
    std::filesystem::path folder =
        {};  // of the run, made and locked unless a RunFolder of the caller's has done so; empty: nothing is written
    bool resume = false;      // continue from the folder's checkpoint, if any; else refuse one with a run
    std::string config = {};  // what the run was asked to do, in JSON: for config.json and TensorBoard
    Identity identity =
        {};         // of the run, such as Settings::identity(); a checkpoint of another one is refused. None: `config`
    Dim steps = 0;  // in all, or
    double minutes = 0;                  // of training, about: becomes steps once, by the speed of the first ones
    std::function<void()> started = {};  // called before the first step and config.json, when the checkpoint was taken:
                                         // writes what else a run needs
    Rate rate = {};                      // none: the optimiser's own; ReduceOnPlateau follows the first metric
    StepOptions step = {};
    Dim shards = 1;  // parts that each batch is cut into, a power of two; each has its own random numbers, and weighs
                     // as much as the count of its Loss. They may be stretches of its sequences: see LossOf
    Group* world = nullptr;  // the processes that share the shards, such as a distributed::World; the first one alone
                             // writes and shows progress, and all take the metrics of its evaluate()
    nn::Ema* ema = nullptr;  // updated after each step, in use while metrics are taken and for the best weights
    Dim evaluate_every = 0;  // steps; 0: ten times in a run
    bool higher_is_better = false;
    Dim patience = 0;               // evaluations without a better metric after which the run ends; 0: it never does
    Dim log_every = 20;             // steps between lines of the log
    double save_seconds = 60;       // between checkpoints
    Dim keep = 0;                   // checkpoints of the last so many evaluations
    ProgressOptions progress = {};  // label and unit
    ProgressHost host = stderr_host();  // where progress is shown
    std::function<void(Events&, Dim step)> show =
        {};  // more for TensorBoard at each evaluation, beside weights and attention (see show.hpp)
};

struct Outcome {
    Dim step = 0;
    Dim resumed_at = 0;      // the step that a resumed run continued from; `step`, where it had ended
    double seconds = 0;      // of training, over all resumed parts; evaluation is not counted
    double cpu_seconds = 0;  // the same in time of processors
    double best = 0;         // the first metric where it was best, at
    Dim best_step = 0;       // 0: there was no evaluation
    Dim skipped = 0;         // steps that were not finite
    bool stopped_early = false;
    int exit_code = 0;  // 130 or 143 after a signal: a checkpoint is saved, and the program should return this
};

// A resumed run continues to the steps or minutes that it is given now, in all: with the schedule of that length, and
// it reports how the rate jumps. Throws FolderError for a length that it has passed already, for a folder that holds a
// run where none is to be resumed, and for one that is in use. In the folder: config.json, checkpoint.safetensors and
// the one before it, best.safetensors (the best weights, as "model.NAME"), step-N.safetensors, log.jsonl,
// events.out.tfevents.*. Throws NumberError for a loss that is not finite (see OnNan), FileError for a checkpoint of
// another run, IoError where the system refuses to write; a checkpoint is whole or not there at all.
HEED_ABI Outcome fit(const FitOptions& options, const nn::Params& params, nn::Optimizer& optimizer, const LossOf& loss,
                     const std::function<Metrics()>& evaluate = {});

// The same with batches that a thread makes ahead: batch(n), from 0, is a function of n alone, and batch(n, shard) of n
// and the shard; they may use heed, not the model.
template <MakesBatches BatchOf, class LossOfBatch>
    requires std::invocable<LossOfBatch&,
                            typename batch_detail::Content<BatchFrom<BatchOf>>::type>  // not a loss and metrics
        Outcome fit(const FitOptions& options, const nn::Params& params, nn::Optimizer& optimizer, BatchOf batch,
                    LossOfBatch loss, const std::function<Metrics()>& evaluate = {}) {
        const Group& group = group_of(options.world);
        const Dim shards = options.shards, mine = TakesShards<BatchOf> ? std::max<Dim>(1, shards / group.size()) : 1,
                  first = mine * group.rank();
        Prefetch<BatchFrom<BatchOf>> batches([=](Dim i) mutable {
            return batch_detail::made_by(batch, i / mine, Shard{first + i % mine, shards});
        });
        const auto ahead = [&batches](Dim i) { return batches.at(i); };
        if constexpr (TakesShards<BatchOf>) {
            const auto of_shard = [=](Dim n, Shard shard) { return ahead(n * mine + shard.index - first); };
            return fit(options, params, optimizer, loss_of_batches(of_shard, std::ref(loss)), evaluate);
        } else {
            return fit(options, params, optimizer, loss_of_batches(ahead, std::ref(loss)), evaluate);
        }
    }

// Puts the weights that best.safetensors in `folder` holds into the model.
HEED_ABI void load_best(const std::filesystem::path& folder, const nn::Params& params);
// The same in all processes: the leading one reads the file, and sends the weights. Throws as Group::by_leader().
HEED_ABI void load_best(const std::filesystem::path& folder, const nn::Params& params, Group& group);

}  // namespace heed::training
