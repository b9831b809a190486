// Log-mel features of audio (windows, Fourier transforms, mel filters, logarithms), and their normalisation.
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/audio/fourier.hpp>
#include <heed/nn/data/audio/log_mel.hpp>

namespace heed::audio {
namespace {

double mel_of(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double hertz(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

void require_option(bool ok, std::string_view what, double value) {
    if (!ok) throw RangeError(fmt::format("LogMel: {} is {}; see the options' meaning", what, value));
}

// Triangular filters whose edges are `width` mel apart, beginning at `from`.
Array mel_filters(const MelOptions& options, std::size_t transform, double from, double width) {
    const auto frequencies = static_cast<Dim>(transform / 2 + 1);
    Array filters = filled({frequencies, options.bands}, 0);
    for (Dim band = 0; band < options.bands; ++band) {
        const auto edge = [&](Dim i) { return hertz(from + width * static_cast<double>(band + i)); };
        const double begin = edge(0), middle = edge(1), end = edge(2);
        double sum = 0;
        for (Dim k = 0; k < frequencies; ++k) {
            const double f = static_cast<double>(k) * options.rate / static_cast<double>(transform);
            const double height = std::max(0.0, std::min((f - begin) / (middle - begin), (end - f) / (end - middle)));
            filters(k, band) = static_cast<Real>(height);
            sum += height;
        }
        if (sum == 0)
            throw RangeError(
                fmt::format("LogMel: band {} of {}, {:.0f} to {:.0f} Hz, holds none of the transform's frequencies, "
                            "{:.1f} Hz apart; ask for fewer bands",
                            band, options.bands, begin, end, options.rate / static_cast<double>(transform)));
    }
    return filters;
}

}  // namespace

LogMel::LogMel(const MelOptions& options)
    : floor_(options.floor), step_(std::lround(options.step * options.rate)), centred_(options.centred) {
    require_option(options.rate > 0 && options.rate <= 384'000, "rate", options.rate);
    const long window = std::lround(options.window * options.rate);
    require_option(window >= 2 && window <= 65536, "window, in samples,", static_cast<double>(window));
    require_option(step_ >= 1, "step, in samples,", static_cast<double>(step_));
    require_option(options.bands >= 1 && options.bands <= 1024, "bands", static_cast<double>(options.bands));
    require_option(options.floor > 0, "floor", options.floor);
    window_ = hann_window(window);
    const std::size_t size = std::bit_ceil(window_.size());
    const double high = options.high > 0 ? options.high : options.rate / 2;
    require_option(options.low >= 0 && options.low < high, "low", options.low);
    require_option(high <= options.rate / 2, "high", high);
    from_ = mel_of(options.low);
    width_ = (mel_of(high) - from_) / static_cast<double>(options.bands + 1);
    filters_ = mel_filters(options, size, from_, width_);
    transform_ = std::make_unique<RealTransform>(size);
}
LogMel::~LogMel() = default;

double LogMel::hertz_of(double band) const { return hertz(from_ + width_ * (band + 1)); }
double LogMel::band_at(double hertz) const { return (mel_of(hertz) - from_) / width_ - 1; }

Array LogMel::operator()(std::span<const float> samples, std::string_view name) {
    require_finite(samples, name);
    std::vector<float> filled_up;
    if (centred_ || samples.size() < window_.size()) {
        const std::size_t half = centred_ ? window_.size() / 2 : 0;
        filled_up.resize(std::max(samples.size() + 2 * half, window_.size()), 0);
        std::ranges::copy(samples, filled_up.begin() + static_cast<std::ptrdiff_t>(half));
        samples = filled_up;
    }
    const Dim frames = 1 + static_cast<Dim>(samples.size() - window_.size()) / step_, bands = filters_.shape()[1];
    Array features = Array::from_shape({frames, bands});
    std::vector<double> energy(static_cast<std::size_t>(bands));
    for (Dim t = 0; t < frames; ++t) {
        std::ranges::fill(energy, floor_);
        const Real* filter = filters_.storage().data();
        for (const Complex& z : transform_->forward(window_, samples.data() + t * step_)) {
            const double re = static_cast<double>(z.real()), im = static_cast<double>(z.imag());
            const double power = re * re + im * im;
            for (double& sum : energy) sum += power * static_cast<double>(*filter++);
        }
        for (Dim band = 0; band < bands; ++band)
            features(t, band) = static_cast<Real>(std::log(energy[static_cast<std::size_t>(band)]));
    }
    return features;
}

void require_finite(std::span<const float> samples, std::string_view name) {
    for (std::size_t i = 0; i < samples.size(); ++i)
        if (!std::isfinite(samples[i]))
            throw FileError(fmt::format("{}: sample {} is {}; expected finite values", name, i, samples[i]));
}

void normalise(Array& features, double range) {
    const std::span<Real> x(features.data(), static_cast<std::size_t>(count(features)));
    const Real least = *std::ranges::max_element(x) - static_cast<Real>(range);
    for (Real& value : x) value = std::max(value, least);
    const auto n = static_cast<double>(x.size());
    double sum = 0, squares = 0;
    for (const Real value : x) sum += static_cast<double>(value);
    const double mean = sum / n;
    for (const Real value : x) squares += std::pow(static_cast<double>(value) - mean, 2);
    const double deviation = std::sqrt(squares / n), scale = deviation > 1e-5 ? 1 / deviation : 0;
    for (Real& value : x) value = static_cast<Real>((static_cast<double>(value) - mean) * scale);
}

}  // namespace heed::audio
