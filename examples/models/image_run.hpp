#pragma once
// The course of a training run on images.
#include <functional>
#include <string>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/run.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::models {

// What a program says to its run.
template <class Model, class Batch>
struct ImageRun {
    std::vector<std::string> but;  // as of MuonOptions
    std::string held_out;          // how many images are, in words
    bool higher_is_better = true;  // the first metric
    program::KeptWeights keep = program::KeptWeights::best;
    std::function<Var(const Model&, const Batch&)> loss;
    std::function<double(const Batch&)> items = {};  // that the loss is a mean over; none: the batch's images
    std::function<training::Metrics(const Model&)> measure;
    // Measures the model that is kept, and writes the run's result.
    std::function<void(const Model&, const nn::Params&, const training::Outcome&)> finish;
};

// Options have the model's as `model`; Batches are made of the images to train on and the options. Returns the
// program's exit code; throws as training::fit() does.
template <class Batches, class Model, class Batch, class Options, class Images>
int train_on_images(Options& config, const program::Launch& launch, const program::RunData& run, const Images& images,
                    const ImageRun<Model, Batch>& its) {
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::Muon muon(params,
                  {.adam = {.lr = config.lr, .beta2 = 0.99, .decay = config.decay}, .rms = 0.5, .but = its.but});
    nn::Ema ema(params, {.decay = config.ema});
    const Batches batches(images, config);
    fmt::print(stderr, "{} images of {} x {} to train on, {}; {} classes; {} parameters; {} threads\n", images.size(),
               config.model.width, config.model.height, its.held_out, config.model.class_count(), params.count(),
               threads());

    training::FitOptions fit = program::fit_options(config, launch, batches.per_epoch(), run);
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.005};
    fit.ema = &ema;
    fit.higher_is_better = its.higher_is_better;
    fit.progress.unit = "images";
    const auto batch = [&](Dim n, training::Shard shard) { return batches.at(n, shard); };
    const auto loss = [&](const Batch& b) {
        const auto size = static_cast<double>(b.images.shape()[0]);
        return training::Loss(its.loss(model, b), size, its.items ? its.items(b) : size);
    };
    const auto evaluate = [&] { return its.measure(model); };
    const auto finish = [&](const training::Outcome& done) { its.finish(model, params, done); };
    return program::fit_and_save<Model>(config.model, launch, params, muon, fit, batch, loss, evaluate, finish,
                                        {.keep = its.keep});
}

}  // namespace heed::models
