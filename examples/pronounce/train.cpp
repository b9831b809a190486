// The training run of pronounce.
#include <algorithm>
#include <cstdio>
#include <utility>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/pronounce/commands.hpp>
#include <heed/examples/pronounce/data.hpp>
#include <heed/examples/pronounce/metrics.hpp>
#include <heed/examples/pronounce/search.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>

namespace heed::pronounce {
namespace {

// The data of the run, with the vocabularies that it began with: runs of earlier versions have them in the model only.
Data load_data(Options& config, const program::Launch& launch, program::RunData& run) {
    Data data = read_data(config, launch);
    if (data.train.empty()) throw FileError(fmt::format("{}: has no words to train on", config.data));
    run.take(data.train_words, data.held_out_words, "words");
    using Symbols = std::vector<std::string>;
    const auto known = [&](const char* name, Symbols ModelOptions::*symbols, const Vocabulary& now) {
        return run.made<Symbols>(name, [&] {
            return program::has_model(launch) ? training::open_model<Model>(launch.folder).options.*symbols
                                              : now.symbols();
        });
    };
    config.model.letters = known("letters", &ModelOptions::letters, data.letters);
    config.model.phones = known("phones", &ModelOptions::phones, data.phones);
    if (config.model.letters != data.letters.symbols() || config.model.phones != data.phones.symbols())
        data = read_data(config, launch, {.letters = config.model.letters, .phones = config.model.phones});
    config.model.seen = std::move(data.seen);
    const auto beyond_latin1 = [](const std::string& letter) { return utf8::code_of(letter) > 0xFF; };
    if (config.model.how() == LowerCase::latin1 && std::ranges::any_of(data.letters.symbols(), beyond_latin1))
        fmt::print(stderr, "warning: {}: upper-case letters beyond Latin-1 stay upper case, since {}\n", config.data,
                   text::has_unicode_lower_case() ? "the run began so" : "this program was built without libicu");
    return data;
}

// The word and phone error rates of these words, some at a time, counted in `progress`. The group's processes share
// the search.
Score measure(const Model& model, const Data& data, std::span<const std::uint32_t> words, Dim beam,
              training::Group& group, training::Progress* progress = nullptr) {
    constexpr std::size_t at_once = 1024;
    Score all;
    if (progress) progress->set_total(static_cast<Dim>(words.size()));
    for (; !words.empty(); words = words.subspan(std::min(at_once, words.size()))) {
        const std::vector<Entry> some = data.entries(words.first(std::min(at_once, words.size())));
        std::vector<PhoneIds> letters;
        for (const Entry& entry : some) letters.push_back(encode_word(data.letters, entry.word));
        const std::vector<PhoneIds> predicted = pronounce(model, letters, beam, group);
        for (std::size_t i = 0; i < some.size(); ++i) all.add(some[i], decode_phones(data.phones, predicted[i]));
        if (progress) progress->update(all.words, static_cast<double>(some.size()), 0);
    }
    return all;
}

data::BatchSampler order_of(const data::RowPairs& samples, const Options& config) {
    return {samples.size(),
            [&samples](std::size_t n) { return samples.lengths(n); },
            {.batch = config.batch, .seed = config.seed}};
}

// Falls with the inverse square root of the steps, so that a long run is not held up by the noise of large steps, and
// to 0 at its end.
training::Rate falling_rate(const Options& config) {
    return [falling = nn::InverseSquareRoot{.peak = config.lr, .warmup = config.warmup}](Dim step, Dim steps) {
        return falling(step) * (steps ? nn::WarmupCosine{.peak = 1, .total = steps}(step) : 1);
    };
}

const std::vector<std::uint32_t>& held_out_of(const Options& config, const Data& data) {
    return config.hold_out_test ? data.test : data.dev;
}

void finish(const Options& config, const program::Launch& launch, const Data& data, const nn::Params& params,
            const Model& model, const training::Outcome& done) {
    const std::vector<std::uint32_t>& held_out = held_out_of(config, data);
    if (held_out.empty()) {
        program::print(launch, "no words were held out of {}; evaluate the model with eval\nmodel: {}\n", config.data,
                       launch.folder.string());
        return;
    }
    const auto measured = [&](Dim width) {
        training::Progress progress({.label = "measure", .unit = "words", .counts = "words"},
                                    training::leader_host(launch.group()));
        return measure(model, data, held_out, width, launch.group(), &progress);
    };
    const Score greedy = measured(1), beam = measured(3);
    program::print(
        launch, "{} held-out words: word error {:.2f} % (beam 3: {:.2f} %), phone error {:.2f} % (beam 3: {:.2f} %)\n",
        greedy.words, 100 * greedy.word_error_rate(), 100 * beam.word_error_rate(), 100 * greedy.phone_error_rate(),
        100 * beam.phone_error_rate());
    program::save_result(launch, config, params, done, "wer", beam.word_error_rate(),
                         {{"beam", std::int64_t{3}},
                          {"wer_greedy", greedy.word_error_rate()},
                          {"per", beam.phone_error_rate()},
                          {"words", std::int64_t{beam.words}},
                          {"steps", std::int64_t{done.step}},
                          {"data", config.data}});
    program::print(launch, "model: {}\n", launch.folder.string());
}

}  // namespace

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    Data data = load_data(config, launch, run);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::Adam adam(params, {.lr = config.lr});
    const data::RowPairs samples(data.prepared.ids(), std::move(data.train));
    const data::BatchSampler order = order_of(samples, config);
    fmt::print(stderr, "{} words to train on, {} dev, {} test; {} parameters; {} threads\n", data.train_words.count,
               data.dev.size(), data.test.size(), params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, order.per_epoch(), run);
    fit.progress.unit = "words";
    fit.rate = falling_rate(config);
    std::function<training::Metrics()> evaluate;
    if (!data.dev.empty())
        evaluate = [&] {
            const std::size_t n = static_cast<std::size_t>(config.eval_examples), all = data.dev.size();
            const Score dev =
                measure(model, data, {data.dev.data(), n > 0 ? std::min(n, all) : all}, 1, launch.group());
            return training::Metrics{{"dev_wer", dev.word_error_rate()}, {"dev_per", dev.phone_error_rate()}};
        };
    const auto batch = [&](Dim n, training::Shard shard) {
        const std::vector<std::size_t> some = order.at(n, shard);
        return some.empty() ? std::nullopt : std::optional(make_batch(samples.at(some)));
    };
    const auto loss = [&](const Batch& b) {
        return training::Loss(model.loss(b, config.smoothing), static_cast<double>(b.size()), b.phones());
    };
    const auto finish_run = [&](const training::Outcome& done) { finish(config, launch, data, params, model, done); };
    return program::fit_and_save<Model>(
        config.model, launch, params, adam, fit, batch, loss, evaluate, finish_run,
        {.keep = program::KeptWeights::last, .has_result = !held_out_of(config, data).empty()});
}

}  // namespace heed::pronounce
