// Short-time Fourier transforms against sums, their inverse, Griffin-Lim and the inverse of the mel filters.
#include <cmath>
#include <complex>
#include <numbers>
#include <heed/nn/data/audio/griffin_lim.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::audio;

namespace {

std::vector<float> noise_of(std::size_t n, std::uint64_t seed) {
    const RandomStream random(Key{seed, 1}, 2);
    std::vector<float> x(n);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(0.1 * random.normal(i));
    return x;
}

// A voice of sorts: three tones that rise, with silence around them.
std::vector<float> rising(std::size_t n) {
    std::vector<float> x(n, 0);
    for (std::size_t i = n / 8; i < n - n / 8; ++i) {
        const double t = static_cast<double>(i) / 8000;
        for (const double f : {150.0, 600.0, 1400.0})
            x[i] += static_cast<float>(0.2 * std::sin(2 * std::numbers::pi * (f + 80 * t) * t));
    }
    return x;
}

Array magnitudes_in(const Array& spectrum) {
    Array x = Array::from_shape({spectrum.shape()[0], spectrum.shape()[1]});
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = std::hypot(spectrum.data()[2 * i], spectrum.data()[2 * i + 1]);
    return x;
}

}  // namespace

TEST_CASE("audio: a short-time Fourier transform is its sum", "[audio]") {
    constexpr Dim window = 12, step = 5;
    const std::vector<float> x = noise_of(33, 1);
    Stft stft({.window = window, .step = step});
    const Array spectrum = stft(x);
    REQUIRE(spectrum.shape() == Shape{7, 9, 2});  // 1 + 33 / 5; 16 / 2 + 1
    REQUIRE(stft.frames_of(33) == 7);
    for (Dim t = 0; t < 7; ++t)
        for (Dim k = 0; k < 9; ++k) {
            std::complex<double> sum = 0;
            for (Dim i = 0; i < window; ++i) {
                const Dim at = t * step - window / 2 + i;
                const double w = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(i) / window);
                const double value = at >= 0 && at < 33 ? static_cast<double>(x[static_cast<std::size_t>(at)]) : 0;
                sum += w * value * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * i) / 16);
            }
            CHECK(static_cast<double>(spectrum(t, k, 0)) == Approx(sum.real()).margin(1e-6));
            CHECK(static_cast<double>(spectrum(t, k, 1)) == Approx(sum.imag()).margin(1e-6));
        }
}

TEST_CASE("audio: the inverse of a spectrum gives its samples again", "[audio]") {
    for (const auto& [window, step, n] :
         {std::tuple{400, 100, 4000}, {400, 200, 1234}, {256, 64, 256}, {300, 70, 1}, {64, 16, 0}}) {
        CAPTURE(window, step, n);
        const std::vector<float> x = noise_of(static_cast<std::size_t>(n), 3);
        Stft stft({.window = window, .step = step});
        const std::vector<float> y = stft.inverse(stft(x), n);
        REQUIRE(y.size() == x.size());
        double most = 0;
        for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(static_cast<double>(x[i] - y[i])));
        CHECK(most < 2e-6);
    }
}

TEST_CASE("audio: centred log-mel features are those of the transform's magnitudes", "[audio]") {
    const MelOptions options{.window = 0.05, .step = 0.0125, .bands = 32, .centred = true};
    const std::vector<float> x = rising(3000);
    LogMel mel(options);
    Stft stft({.window = mel.window(), .step = mel.step()});
    const Array features = mel(x), magnitudes = magnitudes_in(stft(x));
    REQUIRE(features.shape() == Shape{31, 32});
    REQUIRE(magnitudes.shape()[0] == 31);
    for (Dim t = 0; t < 31; ++t)
        for (Dim band = 0; band < 32; ++band) {
            double energy = options.floor;
            for (Dim k = 0; k < stft.frequencies(); ++k)
                energy +=
                    std::pow(static_cast<double>(magnitudes(t, k)), 2) * static_cast<double>(mel.filters()(k, band));
            CHECK(static_cast<double>(features(t, band)) == Approx(std::log(energy)).margin(1e-3));
        }
}

TEST_CASE("audio: Griffin-Lim comes nearer to the magnitudes", "[audio]") {
    const std::vector<float> x = rising(4000);
    Stft stft({.window = 400, .step = 100});
    const Array wanted = magnitudes_in(stft(x));
    CHECK(spectral_convergence(x, wanted, stft) < 1e-6);
    const auto after = [&](Dim rounds, double momentum) {
        return spectral_convergence(griffin_lim(wanted, stft, {.rounds = rounds, .momentum = momentum}), wanted, stft);
    };
    for (double last = after(0, 0); const Dim rounds : {1, 2, 4, 8, 16, 32}) {  // without momentum it never rises
        const double now = after(rounds, 0);
        CHECK(now < last);
        last = now;
    }
    CHECK(after(32, 0.99) < after(32, 0));
    CHECK(after(32, 0.99) < 0.15);
    CHECK(griffin_lim(wanted, stft) == griffin_lim(wanted, stft));
    CHECK(griffin_lim(wanted, stft) != griffin_lim(wanted, stft, {.seed = 2}));
    CHECK(griffin_lim(filled(wanted.shape(), 0), stft) == std::vector<float>(4000, 0));
}

