// The training run of charlm.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/tape_parts.hpp>
#include <heed/examples/charlm/metrics.hpp>
#include <heed/examples/charlm/train.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::charlm {
namespace {

// If the folder holds a model of an earlier run, the symbols of that model.
std::vector<std::string> symbols_of(const Corpus& corpus, const program::Launch& launch) {
    return program::has_model(launch) ? training::open_model<Model>(launch.folder).options.symbols : corpus.symbols;
}

// Of each stretch that this process has.
// [losses]
std::vector<training::Loss> losses_of(const Model& model, const std::vector<Windows>& all, const Stretches& stretches) {
    const std::vector<Var> logits = model(texts_of(all), stretches);
    const std::vector<Var> nats =
        in_parts(all.size(), [&](std::size_t n) { return cross_entropy(logits[n], all[n].next); });
    std::vector<training::Loss> losses;
    for (std::size_t n = 0; n < all.size(); ++n) {
        const auto characters = static_cast<double>(count(all[n].text));
        losses.emplace_back(nats[n], characters, characters);
    }
    return losses;
}
// [end]

}  // namespace

// Processes with stretches of one length have as much memory and work.
void Options::check() const {
    if (stretches == 1 || !std::has_single_bit(static_cast<std::uint64_t>(stretches))) return;
    const std::vector<Stretches::Stretch> all = Stretches(model.block, stretches).of(0);
    const auto whole = [&](const Stretches::Stretch& s) { return s.size() % 256 == 0 && s.size() == all[0].size(); };
    if (!std::ranges::all_of(all, whole))
        throw program::UsageError(
            fmt::format("--block {} and --stretches {}; expected stretches of 256, 512, 1024 ... characters each, such "
                        "as --block {}",
                        model.block, stretches, stretches * 256));
}

int train(Options config, const program::Launch& launch) {
    const bool stretched = config.stretches > 1;
    const Stretches stretches(config.model.block, config.stretches,
                              stretched && !launch.trial() ? launch.group() : no_peers());
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData data(launch);
    Corpus corpus = read_corpus(config.data, launch, {.cut = data.cut()});
    data.take(corpus.train_text(), corpus.held_out_text(), "characters");
    config.model.symbols = data.made<std::vector<std::string>>("symbols", [&] { return symbols_of(corpus, launch); });
    if (config.model.symbols != corpus.symbols)
        corpus = read_corpus(config.data, launch, {.cut = data.cut(), .symbols = config.model.symbols});
    const Dim n = corpus.train.size(), m = corpus.held_out.size(), block = config.model.block;
    if (n <= block || m <= block)
        throw FileError(
            fmt::format("{}: {} characters, {} of them held out, are too few for windows of {}; give more text or a "
                        "smaller --block",
                        config.data, n + m, m, block));
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::Muon muon(params,
                  {.adam = {.lr = config.lr, .beta2 = 0.99, .decay = config.decay}, .rms = 0.5, .but = {"table"}});
    fmt::print(stderr, "{} characters to train on, {} held out, {} different ones; {} parameters; {} threads\n", n, m,
               corpus.symbols.size(), params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, n / (config.batch * block) + 1, data);
    fit.progress.unit = "characters";
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.02};
    const auto measured = [&](Dim most, training::Progress* progress) {
        return measure(model, corpus.held_out, block, block, most, progress, launch.group(), config.stretches);
    };
    const auto evaluate = [&] {
        const double nats = measured(config.eval_examples, nullptr).mean();
        return training::Metrics{{"nats", nats}, {"bits", nats / std::numbers::ln2}};
    };
    const auto batch = [&](Dim i, training::Shard shard) {
        return random_windows(corpus.train, config.batch, block, config.seed, i, shard);
    };
    const auto loss = [&](const Windows& w) {
        const auto characters = static_cast<double>(count(w.text));
        return characters > 0 ? training::Loss(model.loss(w.text, w.next), characters, characters)
                              : training::Loss::of_nothing();
    };
    const auto finish = [&](const training::Outcome& done) {
        training::Progress progress({.label = "measure", .unit = "characters", .counts = "windows"},
                                    training::leader_host(launch.group()));
        const Score score = measured(0, &progress);
        progress.finish();
        program::print(launch, "{} held-out characters: {:.4f} nats, {:.4f} bits a character\nmodel: {}\n",
                       score.characters, score.mean(), score.mean() / std::numbers::ln2, launch.folder.string());
        program::save_result(launch, config, params, done, "nats", score.mean(),
                             {{"characters", std::int64_t{score.characters}},
                              {"steps", std::int64_t{done.step}},
                              {"data", config.data}});
    };
    const auto run = [&](const auto& batches, const auto& losses) {
        return program::fit_and_save<Model>(config.model, launch, params, muon, fit, batches, losses, evaluate, finish,
                                            {.keep = program::KeptWeights::last});
    };
    if (!stretched) return run(batch, loss);
    const auto stretches_of_batch = [&](Dim i) { return cut(batch(i, {}), stretches); };
    return run(stretches_of_batch, [&](const std::vector<Windows>& all) { return losses_of(model, all, stretches); });
}

}  // namespace heed::charlm
