// The training run of translate.
#include <cstdio>
#include <optional>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/translate/data.hpp>
#include <heed/examples/translate/metrics.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::translate {
namespace {

// If the folder holds a model of an earlier run, the pieces of that model.
std::vector<Bpe::Merge> merges_of(const Data& data, const program::Launch& launch) {
    return program::has_model(launch) ? training::open_model<Model>(launch.folder).options.bpe.merges() : data.merges;
}

program::Examples examples_of(const std::vector<Pair>& pairs) {
    program::Examples examples;
    for (const Pair& pair : pairs) examples.add({pair.source, pair.target});
    return examples;
}

data::BatchSampler order_of(const data::RowPairs& samples, const Options& config) {
    const auto lengths = [&samples](std::size_t n) {
        const auto [source, target] = samples.lengths(n);
        return data::BatchSampler::Lengths(source, target + 1);  // with the markers
    };
    return {samples.size(), lengths, {.seed = config.seed, .tokens = config.tokens}};
}

void finish(const Options& config, const program::Launch& launch, const Model& model, const Bpe& bpe,
            const std::vector<Pair>& dev, const nn::Params& params, const training::Outcome& done) {
    const SearchOptions search;
    const auto measured = [&](const SearchOptions& by) {
        training::Progress progress({.label = "measure", .unit = "sentences", .counts = "sentences"});
        return measure(model, bpe, dev, by, config.bleu, &progress);
    };
    const Bleu greedy = measured({.beam = 1}), beam = measured(search);
    fmt::print("{} dev sentences, greedy: {}\n{} dev sentences, beam {}: {}\nmodel: {}\n", dev.size(), greedy.text(),
               dev.size(), search.beam, beam.text(), launch.folder.string());
    program::save_result(launch, config, params, done, "bleu", beam.score(),
                         {{"beam", std::int64_t{search.beam}},
                          {"bleu_greedy", greedy.score()},
                          {"bleu_signature", config.bleu.signature()},
                          {"sentences", static_cast<std::int64_t>(dev.size())},
                          {"steps", std::int64_t{done.step}},
                          {"source", config.source},
                          {"target", config.target}});
}

}  // namespace

void need_both(const std::string& a, const std::string& b, const char* flags) {
    if (a.empty() != b.empty())
        throw program::UsageError(fmt::format("{} go together: two files, line by line", flags));
}

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    if (const std::string warning = config.bleu.warning(); !warning.empty())
        fmt::print(stderr, "warning: {}\n", warning);
    program::RunData run(launch);
    Data data = read_data(config, launch, {.cut = run.cut()});
    run.take(data.train, examples_of(data.dev), "pairs");
    if (data.dev.empty())
        throw FileError(fmt::format("{}: holds no pairs behind those that the run trained on", config.source));
    config.model.use(Bpe(run.made<std::vector<Bpe::Merge>>("merges", [&] { return merges_of(data, launch); })));
    const Bpe& bpe = config.model.bpe;
    if (bpe.merges() != data.merges) data = read_data(config, launch, {.cut = run.cut(), .merges = bpe.merges()});
    const data::RowPairs samples = samples_of(data, config);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::AdamW adam(params, {.lr = config.lr, .beta2 = 0.98, .decay = config.decay});
    nn::Ema ema(params, {.decay = config.ema});
    const data::BatchSampler order = order_of(samples, config);
    fmt::print(stderr, "{} pairs to train on, {} dev; {} pieces; {} batches an epoch; {} parameters; {} threads\n",
               samples.size(), data.dev.size(), bpe.size(), order.per_epoch(), params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, order.per_epoch(), run);
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.01};
    fit.ema = &ema;
    fit.higher_is_better = true;
    fit.progress.unit = "pieces";
    const auto batch = [&](Dim n) { return make_batch(samples.at(order.at(n))); };
    const auto loss = [&](const Batch& b) {
        return training::Loss(model.loss(b, config.smoothing), static_cast<double>(count(b.wanted)));
    };
    const auto evaluate = [&] {
        const std::size_t n = static_cast<std::size_t>(config.eval_examples), all = data.dev.size();
        const std::span<const Pair> some(data.dev.data(), n > 0 ? std::min(n, all) : all);
        return training::Metrics{{"bleu", measure(model, bpe, some, {.beam = 1}, config.bleu).score()}};
    };
    if (launch.trial()) return program::run_trial(launch, fit, params, adam, batch, loss);
    const training::Outcome done = training::fit(fit, params, adam, batch, loss, evaluate);
    if (done.exit_code != 0) return program::report_stop(done, launch);
    if (program::is_done(done, launch)) return 0;
    // The result of a run of this length: the best of its evaluations would be biased. A run that stopped early keeps
    // the best.
    std::optional<nn::Ema::Use> averaged;
    if (done.stopped_early) training::load_best(launch.folder, params);
    else averaged.emplace(ema);
    training::save_model<Model>(launch.folder, config.model, params);
    finish(config, launch, model, bpe, data.dev, params, done);
    return 0;
}

}  // namespace heed::translate