TEST_CASE("audio: magnitudes explain the features that they were found from", "[audio]") {
    LogMel mel({.window = 0.05, .step = 0.0125, .bands = 40, .low = 0, .floor = 1e-4, .centred = true});
    const Array features = mel(rising(4000));
    const auto difference = [&](Dim rounds) {
        const Array magnitudes = magnitudes_of(features, mel, rounds);
        double sum = 0, all = 0;
        for (Dim t = 0; t < features.shape()[0]; ++t)
            for (Dim band = 0; band < 40; ++band) {
                double energy = 0;
                for (Dim k = 0; k < magnitudes.shape()[1]; ++k)
                    energy += std::pow(static_cast<double>(magnitudes(t, k)), 2) *
                              static_cast<double>(mel.filters()(k, band));
                const double expected = std::exp(static_cast<double>(features(t, band))) - 1e-4;
                sum += std::pow(energy - expected, 2), all += expected * expected;
            }
        return std::sqrt(sum / all);
    };
    CHECK(difference(2) < difference(0));
    CHECK(difference(8) < difference(2));
    CHECK(difference(40) < 0.1);
    const Array magnitudes = magnitudes_of(features, mel);
    for (const Real x : magnitudes.storage()) REQUIRE((x >= 0 && std::isfinite(x)));
}

TEST_CASE("audio: transforms, magnitudes and Griffin-Lim refuse what has no meaning", "[audio]") {
    const auto options = [](Dim window, Dim step) { return text_of([&] { Stft({.window = window, .step = step}); }); };
    CHECK_THAT(options(7, 2), StartsWith("Stft: window is 7; expected an even number of 2 to 65536 samples"));
    CHECK_THAT(options(0, 1), StartsWith("Stft: window is 0"));
    CHECK_THAT(options(8, 5), StartsWith("Stft: step is 5; expected 1 to 4, half the window"));
    CHECK_THAT(options(8, 0), StartsWith("Stft: step is 0"));
    Stft stft({.window = 8, .step = 2});
    CHECK_THAT(text_of([&] {
                   stft.inverse(filled({3, 5, 2}, 0), 6);
               }),
               StartsWith("Stft::inverse: argument 'spectrum' has shape (3, 5, 2); expected (4, 5, 2) because n is 6"));
    CHECK_THAT(text_of([&] { stft.inverse(filled({3, 5, 2}, 0), -1); }), StartsWith("Stft::inverse: n is -1"));
    const auto spoken = [&](const Array& magnitudes, const GriffinLimOptions& o = {}) {
        return text_of([&] { griffin_lim(magnitudes, stft, o); });
    };
    CHECK_THAT(spoken(filled({3, 4}, 1)),
               StartsWith("griffin_lim: argument 'magnitudes' has shape (3, 4); expected (frames, 5)"));
    CHECK_THAT(spoken(filled({0, 5}, 1)), StartsWith("griffin_lim: no frames"));
    CHECK_THAT(spoken(filled({3, 5}, -1)), StartsWith("griffin_lim: argument 'magnitudes' holds -1"));
    CHECK_THAT(spoken(filled({3, 5}, static_cast<Real>(NAN))),
               StartsWith("griffin_lim: argument 'magnitudes' holds nan"));
    CHECK_THAT(spoken(filled({3, 5}, 1), {.rounds = -1}), StartsWith("griffin_lim: rounds is -1"));
    CHECK_THAT(spoken(filled({3, 5}, 1), {.momentum = NAN}), StartsWith("griffin_lim: momentum is nan"));
    const std::vector<float> six(6, 0);
    CHECK_THAT(text_of([&] {
                   spectral_convergence(six, filled({3, 5}, 1), stft);
               }),
               StartsWith("spectral_convergence: argument 'magnitudes' has shape (3, 5); expected 4 frames"));
    const LogMel mel({.bands = 20});
    CHECK_THAT(
        text_of([&] {
            magnitudes_of(filled({3, 4}, 0), mel);
        }),
        StartsWith("magnitudes_of: argument 'features' has shape (3, 4); expected (frames, 20), the bands of 'mel'"));
    for (const double bad : {std::nan(""), 1e4})
        CHECK_THAT(text_of([&] {
                       magnitudes_of(filled({3, 20}, static_cast<Real>(bad)), mel);
                   }),
                   StartsWith("magnitudes_of: argument 'features' holds "));
    CHECK_THAT(text_of([&] { magnitudes_of(filled({3, 20}, 0), mel, -1); }), StartsWith("magnitudes_of: rounds is -1"));
}
