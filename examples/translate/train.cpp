// The training run of translate.
#include <cstdio>
#include <fmt/format.h>
#include <heed/examples/models/pair_run.hpp>
#include <heed/examples/translate/metrics.hpp>
#include <heed/examples/translate/train.hpp>

namespace heed::translate {
namespace {

void finish(const Options& config, const program::Launch& launch, const Model& model, const std::vector<TextPair>& dev,
            const nn::Params& params, const training::Outcome& done) {
    const SearchOptions search;
    const auto measured = [&](const SearchOptions& by) {
        training::Progress progress({.label = "measure", .unit = "sentences", .counts = "sentences"},
                                    training::leader_host(launch.group()));
        return measure(model, config.model.bpe, dev, by, config.bleu, &progress, launch.group());
    };
    const Bleu greedy = measured({.beam = 1}), beam = measured(search);
    program::print(launch, "{} dev sentences, greedy: {}\n{} dev sentences, beam {}: {}\nmodel: {}\n", dev.size(),
                   greedy.text(), dev.size(), search.beam, beam.text(), launch.folder.string());
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

int train(Options config, const program::Launch& launch) {
    if (const std::string warning = config.bleu.warning(); !warning.empty())
        fmt::print(stderr, "warning: {}\n", warning);
    return models::train_on_pairs<Model>(
        config, launch,
        {.longest = config.longest,
         .loss = [&](const Model& model, const text::PairBatch& b) { return model.loss(b, config.smoothing); },
         .measure =
             [&](const Model& model, std::span<const TextPair> some) {
                 const Bleu bleu =
                     measure(model, config.model.bpe, some, {.beam = 1}, config.bleu, nullptr, launch.group());
                 return training::Metrics{{"bleu", bleu.score()}};
             },
         .finish = [&](const Model& model, const std::vector<TextPair>& dev, const nn::Params& params,
                       const training::Outcome& done) { finish(config, launch, model, dev, params, done); }});
}

}  // namespace heed::translate
