// Mel-cepstra, and their distance along the best alignment.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/audio/log_mel.hpp>
#include <heed/nn/data/audio/mcd.hpp>

namespace heed::audio {

Array mel_cepstra(std::span<const float> samples, const CepstraOptions& options) {
    require(
        1 <= options.count && options.count < options.bands, "mel_cepstra",
        [&] {
            return fmt::format("{} cepstra of {} bands; expected 1 to {}", options.count, options.bands,
                               options.bands - 1);
        },
        Site::current());
    LogMel mel({.rate = options.rate, .window = options.window, .step = options.step, .bands = options.bands});
    const Array features = mel(samples);
    const Dim frames = features.shape()[0];
    Array cepstra = Array::from_shape({frames, options.count});
    const auto bands = static_cast<double>(options.bands);
    for (Dim k = 0; k < options.count; ++k)
        for (Dim t = 0; t < frames; ++t) {
            double sum = 0;
            for (Dim band = 0; band < options.bands; ++band)
                sum += static_cast<double>(features(t, band)) * std::cos(std::numbers::pi * static_cast<double>(k + 1) *
                                                                         (static_cast<double>(band) + 0.5) / bands);
            cepstra(t, k) = static_cast<Real>(sum / bands);
        }
    return cepstra;
}

double mel_cepstral_distortion(const Array& a, const Array& b, Site at) {
    constexpr const char* op = "mel_cepstral_distortion";
    expect(a.dimension() == 2 && a.shape()[0] > 0, op, "a", a.shape(), "(frames, cepstra) with at least one frame", at);
    expect(
        b.dimension() == 2 && b.shape()[0] > 0 && b.shape()[1] == a.shape()[1], op, "b", b.shape(),
        [&] {
            return fmt::format("(frames, {}) with at least one frame, because 'a' is {}", a.shape()[1],
                               to_string(a.shape()));
        },
        at);
    const Dim rows = a.shape()[0], columns = b.shape()[0], width = a.shape()[1];
    const double decibels = 10 / std::numbers::ln10 * std::numbers::sqrt2;
    // The best alignment of the first frames of both: its sum, and of how many frames.
    struct Way {
        double sum = std::numeric_limits<double>::infinity();
        Dim frames = 0;
    };
    std::vector<Way> last(static_cast<std::size_t>(columns) + 1), row(last.size());
    last[0].sum = 0;
    for (Dim i = 0; i < rows; ++i) {
        row[0] = {};
        for (Dim j = 0; j < columns; ++j) {
            double squares = 0;
            for (Dim k = 0; k < width; ++k)
                squares += std::pow(static_cast<double>(a(i, k)) - static_cast<double>(b(j, k)), 2);
            const auto c = static_cast<std::size_t>(j);
            const Way& best =
                std::ranges::min(std::array{last[c], last[c + 1], row[c]}, {}, &Way::sum);  // the first of equal ones
            row[c + 1] = {best.sum + decibels * std::sqrt(squares), best.frames + 1};
        }
        std::swap(last, row);
    }
    return last.back().sum / static_cast<double>(last.back().frames);
}

}  // namespace heed::audio
