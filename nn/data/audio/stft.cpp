// Short-time Fourier transforms by kissfft, and overlap-add.
#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/audio/fourier.hpp>
#include <heed/nn/data/audio/stft.hpp>

namespace heed::audio {

Stft::Stft(const StftOptions& options, Site at) : step_(options.step) {
    require(
        options.window >= 2 && options.window <= 65536 && options.window % 2 == 0, "Stft",
        [&] { return fmt::format("window is {}; expected an even number of 2 to 65536 samples", options.window); }, at);
    require(
        1 <= step_ && step_ <= options.window / 2, "Stft",
        [&] { return fmt::format("step is {}; expected 1 to {}, half the window", step_, options.window / 2); }, at);
    window_ = hann_window(options.window);
    const std::size_t size = std::bit_ceil(window_.size());
    frequencies_ = static_cast<Dim>(size / 2 + 1);
    transform_ = std::make_unique<RealTransform>(size);
}
Stft::~Stft() = default;

Array Stft::operator()(std::span<const float> samples) {
    const std::size_t half = window_.size() / 2;
    std::vector<float> padded(samples.size() + 2 * half, 0);
    std::ranges::copy(samples, padded.begin() + static_cast<std::ptrdiff_t>(half));
    const Dim frames = frames_of(static_cast<Dim>(samples.size()));
    Array spectrum = Array::from_shape({frames, frequencies_, 2});
    Real* to = spectrum.data();
    for (Dim t = 0; t < frames; ++t)
        for (const Complex& z : transform_->forward(window_, padded.data() + t * step_)) {
            *to++ = static_cast<Real>(z.real());
            *to++ = static_cast<Real>(z.imag());
        }
    return spectrum;
}

std::vector<float> Stft::inverse(const Array& spectrum, Dim n, Site at) {
    require_least("Stft::inverse", "n", n, 0, at);
    expect(
        spectrum.shape() == Shape{frames_of(n), frequencies_, 2}, "Stft::inverse", "spectrum", spectrum.shape(),
        [&] { return fmt::format("({}, {}, 2) because n is {}", frames_of(n), frequencies_, n); }, at);
    const std::size_t size = window_.size(), half = size / 2;
    std::vector<float> sum(static_cast<std::size_t>(n) + 2 * half, 0), weight(sum.size(), 0);
    std::vector<Complex> frame(static_cast<std::size_t>(frequencies_));
    const Real* from = spectrum.storage().data();
    for (std::size_t at_sample = 0; at_sample + size <= sum.size(); at_sample += static_cast<std::size_t>(step_)) {
        for (Complex& z : frame) {
            z = {static_cast<float>(from[0]), static_cast<float>(from[1])};
            from += 2;
        }
        const std::span<const float> samples = transform_->inverse(frame);
        for (std::size_t i = 0; i < size; ++i) {
            sum[at_sample + i] += window_[i] * samples[i];
            weight[at_sample + i] += window_[i] * window_[i];
        }
    }
    std::vector<float> result(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < result.size(); ++i) {
        const float all = weight[half + i];  // 0 for nothing but a sample after the last window's end
        result[i] = all > 1e-8f ? sum[half + i] / all : 0;
    }
    return result;
}

}  // namespace heed::audio
