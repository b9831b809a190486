#pragma once
// Mel-cepstral distortion: how far one recording's sound is from another's.
#include <span>
#include <heed/core/array.hpp>

namespace heed::audio {

struct CepstraOptions {
    double rate = 8000;     // samples a second
    double window = 0.025;  // seconds
    double step = 0.0125;   // seconds
    Dim bands = 40;
    Dim count = 13;
};

// Cepstra 1 to `count` of each frame, (frames, count): the means over the bands of the logarithms of their energies,
// which LogMel gives, times cos(pi k (band + 1/2) / bands). Number 0, how loud a frame is, is left out.
Array mel_cepstra(std::span<const float> samples, const CepstraOptions& options = {});

// In dB, the mean over the pairs of an alignment's frames of 10 / ln 10 sqrt(2 sum (a - b)^2) (Kubichek, "Mel-Cepstral
// Distance Measure for Objective Speech Quality Assessment", 1993), which is the root of the mean square of the
// difference in dB between the two spectra, as smooth as so many cepstra draw them. The alignment is that of dynamic
// time warping with the smallest sum, from both beginnings to both ends in steps of one frame of a, of b, or of both;
// among equal ones, of both. a and b are (frames, count). Throws ShapeError unless they have as many cepstra, and each
// at least one frame.
double mel_cepstral_distortion(const Array& a, const Array& b, Site at = Site::current());

}  // namespace heed::audio
