// The training run of summarise.
#include <cstdio>
#include <fmt/format.h>
#include <heed/examples/models/pair_run.hpp>
#include <heed/examples/summarise/options.hpp>
#include <heed/examples/summarise/search.hpp>

namespace heed::summarise {

int train(Options config, const program::Launch& launch) {
    const auto finish = [&](const Model& model, const std::vector<text::TextPair>& dev, const nn::Params& params,
                            const training::Outcome& done) {
        const text::Rouge first = measure_first_sentences(dev),
                          rouge = measure(model, config.model, dev, {}, launch.group());
        program::print(launch, "{} dev texts, their first sentences: {}\n{} dev texts: {}\nmodel: {}\n", dev.size(),
                       first.text(), dev.size(), rouge.text(), launch.folder.string());
        program::save_result(launch, config, params, done, "rouge_l", rouge.scores().l,
                             {{"rouge_1", rouge.scores().one},
                              {"rouge_2", rouge.scores().two},
                              {"first_sentence_rouge_1", first.scores().one},
                              {"first_sentence_rouge_2", first.scores().two},
                              {"first_sentence_rouge_l", first.scores().l},
                              {"texts", static_cast<std::int64_t>(dev.size())},
                              {"steps", std::int64_t{done.step}},
                              {"source", config.source},
                              {"target", config.target}});
    };
    return models::train_on_pairs<Model>(
        config, launch,
        {.longest = config.model.longest,
         .loss = [&](const Model& model, const text::PairBatch& b) { return model.loss(b, config.coverage); },
         .measure =
             [&](const Model& model, std::span<const text::TextPair> some) {
                 const text::RougeScores scores =
                     measure(model, config.model, some, {.beam = 1}, launch.group()).scores();
                 return training::Metrics{{"rouge_l", scores.l}, {"rouge_1", scores.one}, {"rouge_2", scores.two}};
             },
         .finish = finish});
}

}  // namespace heed::summarise
