// Fourier transforms by kissfft.
#include <algorithm>
#include <cmath>
#include <new>
#include <numbers>
#include <kissfft/kiss_fftr.h>
#include <heed/nn/data/audio/fourier.hpp>

namespace heed::audio {

static_assert(sizeof(kiss_fft_scalar) == sizeof(float), "kissfft is built for another floating-point type");
static_assert(sizeof(::kiss_fft_cpx) == sizeof(Complex), "kissfft's complex numbers have another size");

std::vector<float> hann_window(Dim n) {
    std::vector<float> window(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < window.size(); ++i)
        window[i] = static_cast<float>(
            0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / static_cast<double>(n)));
    return window;
}

struct RealTransform::Plans {
    ::kiss_fftr_cfg forward, inverse;
    explicit Plans(int n)
        : forward(::kiss_fftr_alloc(n, 0, nullptr, nullptr)), inverse(::kiss_fftr_alloc(n, 1, nullptr, nullptr)) {
        if (forward && inverse) return;
        ::kiss_fftr_free(forward);
        ::kiss_fftr_free(inverse);
        throw std::bad_alloc();
    }
    ~Plans() {
        ::kiss_fftr_free(forward);
        ::kiss_fftr_free(inverse);
    }
    Plans(const Plans&) = delete;
    Plans& operator=(const Plans&) = delete;
};

RealTransform::RealTransform(std::size_t n)
    : plans_(std::make_unique<Plans>(static_cast<int>(n))), samples_(n), spectrum_(n / 2 + 1) {}
RealTransform::~RealTransform() = default;

std::span<const Complex> RealTransform::forward(const std::vector<float>& window, const float* samples) {
    for (std::size_t i = 0; i < window.size(); ++i) samples_[i] = window[i] * samples[i];
    std::fill(samples_.begin() + static_cast<std::ptrdiff_t>(window.size()), samples_.end(), 0.0f);
    ::kiss_fftr(plans_->forward, samples_.data(), reinterpret_cast<::kiss_fft_cpx*>(spectrum_.data()));
    return spectrum_;
}

std::span<const float> RealTransform::inverse(std::span<const Complex> spectrum) {
    // kissfft leaves out the division by n.
    const float scale = 1 / static_cast<float>(samples_.size());
    std::ranges::transform(spectrum, spectrum_.begin(), [&](const Complex& z) { return z * scale; });
    ::kiss_fftri(plans_->inverse, reinterpret_cast<const ::kiss_fft_cpx*>(spectrum_.data()), samples_.data());
    return samples_;
}

}  // namespace heed::audio
