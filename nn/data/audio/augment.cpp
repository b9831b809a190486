// Augmentation of audio features: warping, tilting and masking.
#include <algorithm>
#include <cmath>
#include <vector>
#include <heed/nn/data/audio/augment.hpp>

namespace heed::audio {
namespace {

// Between two rows or columns: `share` of the second.
struct Between {
    Dim first, second;
    double share;
    Between(double position, Dim n) {
        const double inside = std::clamp(position, 0.0, static_cast<double>(n - 1));
        first = static_cast<Dim>(inside);
        second = std::min(first + 1, n - 1);
        share = inside - static_cast<double>(first);
    }
    double operator()(double a, double b) const { return a + share * (b - a); }
};

}  // namespace

Array warp(const Array& features, const LogMel& mel, double time, double frequency) {
    const Dim frames = features.shape()[0], bands = features.shape()[1];
    std::vector<Between> columns;
    for (Dim band = 0; band < bands; ++band)
        columns.emplace_back(mel.band_at(mel.hertz_of(static_cast<double>(band)) * frequency), bands);
    const Dim steps = std::max(Dim{1}, static_cast<Dim>(static_cast<double>(frames) / time));
    Array y = Array::from_shape({steps, bands});
    const Real* x = features.data();
    Real* to = y.data();
    for (Dim t = 0; t < steps; ++t) {
        const Between rows(static_cast<double>(t) * time, frames);
        const Real *first = x + rows.first * bands, *second = x + rows.second * bands;
        const auto at = [&](Dim band) {
            return rows(static_cast<double>(first[band]), static_cast<double>(second[band]));
        };
        for (Dim band = 0; band < bands; ++band) {
            const Between& column = columns[static_cast<std::size_t>(band)];
            *to++ = static_cast<Real>(column(at(column.first), at(column.second)));
        }
    }
    return y;
}

void tilt(Array& features, double slope, double curve) {
    const Dim frames = features.shape()[0], bands = features.shape()[1];
    Real* x = features.data();
    for (Dim band = 0; band < bands; ++band) {
        const double r = bands > 1 ? 2 * static_cast<double>(band) / static_cast<double>(bands - 1) - 1 : 0;
        const auto added = static_cast<Real>(slope * r + curve * (2 * r * r - 1));
        for (Dim t = 0; t < frames; ++t) x[t * bands + band] += added;
    }
}

void spec_augment(Array& features, const SpecAugmentOptions& options, RandomStream random) {
    const Dim frames = features.shape()[0], bands = features.shape()[1];
    std::uint64_t drawn = 0;
    const auto below = [&](Dim n) { return static_cast<Dim>(random.uniform(drawn++) * static_cast<double>(n)); };
    Real* x = features.data();
    for (Dim mask = 0; mask < options.band_masks; ++mask) {
        const Dim width = below(std::min(options.bands, bands) + 1), first = below(bands - width + 1);
        for (Dim t = 0; t < frames; ++t) std::fill_n(x + t * bands + first, width, Real{0});
    }
    const Dim longest = std::min(options.frames, static_cast<Dim>(options.most * static_cast<double>(frames)));
    for (Dim mask = 0; mask < options.frame_masks; ++mask) {
        const Dim width = below(longest + 1), first = below(frames - width + 1);
        std::fill_n(x + first * bands, width * bands, Real{0});
    }
}

}  // namespace heed::audio
