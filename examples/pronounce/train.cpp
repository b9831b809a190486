// The training run of pronounce.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/pronounce/metrics.hpp>
#include <heed/examples/pronounce/search.hpp>
#include <heed/examples/pronounce/train.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::pronounce {
namespace {

struct Data {
    std::vector<Entry> train, dev, test;
    Vocabulary letters, phones;
};

program::Examples examples_of(std::initializer_list<const std::vector<Entry>*> parts) {
    program::Examples examples;
    for (const std::vector<Entry>* part : parts)
        for (const Entry& entry : *part) {
            std::string pronunciations;
            for (const Phones& phones : entry.pronunciations)
                pronunciations += fmt::format("{}\n", fmt::join(phones, " "));
            examples.add({entry.word, pronunciations});
        }
    return examples;
}

Data load_data(Options& config, const program::Launch& launch, program::RunData& run) {
    const std::vector<Entry> all = read_dictionary(config.data, config.model.how());
    Data data{select(all, Part::train), select(all, Part::dev), {}, {}, {}};
    std::vector<Entry> test = select(all, Part::test);
    if (config.hold_out_test) data.test = std::move(test);
    else data.train.insert(data.train.end(), test.begin(), test.end());
    if (data.train.empty()) throw FileError(fmt::format("{}: has no words to train on", config.data));
    run.take(examples_of({&data.train}), examples_of({&data.dev, &data.test}), "words");
    using Symbols = std::vector<std::string>;
    const auto known = [&](const char* name, Symbols ModelOptions::*symbols,
                           Vocabulary (*of)(const std::vector<Entry>&)) {
        return run.made<Symbols>(name, [&] {  // runs of earlier versions have the vocabularies in the model only
            return program::has_model(launch) ? training::open_model<Model>(launch.folder).options.*symbols
                                              : of(all).symbols();
        });
    };
    data.letters = Vocabulary(config.model.letters = known("letters", &ModelOptions::letters, letters_of));
    data.phones = Vocabulary(config.model.phones = known("phones", &ModelOptions::phones, phones_of));
    for (const Entry& entry : data.train) config.model.seen.insert(word_hash(entry.word));
    const auto beyond_latin1 = [](const std::string& letter) { return utf8::code_of(letter) > 0xFF; };
    if (config.model.how() == LowerCase::latin1 && std::ranges::any_of(data.letters.symbols(), beyond_latin1))
        fmt::print(stderr, "warning: {}: upper-case letters beyond Latin-1 stay upper case, since {}\n", config.data,
                   text::has_unicode_lower_case() ? "the run began so" : "this program was built without libicu");
    return data;
}

// The word and phone error rates of at most `most` entries.
Score measure(const Model& model, const Data& data, const std::vector<Entry>& entries, std::size_t most, Dim beam) {
    const std::vector<Entry> some(entries.begin(),
                                  entries.begin() + static_cast<std::ptrdiff_t>(std::min(most, entries.size())));
    std::vector<PhoneIds> words;
    for (const Entry& entry : some) words.push_back(encode_word(data.letters, entry.word));
    std::vector<Phones> predicted;
    for (const PhoneIds& ids : pronounce(model, words, beam)) predicted.push_back(decode_phones(data.phones, ids));
    return score(some, predicted);
}

data::BatchSampler order_of(const std::vector<Sample>& samples, const Options& config) {
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Sample& s : samples) lengths.emplace_back(s.letters.size(), s.phones.size());
    return {std::move(lengths), {.batch = config.batch, .seed = config.seed}};
}

// Falls with the inverse square root of the steps, so that a long run is not held up by the noise of large steps, and
// to 0 at its end.
training::Rate falling_rate(const Options& config) {
    return [falling = nn::InverseSquareRoot{.peak = config.lr, .warmup = config.warmup}](Dim step, Dim steps) {
        return falling(step) * (steps ? nn::WarmupCosine{.peak = 1, .total = steps}(step) : 1);
    };
}

const std::vector<Entry>& held_out_of(const Options& config, const Data& data) {
    return config.hold_out_test ? data.test : data.dev;
}

constexpr std::size_t dev_words = 500;  // for the curve

void finish(const Options& config, const program::Launch& launch, const Data& data, const nn::Params& params,
            const Model& model, const training::Outcome& done) {
    const std::vector<Entry>& held_out = held_out_of(config, data);
    if (held_out.empty()) {
        fmt::print("no words were held out of {}; evaluate the model with eval\nmodel: {}\n", config.data,
                   launch.folder.string());
        return;
    }
    const Score greedy = measure(model, data, held_out, held_out.size(), 1);
    const Score beam = measure(model, data, held_out, held_out.size(), 3);
    fmt::print("{} held-out words: word error {:.2f} % (beam 3: {:.2f} %), phone error {:.2f} % (beam 3: {:.2f} %)\n",
               greedy.words, 100 * greedy.word_error_rate(), 100 * beam.word_error_rate(),
               100 * greedy.phone_error_rate(), 100 * beam.phone_error_rate());
    program::save_result(launch, config, params, done, "wer", beam.word_error_rate(),
                         {{"beam", std::int64_t{3}},
                          {"wer_greedy", greedy.word_error_rate()},
                          {"per", beam.phone_error_rate()},
                          {"words", std::int64_t{beam.words}},
                          {"steps", std::int64_t{done.step}},
                          {"data", config.data}});
    fmt::print("model: {}\n", launch.folder.string());
}

}  // namespace

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const Data data = load_data(config, launch, run);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::Adam adam(params, {.lr = config.lr});
    const std::vector<Sample> samples = encode(data.train, data.letters, data.phones);
    const data::BatchSampler order = order_of(samples, config);
    fmt::print(stderr, "{} words to train on, {} dev, {} test; {} parameters; {} threads\n", data.train.size(),
               data.dev.size(), data.test.size(), params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, order.per_epoch(), run);
    fit.progress.unit = "words";
    fit.rate = falling_rate(config);
    std::function<training::Metrics()> evaluate;
    if (!data.dev.empty())
        evaluate = [&] {
            const Score dev = measure(model, data, data.dev, dev_words, 1);
            return training::Metrics{{"dev_wer", dev.word_error_rate()}, {"dev_per", dev.phone_error_rate()}};
        };
    const auto batch = [&](Dim n) { return make_batch(samples, order.at(n)); };
    const auto loss = [&](const Batch& b) {
        return training::Loss(model.loss(b, config.smoothing), static_cast<double>(b.size()));
    };
    if (launch.trial()) return program::run_trial(launch, fit, params, adam, batch, loss);
    const training::Outcome done = training::fit(fit, params, adam, batch, loss, evaluate);
    if (done.exit_code != 0) return program::report_stop(done, launch);
    if (program::is_done(done, launch, !held_out_of(config, data).empty())) return 0;
    training::save_model<Model>(launch.folder, config.model, params);
    finish(config, launch, data, params, model, done);
    return 0;
}

}  // namespace heed::pronounce
