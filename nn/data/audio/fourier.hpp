#pragma once
// Fourier transforms of real samples, and windows.
// Private to heed; not installed.
#include <complex>
#include <memory>
#include <span>
#include <vector>
#include <heed/core/real.hpp>

namespace heed::audio {

using Complex = std::complex<float>;

// 0.5 - 0.5 cos(2 pi i / n) for i = 0 .. n - 1.
std::vector<float> hann_window(Dim n);

// Of n real samples, n even: n / 2 + 1 frequencies, and back. Not for two threads at once.
class RealTransform {
public:
    explicit RealTransform(std::size_t n);
    ~RealTransform();

    // Of the samples times the window, filled up with zeros to n. Valid until the next call.
    std::span<const Complex> forward(const std::vector<float>& window, const float* samples);
    // The n samples whose transform these are, valid until the next call.
    std::span<const float> inverse(std::span<const Complex> spectrum);

private:
    struct Plans;
    std::unique_ptr<Plans> plans_;
    std::vector<float> samples_;
    std::vector<Complex> spectrum_;
};

}  // namespace heed::audio
