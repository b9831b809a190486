#pragma once
// How a training run begins and ends: its folder, what fit() is given, trials, its result.
#include <concepts>
#include <optional>
#include <utility>
#include <fmt/format.h>
#include <heed/nn/program/options.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/model_file.hpp>
#include <heed/nn/training/run/folder.hpp>

namespace heed::program {

// Prints, in the leading process alone.
template <class... T>
void print(const Launch& launch, fmt::format_string<T...> text, T&&... values) {
    if (launch.group().leads()) fmt::print(text, std::forward<T>(values)...);
}

// The folder, locked for this run by the leading process: a fresh one, or the one to continue in; none for a trial.
// Throws as RunFolder does.
training::RunFolder open_folder(const Launch& launch);

// `per_epoch`: batches in one.
training::FitOptions fit_options(const RunOptions& options, const Launch& launch, Dim per_epoch,
                                 const training::Settings& settings);

// The trial that `place` asks for, printed; returns the exit code. Takes what training::fit() is given, without
// metrics.
HEED_ABI int run_trial(const Launch& launch, const training::FitOptions& options, const nn::Params& params,
                       nn::Optimizer& optimizer, const training::LossOf& loss);
template <class BatchOf, class LossOfBatch>
int run_trial(const Launch& launch, const training::FitOptions& options, const nn::Params& params,
              nn::Optimizer& optimizer, BatchOf batch, LossOfBatch loss) {
    return run_trial(launch, options, params, optimizer, training::loss_of_batches(std::move(batch), std::move(loss)));
}

// Writes the run's result.json: the metric, what every run reports, and then `more`. All processes call it, the leading
// one writes. Throws in all of them as training::write_result does.
HEED_ABI void save_result(const Launch& launch, const RunOptions& options, const nn::Params& params,
                          const training::Outcome& done, std::string metric, double value, training::Record more);

// The same of several metrics, of which the first is the run's: the others, and the steps, stand before `more`.
HEED_ABI void save_result(const Launch& launch, const RunOptions& options, const nn::Params& params,
                          const training::Outcome& done, const training::Metrics& metrics, training::Record more = {});

// Whether a resumed run had ended and has left its files: then the leading process prints that there is nothing to do.
// All processes call it, and get what the leading one finds.
bool is_done(const training::Outcome& done, const Launch& launch, bool has_result);

// Whether a resumed run had ended before: its model is there.
bool has_model(const Launch& launch);

// The model in `folder`; where there is none, as in a run that has not ended or one of an earlier version, the best
// weights so far, by the `model` settings of the run.
template <class Model, class Options>
training::Trained<Model> open_model_or_best(const std::filesystem::path& folder) {
    if (std::filesystem::exists(training::model_path(folder)) || !std::filesystem::exists(folder / "best.safetensors"))
        return training::open_model<Model>(folder);
    const auto load = [&](const nn::Params& params) { training::load_best(folder, params); };
    return training::make_trained<Model>(folder, read_options<Options>(folder).model, load);
}

// Prints how to continue a run that a signal stopped; returns the exit code.
int report_stop(const training::Outcome& done, const Launch& launch);

// Which weights a run ends with.
enum class KeptWeights {
    average,  // at the end where fit() takes one, since the best of many evaluations would be biased; the best weights
              // where there is no average, and where the run stopped early
    best,     // of all evaluations
    last      // of the last step
};

struct FinishOptions {
    KeptWeights keep = KeptWeights::average;
    bool has_result = true;  // whether finish() writes result.json
};

// What a run does once its options for fit() are made: trains or makes the trial, writes model.safetensors, and calls
// finish(done), which writes result.json, while the weights are those of the model. Returns the exit code. All
// processes call finish(), so that they share what it measures (<heed/nn/training/share.hpp>); what it prints, the
// leading one does (print() above).
template <class Model, class BatchOf, class LossOfBatch, class Finish>
int fit_and_save(const typename Model::Options& options, const Launch& launch, const nn::Params& params,
                 nn::Optimizer& optimizer, const training::FitOptions& fit, BatchOf batch, LossOfBatch loss,
                 const std::function<training::Metrics()>& evaluate, Finish finish, const FinishOptions& ending = {}) {
    if (launch.trial()) return run_trial(launch, fit, params, optimizer, batch, loss);
    const training::Outcome done = training::fit(fit, params, optimizer, batch, loss, evaluate);
    if (done.exit_code != 0) return report_stop(done, launch);
    if (is_done(done, launch, ending.has_result)) return 0;
    std::optional<nn::Ema::Use> averaged;
    if (ending.keep == KeptWeights::average && fit.ema && !done.stopped_early) averaged.emplace(*fit.ema);
    else if (ending.keep != KeptWeights::last && done.best_step > 0)
        training::load_best(launch.folder, params, launch.group());
    launch.group().by_leader([&] { training::save_model<Model>(launch.folder, options, params); });
    finish(done);
    return 0;
}

// A whole run of a program whose options have the model's as `model`: trains or makes the trial, takes the best weights
// where there were evaluations, and writes model.safetensors, and result.json with the first metric. Returns the exit
// code. `per_epoch`: batches in one epoch, for --epochs. All processes call evaluate(), once more at the end.
template <class Model, class Options, class BatchOf, class LossOfBatch>
int train(Options& options, const Launch& launch, const nn::Params& params, nn::Optimizer& optimizer,
          training::Rate rate, Dim per_epoch, BatchOf batch, LossOfBatch loss,
          const std::function<training::Metrics()>& evaluate) {
    const training::RunFolder folder = open_folder(launch);
    training::FitOptions fit = fit_options(options, launch, per_epoch, training::settings_of(options));
    fit.rate = std::move(rate);
    return fit_and_save<Model>(
        options.model, launch, params, optimizer, fit, batch, loss, evaluate,
        [&](const training::Outcome& done) { save_result(launch, options, params, done, evaluate()); });
}

}  // namespace heed::program
