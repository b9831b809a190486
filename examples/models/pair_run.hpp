#pragma once
// The course of a training run on pairs of texts.
#include <functional>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/models/pair_data.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>

namespace heed::models {

// What a program says to its run.
template <class Model>
struct PairRun {
    Dim longest;                                                    // pieces
    std::function<Var(const Model&, const text::PairBatch&)> loss;  // the mean over all target positions
    std::function<training::Metrics(const Model&, std::span<const text::TextPair> some)> measure;
    // Measures the model that is kept, and writes the run's result.
    std::function<void(const Model&, const std::vector<text::TextPair>& dev, const nn::Params&,
                       const training::Outcome&)>
        finish;
};

inline program::Examples examples_of(const std::vector<text::TextPair>& pairs) {
    program::Examples examples;
    for (const text::TextPair& pair : pairs) examples.add({pair.source, pair.target});
    return examples;
}

// Options are PairOptions with the model's as `model`, which have use(Bpe). Returns an exit code: 0, or 130 and 143
// after a signal, when a checkpoint is saved. Throws FileError, IoError, FolderError, and NumberError (naming the op)
// for a loss that is not finite.
template <class Model, class Options>
int train_on_pairs(Options& config, const program::Launch& launch, const PairRun<Model>& its) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    PairData data = read_data(config, launch, {.cut = run.cut()});
    run.take(data.train, examples_of(data.dev), "pairs");
    require_dev(data.dev, config);
    // If the folder holds a model of an earlier run, the pieces of that model.
    const auto merges = [&] {
        return program::has_model(launch) ? training::open_model<Model>(launch.folder).options.bpe.merges()
                                          : data.merges;
    };
    config.model.use(text::Bpe(run.made<std::vector<text::Bpe::Merge>>("merges", merges)));
    const text::Bpe& bpe = config.model.bpe;
    if (bpe.merges() != data.merges) data = read_data(config, launch, {.cut = run.cut(), .merges = bpe.merges()});
    const data::RowPairs samples = samples_of(data, config, its.longest);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::AdamW adam(params, {.lr = config.lr, .beta2 = 0.98, .decay = config.decay});
    nn::Ema ema(params, {.decay = config.ema});
    const auto lengths = [&](std::size_t n) {
        const auto [source, target] = samples.lengths(n);
        return data::BatchSampler::Lengths(std::min(source, its.longest + 1), target + 1);  // with the markers
    };
    const data::BatchSampler order(samples.size(), lengths, {.seed = config.seed, .tokens = config.tokens});
    fmt::print(stderr, "{} pairs to train on, {} dev; {} pieces; {} batches an epoch; {} parameters; {} threads\n",
               samples.size(), data.dev.size(), bpe.size(), order.per_epoch(), params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, order.per_epoch(), run);
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.01};
    fit.ema = &ema;
    fit.higher_is_better = true;
    fit.progress.unit = "pieces";
    const auto batch = [&](Dim n, training::Shard shard) -> std::optional<text::PairBatch> {
        std::vector<data::RowPair> pairs = samples.at(order.at(n, shard));
        if (pairs.empty()) return std::nullopt;
        for (data::RowPair& pair : pairs) text::cut_source(pair.source, its.longest);
        return text::make_batch(pairs);
    };
    const auto loss = [&](const text::PairBatch& b) {
        const auto pieces = static_cast<double>(count(b.wanted));
        return training::Loss(its.loss(model, b), pieces, pieces);
    };
    const auto evaluate = [&] {
        const std::size_t n = static_cast<std::size_t>(config.eval_examples), all = data.dev.size();
        return its.measure(model, {data.dev.data(), n > 0 ? std::min(n, all) : all});
    };
    const auto finish = [&](const training::Outcome& done) { its.finish(model, data.dev, params, done); };
    return program::fit_and_save<Model>(config.model, launch, params, adam, fit, batch, loss, evaluate, finish);
}

}  // namespace heed::models
