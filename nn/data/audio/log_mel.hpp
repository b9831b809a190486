#pragma once
// Log-mel features of audio samples: the logarithms of the energies in bands of the mel scale, for each frame.
#include <memory>
#include <span>
#include <string_view>
#include <heed/core/array.hpp>

namespace heed::audio {

class RealTransform;

struct MelOptions {
    double rate = 8000;     // samples a second
    double window = 0.025;  // seconds
    double step = 0.010;    // seconds
    Dim bands = 40;
    double low = 20;       // Hz
    double high = 0;       // Hz; 0: half the rate
    double floor = 1e-6;   // added to the energies: the logarithm of silence
    bool centred = false;  // half a window of zeros stands before and after the samples, as for Stft
};

// HTK's mel scale, 2595 log10(1 + f / 700) for f Hz (Young et al., "The HTK Book", 3.4, section 5.4). Its filters are
// triangles that rise from 0 at the middle of the band before to 1 at their own, and fall to 0 at that of the band
// after, the middles equally far apart in mel.
class HEED_ABI LogMel {
public:
    // Throws RangeError for options without a meaning, and for a band that lies between two frequencies of the
    // transform.
    explicit LogMel(const MelOptions& options = {});
    ~LogMel();
    LogMel(const LogMel&) = delete;
    LogMel& operator=(const LogMel&) = delete;

    // Windows (Hann) lie inside the samples: 1 + (n - window) / step frames, rounded down; a clip that is shorter is
    // filled up with zeros to one window. With .centred, window t has its middle at sample t step: 1 + n / step frames.
    // -> (frames, bands). Throws FileError, beginning with `name`, for a sample
    // that is no finite number. Not for two threads at once.
    Array operator()(std::span<const float> samples, std::string_view name = "samples");

    // The frequency of the middle of a band, counted from 0, and the inverse. A band may be a fraction, and lie beyond
    // the last.
    double hertz_of(double band) const;
    double band_at(double hertz) const;
    double floor() const { return floor_; }
    const Array& filters() const { return filters_; }  // (frequencies, bands); row k: k rate / transform Hz
    Dim window() const { return static_cast<Dim>(window_.size()); }
    Dim step() const { return step_; }

private:
    double floor_, from_ = 0, width_ = 0;  // the edge of the first band and the step from band to band, in mel
    Dim step_;
    bool centred_;
    std::vector<float> window_;
    Array filters_;
    std::unique_ptr<RealTransform> transform_;
};

// Throws FileError, beginning with `name`, for a sample that is no finite number.
void require_finite(std::span<const float> samples, std::string_view name);

// Raises values more than `range` below the clip's largest one to that level: how quiet a room was carries no
// information about the words. Then shifts and scales all values to mean 0 and standard deviation 1; a clip of equal
// values becomes 0. The bands keep their balance, which distinguishes vowels where a clip is one word.
void normalise(Array& features, double range);

}  // namespace heed::audio
