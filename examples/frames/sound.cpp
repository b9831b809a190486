#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>
#include <sndfile.h>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/examples/frames/sound.hpp>
#include <heed/nn/training/events.hpp>

namespace heed::frames {
namespace {

// A file in memory, as libsndfile writes one.
struct Bytes {
    std::string bytes;
    ::sf_count_t at = 0;

    static Bytes& of(void* self) { return *static_cast<Bytes*>(self); }
    static ::sf_count_t size(void* self) { return static_cast<::sf_count_t>(of(self).bytes.size()); }
    static ::sf_count_t tell(void* self) { return of(self).at; }
    static ::sf_count_t seek(::sf_count_t by, int from, void* self) {
        return of(self).at = by + (from == SEEK_SET ? 0 : from == SEEK_CUR ? of(self).at : size(self));
    }
    static ::sf_count_t read(void*, ::sf_count_t, void*) { return 0; }
    static ::sf_count_t write(const void* from, ::sf_count_t n, void* self) {
        Bytes& to = of(self);
        to.bytes.resize(std::max(to.bytes.size(), static_cast<std::size_t>(to.at + n)));
        std::copy_n(static_cast<const char*>(from), n, to.bytes.begin() + to.at);
        to.at += n;
        return n;
    }
};

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

std::string wav_of(std::span<const float> samples, int rate) {
    Bytes file;
    ::SF_VIRTUAL_IO calls{Bytes::size, Bytes::seek, Bytes::read, Bytes::write, Bytes::tell};
    ::SF_INFO info{};
    info.samplerate = rate, info.channels = 1, info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    const auto n = static_cast<::sf_count_t>(samples.size());
    ::SNDFILE* const sound = ::sf_open_virtual(&calls, SFM_WRITE, &info, &file);
    if (sound) ::sf_command(sound, SFC_SET_CLIPPING, nullptr, SF_TRUE);
    const bool whole = sound && ::sf_write_float(sound, samples.data(), n) == n;
    if (!sound || ::sf_close(sound) != 0 || !whole)
        throw RangeError(fmt::format("wav_of: {} samples at {} Hz make no WAV file", samples.size(), rate));
    return std::move(file.bytes);
}

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
    page.sound = {.wav = wav_of(heard, rate), .spectrogram = spectrogram(features, steps * frames_a_step), .steps = steps,
                  .seconds = static_cast<double>(steps) * step};
}

}  // namespace heed::frames
