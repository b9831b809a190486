// The sub-commands eval, predict and attend of frames.
#include <algorithm>
#include <cmath>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/examples/frames/commands.hpp>
#include <heed/examples/frames/data.hpp>
#include <heed/examples/frames/metrics.hpp>
#include <heed/nn/data/audio/wav.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::frames {
namespace {

using Trained = training::Trained<Model>;

Trained open(const std::filesystem::path& folder) { return program::open_model_or_best<Model, Options>(folder); }

// "7 98.2 % 3 1.1 % 0 0.2 %"
std::string most_probable(const Var& probabilities) {
    const Ordered best = topk(probabilities, 3);
    std::string text;
    for (Dim k = 0; k < 3; ++k)
        text += fmt::format("{}{} {:.1f} %", k ? " " : "", best.indices(0, k),
                            100 * static_cast<double>(best.values.value()(0, k)));
    return text;
}

// What the model predicts for a clip, as text.
std::string predicted_text(const Trained& trained, const Utterance& clip, Dim beam) {
    Batcher batcher(trained.options.features());
    const Model& model = trained.model;
    if (model.classifier) return most_probable(model.probabilities(batcher.of({&clip, 1}, around)));
    return task_of(trained.options.task).text(model.decode(batcher.of({&clip, 1}, as_it_is), beam).front());
}

// The last layer's queries are the labels that the speller predicted, one after the other.
void name_labels(inspect::Page& page, const Task& task, const Labels& predicted) {
    inspect::Layer& layer = page.layers.back();
    for (std::size_t i = 0; i < layer.queries.size(); ++i)
        layer.queries[i] = i < predicted.size() ? task.text({predicted[i]}) : "end";
    layer.from = "labels";
    page.layer = static_cast<Dim>(page.layers.size()) - 1;
}

// From the lowest value to the highest as grey, the highest band on top.
std::string spectrogram(const Array& features, Dim columns) {
    const Dim frames = features.shape()[1], bands = features.shape()[2];
    const auto [low, high] = std::minmax_element(features.storage().cbegin(), features.storage().cend());
    const double from = static_cast<double>(*low), range = std::max(1e-9, static_cast<double>(*high) - from);
    std::vector<std::uint8_t> pixels;
    for (Dim band = bands - 1; band >= 0; --band)
        for (Dim t = 0; t < columns; ++t)
            pixels.push_back(static_cast<std::uint8_t>(
                255 * (static_cast<double>(features(0, std::min(t, frames - 1), band)) - from) / range));
    return training::png_of(bands, columns, 1, pixels);
}

// Puts the clip and its spectrogram under the page's weights, and labels the steps with times instead of numbers.
// `features` are (1, frames, bands), frames begin `apart` seconds after each other, and a step of the encoder is
// `frames_a_step` of them. Samples after the last step are left out.
void put_under(inspect::Page& page, const Array& features, std::span<const float> samples, int rate, double apart,
               Dim frames_a_step) {
    const Dim steps = (features.shape()[1] + frames_a_step - 1) / frames_a_step;
    const double step = apart * static_cast<double>(frames_a_step);
    std::vector<std::string> times;
    for (Dim i = 0; i < steps; ++i) times.push_back(fmt::format("{:.2f} s", static_cast<double>(i) * step));
    for (inspect::Layer& layer : page.layers) {
        if (layer.keys.size() == times.size()) layer.keys = times, layer.to = "steps";
        if (layer.queries.size() == times.size()) layer.queries = times, layer.from = "steps";
    }
    std::vector<float> covered(samples.begin(), samples.end());
    covered.resize(static_cast<std::size_t>(std::lround(static_cast<double>(steps) * step * rate)));
    page.recording = {.wav = audio::wav_of(covered, rate),
                      .spectrogram = spectrogram(features, steps * frames_a_step),
                      .steps = steps,
                      .seconds = static_cast<double>(steps) * step};
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const Trained trained = open(options.folder);
    auto config = program::read_options<Options>(options.folder);
    config.strict = options.strict;
    const Data data = read_data(config, {.folder = options.folder, .prepared = options.prepared},
                                program::RunData::of(options.folder));
    fmt::print("{}\n", measure(trained.model, data.dev, options.beam).text);
    return program::exit_ok;
}

int predict(const PredictOptions& options) {
    const Trained trained = open(options.folder);
    return program::for_each_file("frames", options.files, [&](const std::string& file) {
        const Utterance clip{audio::load_samples(file, {.rate = rate, .strict = options.strict}), {}, {}};
        fmt::print("{}: {}\n", file, predicted_text(trained, clip, options.beam));
    });
}

int attend(const AttendOptions& options) {
    const Trained trained = open(options.folder);
    const Utterance clip{audio::load_samples(options.input, {.rate = rate, .strict = options.strict}), {}, {}};
    const Batch batch = Batcher(trained.options.features()).of({&clip, 1});
    const Lenses lenses;
    const Labels predicted = trained.model.decode({&batch, 1}).front();
    inspect::Page page = inspect::page_of(lenses, std::filesystem::path(options.input).filename().string());
    page.note = predicted_text(trained, clip, 1);
    put_under(page, batch.features, clip.samples, rate, trained.options.features().mel.step, Encoder::frames_a_step);
    if (trained.model.speller) name_labels(page, task_of(trained.options.task), predicted);
    return write_attention(std::move(page), options);
}

}  // namespace heed::frames
