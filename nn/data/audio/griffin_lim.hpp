#pragma once
// Samples from features that have no phases.
#include <cstdint>
#include <vector>
#include <heed/nn/data/audio/log_mel.hpp>
#include <heed/nn/data/audio/stft.hpp>

namespace heed::audio {

// The magnitudes (frames, frequencies) of a spectrum whose log-mel features are nearest to these, (frames, bands), that
// `mel` gave: the energies of the bands are explained by energies of the transform's frequencies, none below 0, by
// `rounds` multiplicative updates towards the least squares (Lee and Seung, "Algorithms for Non-negative Matrix
// Factorization", 2001, with the filters held), from the energies spread evenly under the filters. Frequencies that no
// filter covers get 0. Throws ShapeError for another number of bands, RangeError for a feature that is NaN or too large
// to be an energy.
Array magnitudes_of(const Array& features, const LogMel& mel, Dim rounds = 20, Site at = Site::current());

struct GriffinLimOptions {
    Dim rounds = 32;         // of an inverse transform and a transform
    double momentum = 0.99;  // 0: the algorithm of 1984
    std::uint64_t seed = 1;  // of the phases that it begins with
};

// Samples whose spectrum has about these magnitudes, (frames, stft.frequencies()): `stft.samples_of(frames)` of them.
// Begins with random phases, and keeps those of the spectrum of its samples (Griffin and Lim, 1984), of which each
// round goes further in the direction of the round before (Perraudin, Balazs and Sondergaard, "A fast Griffin-Lim
// algorithm", 2013, algorithm 2). Throws ShapeError; RangeError for no frames, and a magnitude that is no finite number
// of 0 or more.
std::vector<float> griffin_lim(const Array& magnitudes, Stft& stft, const GriffinLimOptions& options = {},
                               Site at = Site::current());

// How far the magnitudes of the samples' spectrum are from these: the norm of the difference by the norm of these, 0
// where they agree.
double spectral_convergence(std::span<const float> samples, const Array& magnitudes, Stft& stft,
                            Site at = Site::current());

}  // namespace heed::audio
