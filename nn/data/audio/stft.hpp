#pragma once
// Short-time Fourier transforms and their inverse.
#include <memory>
#include <span>
#include <vector>
#include <heed/core/array.hpp>

namespace heed::audio {

class RealTransform;

struct StftOptions {
    Dim window = 400;  // samples, of Hann's window; even. The transform is the next power of two
    Dim step = 100;    // samples; at most half a window, so that every sample is weighed
};

// Window t has its middle at sample t step, zeros stand before and after the samples, and x is scaled by nothing: as
// torch.stft(x, transform, step, window, hann_window(window), center=True, pad_mode="constant"), but that a window
// which is shorter than the transform stands at its beginning, which turns phases alone.
class HEED_ABI Stft {
public:
    // Throws RangeError for options without a meaning.
    explicit Stft(const StftOptions& options = {}, Site at = Site::current());
    ~Stft();
    Stft(const Stft&) = delete;
    Stft& operator=(const Stft&) = delete;

    Dim window() const { return static_cast<Dim>(window_.size()); }
    Dim step() const { return step_; }
    Dim frequencies() const { return frequencies_; }  // transform / 2 + 1; number k is k rate / transform Hz
    Dim frames_of(Dim samples) const { return 1 + samples / step_; }
    Dim samples_of(Dim frames) const { return (frames - 1) * step_; }  // the fewest with so many frames

    // n samples -> (1 + n / step, frequencies, 2): real and imaginary parts. Not for two threads at once.
    Array operator()(std::span<const float> samples);
    // The n samples whose spectrum is nearest to this one, by least squares (Griffin and Lim, "Signal Estimation from
    // Modified Short-Time Fourier Transform", 1984, equation 6): those of operator()(samples) come back. Throws
    // ShapeError unless it is (frames_of(n), frequencies, 2).
    std::vector<float> inverse(const Array& spectrum, Dim n, Site at = Site::current());

private:
    Dim step_, frequencies_;
    std::vector<float> window_;
    std::unique_ptr<RealTransform> transform_;
};

}  // namespace heed::audio
