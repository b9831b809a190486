// The training run of translate, and its data.
#include <cstdio>
#include <iterator>
#include <optional>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/translate/metrics.hpp>
#include <heed/examples/translate/train.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::translate {
namespace {

constexpr std::size_t most_held_out = 1000;

std::vector<Pair> read(const std::string& source, const std::string& target) {
    text::Pairs all = text::read_pairs(source, target);
    if (all.skipped)
        fmt::print(stderr, "{} lines of {} and {} are left out, since one of the two is empty; the first is line {}\n",
                   all.skipped, source, target, all.first_skipped);
    return std::move(all.pairs);
}

Bpe learn(const std::vector<Pair>& pairs, Dim size) {
    text::Words words;
    for (const Pair& pair : pairs) {
        text::count_words(pair.source, words);
        text::count_words(pair.target, words);
    }
    return text::learn_bpe(words, size);
}

void require_dev(const std::vector<Pair>& dev, const Options& config) {
    if (dev.empty())
        throw FileError(fmt::format("{}: holds no pairs behind those that the run trained on", config.source));
}

// If the folder holds a model of an earlier run, the pieces of that model.
Bpe bpe_of(const std::vector<Pair>& pairs, const Options& config, const program::Launch& launch) {
    return program::has_model(launch) ? training::open_model<Model>(launch.folder).options.bpe
                                      : learn(pairs, config.vocabulary);
}

program::Examples examples_of(const std::vector<Pair>& pairs) {
    program::Examples examples;
    for (const Pair& pair : pairs) examples.add({pair.source, pair.target});
    return examples;
}

data::BatchSampler order_of(const std::vector<Sample>& samples, const Options& config) {
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Sample& s : samples) lengths.emplace_back(s.source.size(), s.target.size() + 1);  // with the markers
    return {std::move(lengths), {.seed = config.seed, .tokens = config.tokens}};
}

std::vector<Sample> samples_of(const Bpe& bpe, const Data& data, const Options& config) {
    std::vector<Sample> samples = encode(bpe, data.train, static_cast<std::size_t>(config.longest));
    if (samples.empty())
        throw FileError(
            fmt::format("{} and {}: every sentence has more than {} pieces; give shorter ones or a larger --longest",
                        config.source, config.target, config.longest));
    if (samples.size() < data.train.size())
        fmt::print(stderr, "{} pairs are left out, since one of the two has more than {} pieces\n",
                   data.train.size() - samples.size(), config.longest);
    return samples;
}

void finish(const Options& config, const program::Launch& launch, const Model& model, const Bpe& bpe,
            const std::vector<Pair>& dev, const nn::Params& params, const training::Outcome& done) {
    const SearchOptions search;
    const Bleu greedy = measure(model, bpe, dev, {.beam = 1}, config.bleu),
               beam = measure(model, bpe, dev, search, config.bleu);
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

Data read_data(const Options& config, std::optional<Dim> cut) {
    Data data{read(config.source, config.target), {}};
    if (!config.dev_source.empty()) {
        data.dev = read_dev(config);
        return data;
    }
    const std::size_t all = data.train.size();
    const std::size_t n = cut ? all - std::min(all, static_cast<std::size_t>(*cut)) : std::min(most_held_out, all / 50);
    if (n == 0 && !cut)
        throw FileError(
            fmt::format("{}: {} pairs are too few to hold out a fiftieth of them; give --dev-source and --dev-target",
                        config.source, data.train.size()));
    const auto first = data.train.end() - static_cast<std::ptrdiff_t>(n);
    data.dev.assign(std::make_move_iterator(first), std::make_move_iterator(data.train.end()));
    data.train.erase(first, data.train.end());
    return data;
}

void need_both(const std::string& a, const std::string& b, const char* flags) {
    if (a.empty() != b.empty())
        throw program::UsageError(fmt::format("{} go together: two files, line by line", flags));
}

std::vector<Pair> read_dev(const Options& config, std::optional<Dim> cut) {
    std::vector<Pair> dev =
        config.dev_source.empty() ? read_data(config, cut).dev : read(config.dev_source, config.dev_target);
    require_dev(dev, config);
    return dev;
}

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    if (const std::string warning = config.bleu.warning(); !warning.empty())
        fmt::print(stderr, "warning: {}\n", warning);
    program::RunData run(launch);
    const Data data = read_data(config, run.cut());
    run.take(examples_of(data.train), examples_of(data.dev), "pairs");
    require_dev(data.dev, config);
    config.model.use(
        Bpe(run.made<std::vector<Bpe::Merge>>("merges", [&] { return bpe_of(data.train, config, launch).merges(); })));
    const Bpe& bpe = config.model.bpe;
    const std::vector<Sample> samples = samples_of(bpe, data, config);
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
    const auto batch = [&](Dim n) { return make_batch(samples, order.at(n)); };
    const auto loss = [&](const Batch& b) {
        return training::Loss(model.loss(b, config.smoothing), static_cast<double>(count(b.wanted)));
    };
    const auto evaluate = [&] {
        return training::Metrics{{"bleu", measure(model, bpe, data.dev, {.beam = 1}, config.bleu).score()}};
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
