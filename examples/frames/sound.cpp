#include <algorithm>
#include <cmath>
#include <vector>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/examples/frames/sound.hpp>
#include <heed/nn/data/audio/wav.hpp>
#include <heed/nn/training/events.hpp>

namespace heed::frames {
namespace {

// From the lowest value to the highest as grey, the highest band on top.
std::string spectrogram(const Array& features, Dim columns) {
    const Dim frames = features.shape()[1], bands = features.shape()[2];
    const auto [low, high] = std::minmax_element(features.storage().cbegin(), features.storage().cend());
    const double from = static_cast<double>(*low), range = std::max(1e-9, static_cast<double>(*high) - from);
    std::vector<std::uint8_t> pixels;
    for (Dim band = bands - 1; band >= 0; --band)
        for (Dim t = 0; t < columns; ++t)
            pixels.push_back(static_cast<std::uint8_t>(255 * (static_cast<double>(features(0, std::min(t, frames - 1), band)) - from) / range));
    return training::png_of(bands, columns, 1, pixels);
}

}  // namespace

void put_under(inspect::Page& page, const Array& features, std::span<const float> samples, int rate, double apart, Dim frames_a_step) {
    const Dim steps = (features.shape()[1] + frames_a_step - 1) / frames_a_step;
    const double step = apart * static_cast<double>(frames_a_step);
    std::vector<std::string> times;
    for (Dim i = 0; i < steps; ++i) times.push_back(fmt::format("{:.2f} s", static_cast<double>(i) * step));
    for (inspect::Layer& layer : page.layers) {
        if (layer.keys.size() == times.size()) layer.keys = times, layer.to = "steps";
        if (layer.queries.size() == times.size()) layer.queries = times, layer.from = "steps";
    }
    std::vector<float> heard(samples.begin(), samples.end());
    heard.resize(static_cast<std::size_t>(std::lround(static_cast<double>(steps) * step * rate)));
    page.sound = {.wav = audio::wav_of(heard, rate), .spectrogram = spectrogram(features, steps * frames_a_step), .steps = steps,
                  .seconds = static_cast<double>(steps) * step};
}

}  // namespace heed::frames
