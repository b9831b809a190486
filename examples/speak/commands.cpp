// The sub-commands eval, predict and attend of speak.
#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/examples/frames/metrics.hpp>
#include <heed/examples/speak/commands.hpp>
#include <heed/examples/speak/text.hpp>
#include <heed/examples/speak/voice.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::speak {
namespace {

// The features, the highest band on top, and below them a row for each letter, white while it is spoken.
std::string alignment_png(const Model::Spoken& spoken) {
    constexpr Dim size = 4;  // pixels of a value
    const Dim frames = spoken.features.shape()[0], bands = spoken.features.shape()[1];
    const auto letters = static_cast<Dim>(spoken.durations.size());
    Ints letter_of = Ints::from_shape({frames});
    Dim t = 0;
    for (Dim i = 0; i < letters; ++i)
        for (Dim j = 0; j < spoken.durations[static_cast<std::size_t>(i)]; ++j) letter_of(t++) = i;
    const auto [low, high] = std::ranges::minmax(spoken.features.storage());
    const double from = static_cast<double>(low), range = std::max(1e-9, static_cast<double>(high) - from);
    std::vector<std::uint8_t> pixels;
    for (Dim y = 0; y < (bands + letters) * size; ++y)
        for (Dim x = 0; x < frames * size; ++x) {
            const Dim row = y / size, frame = x / size;
            const double grey = row < bands
                                    ? (static_cast<double>(spoken.features(frame, bands - 1 - row)) - from) / range
                                    : letter_of(frame) == row - bands;
            pixels.push_back(static_cast<std::uint8_t>(255 * grey));
        }
    return training::png_of((bands + letters) * size, frames * size, 1, pixels);
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const auto trained = program::open_model_or_best<Model, Options>(options.folder);
    const auto config = program::read_options<Options>(options.folder);
    const frames::Data data = read_data(config, {.folder = options.folder}, program::RunData::of(options.folder));
    fmt::print("{} dev prompts: mel-cepstral distortion {:.2f} dB\n", data.dev.size(),
               distortion(trained.model, data.dev));
    if (options.listener.empty()) return program::exit_ok;
    const auto listener = program::open_model_or_best<frames::Model, frames::Options>(options.listener);
    if (listener.options.task != "prompts")
        throw program::UsageError(fmt::format("--listener: {} is a model of {}; expected one of prompts",
                                              options.listener.string(), listener.options.task));
    const frames::Utterances spoken(data.dev.size(), [&](std::size_t i) {
        frames::Utterance one = data.dev[i];
        one.samples = speak(trained.model, one.labels);
        return one;
    });
    const double by_voice = frames::errors_of(listener.model, data.dev).rate(),
                 by_model = frames::errors_of(listener.model, spoken).rate();
    fmt::print("letters that the listener gets wrong: {:.2f} % of the recordings, {:.2f} % of the speech\n",
               100 * by_voice, 100 * by_model);
    return program::exit_ok;
}

int predict(const PredictOptions& options) {
    const std::string text = spoken(options.text);
    const auto trained = program::open_model_or_best<Model, Options>(options.folder);
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const Model::Spoken features = trained.model.speak(text, options.speed);
    const auto middle = Clock::now();
    const std::vector<float> samples = samples_of(features.features, trained.options);
    const auto end = Clock::now();
    write_wav(options.out.string(), samples);
    if (!options.alignment.empty())
        io::write_atomically(options.alignment.string(), io::bytes_of(alignment_png(features)));
    const auto seconds = [](auto time) { return std::max(1e-9, std::chrono::duration<double>(time).count()); };
    const double length = static_cast<double>(samples.size()) / rate;
    fmt::print("{}: {:.2f} s of '{}'\n{:.0f} times faster than real time to the features, {:.0f} times to the WAV\n",
               options.out.string(), length, text, length / seconds(middle - begin), length / seconds(end - begin));
    return program::exit_ok;
}

int attend(const program::AttendOptions& options) {
    const std::string text = spoken(options.input);
    const auto trained = program::open_model_or_best<Model, Options>(options.folder);
    const Lenses lenses;
    trained.model.speak(text);
    std::vector<std::string> letters{"begin"};
    for (const char c : text) letters.emplace_back(1, c);
    letters.push_back("end");
    return program::write_attention(
        inspect::page_of(lenses, fmt::format("“{}”", text), {{.queries = letters, .from = "letters", .to = "letters"}}),
        options);
}

}  // namespace heed::speak
