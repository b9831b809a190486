// Griffin-Lim, and the inverse of the mel filters.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/audio/griffin_lim.hpp>
#include <heed/ops/ops.hpp>

namespace heed::audio {
namespace {

constexpr Real tiny = static_cast<Real>(1e-12);  // keeps a magnitude of 0 from dividing by it

void require_magnitudes(const char* op, const Array& magnitudes, const Stft& stft, Site at,
                        Site check = Site::current()) {
    expect(
        magnitudes.dimension() == 2 && magnitudes.shape()[1] == stft.frequencies(), op, "magnitudes",
        magnitudes.shape(), [&] { return fmt::format("(frames, {})", stft.frequencies()); }, at, check);
    require(magnitudes.shape()[0] > 0, op, "no frames; expected at least one", at, check);
    for (const Real x : magnitudes.storage())
        require(
            x >= 0 && std::isfinite(x), op,
            [&] { return fmt::format("argument 'magnitudes' holds {}; expected finite numbers of 0 or more", x); }, at,
            check);
}

// Gives each element of the spectrum (.., 2) its magnitude, and keeps its phase.
void set_magnitudes(Array& spectrum, const Array& magnitudes) {
    Real* z = spectrum.data();
    for (const Real magnitude : magnitudes.storage()) {
        const Real size = std::sqrt(z[0] * z[0] + z[1] * z[1]) + tiny;
        z[0] *= magnitude / size;
        z[1] *= magnitude / size;
        z += 2;
    }
}

}  // namespace

Array magnitudes_of(const Array& features, const LogMel& mel, Dim rounds, Site at) {
    constexpr const char* op = "magnitudes_of";
    const Dim bands = mel.filters().shape()[1];
    expect(
        features.dimension() == 2 && features.shape()[1] == bands, op, "features", features.shape(),
        [&] { return fmt::format("(frames, {}), the bands of 'mel'", bands); }, at);
    require_least(op, "rounds", rounds, 0, at);
    Array energies = Array::from_shape(features.shape());
    for (Dim i = 0; i < count(features); ++i) {
        const double energy = std::exp(static_cast<double>(features.data()[i])) - mel.floor();
        require(
            std::isfinite(energy) && energy < 1e18, op,
            [&] { return fmt::format("argument 'features' holds {}, no logarithm of an energy", features.data()[i]); },
            at);
        energies.data()[i] = static_cast<Real>(std::max(0.0, energy));
    }
    const Var filters(mel.filters()), wanted(energies), back = matmul(wanted, transpose(filters));
    // A flat spectrum of energy e gives each band e times the sum of its filter.
    Var power = matmul(wanted / sum(square(filters), {0}), transpose(filters));
    for (Dim round = 0; round < rounds; ++round)
        power = power * back / (matmul(matmul(power, filters), transpose(filters)) + tiny);
    return sqrt(power).value();
}

std::vector<float> griffin_lim(const Array& magnitudes, Stft& stft, const GriffinLimOptions& options, Site at) {
    constexpr const char* op = "griffin_lim";
    require_magnitudes(op, magnitudes, stft, at);
    require_least(op, "rounds", options.rounds, 0, at);
    require(
        options.momentum >= 0 && options.momentum < 1.5, op,
        [&] { return fmt::format("momentum is {}; expected 0 to less than 1.5", options.momentum); }, at);
    const Dim frames = magnitudes.shape()[0], n = stft.samples_of(frames);
    Array spectrum = Array::from_shape({frames, stft.frequencies(), 2});
    const RandomStream random(Key{options.seed, 0}, hash_text("griffin_lim"));
    for (Dim i = 0; i < count(magnitudes); ++i) {
        const double phase = 2 * std::numbers::pi * random.uniform(static_cast<std::uint64_t>(i));
        spectrum.data()[2 * i] = static_cast<Real>(std::cos(phase));
        spectrum.data()[2 * i + 1] = static_cast<Real>(std::sin(phase));
    }
    set_magnitudes(spectrum, magnitudes);
    Array before = filled(spectrum.shape(), 0);
    const auto momentum = static_cast<Real>(options.momentum);
    for (Dim round = 0; round < options.rounds; ++round) {
        const Array own = stft(stft.inverse(spectrum, n));  // of samples, as `spectrum` need not be
        for (Dim i = 0; i < count(own); ++i) {
            const Real z = own.data()[i];
            spectrum.data()[i] = z + momentum * (round ? z - before.data()[i] : 0);
        }
        before = own;
        set_magnitudes(spectrum, magnitudes);
    }
    return stft.inverse(spectrum, n);
}

double spectral_convergence(std::span<const float> samples, const Array& magnitudes, Stft& stft, Site at) {
    require_magnitudes("spectral_convergence", magnitudes, stft, at);
    const Array spectrum = stft(samples);
    expect(
        spectrum.shape()[0] == magnitudes.shape()[0], "spectral_convergence", "magnitudes", magnitudes.shape(),
        [&] { return fmt::format("{} frames, as the samples have", spectrum.shape()[0]); }, at);
    double difference = 0, all = 0;
    for (Dim i = 0; i < count(magnitudes); ++i) {
        const auto re = static_cast<double>(spectrum.data()[2 * i]),
                   im = static_cast<double>(spectrum.data()[2 * i + 1]);
        const auto wanted = static_cast<double>(magnitudes.data()[i]);
        difference += std::pow(std::hypot(re, im) - wanted, 2);
        all += wanted * wanted;
    }
    return all > 0 ? std::sqrt(difference / all) : std::sqrt(difference);
}

}  // namespace heed::audio
