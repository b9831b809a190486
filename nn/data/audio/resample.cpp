// Resampling by convolution with a windowed sinc.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/audio/resample.hpp>

namespace heed::audio {

std::vector<float> resample(std::span<const float> samples, double from, double to, int zeros) {
    if (!(from > 0 && to > 0))
        throw RangeError(fmt::format("resample: from {} to {} samples a second; expected rates above 0", from, to));
    if (from == to) return {samples.begin(), samples.end()};
    constexpr double pi = std::numbers::pi;
    const double cutoff = 0.95 * std::min(1.0, to / from);  // in half rates of the given samples
    const double reach = zeros / cutoff;
    const auto n = static_cast<std::ptrdiff_t>(samples.size());
    std::vector<float> out(static_cast<std::size_t>(std::ceil(static_cast<double>(n) * to / from)));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double at = static_cast<double>(i) * from / to;
        const auto first = std::max<std::ptrdiff_t>(0, static_cast<std::ptrdiff_t>(std::ceil(at - reach)));
        const auto last = std::min<std::ptrdiff_t>(n - 1, static_cast<std::ptrdiff_t>(std::floor(at + reach)));
        // sin and cos of equidistant angles by rotating the first one: a few calls for all taps.
        double t = static_cast<double>(first) - at, sine = std::sin(pi * cutoff * t),
               cosine = std::cos(pi * cutoff * t);
        double window_sine = std::sin(pi * t / reach), window = std::cos(pi * t / reach);
        const double sine1 = std::sin(pi * cutoff), cosine1 = std::cos(pi * cutoff), ws1 = std::sin(pi / reach),
                     w1 = std::cos(pi / reach);
        double sum = 0;
        for (std::ptrdiff_t k = first; k <= last; ++k, t += 1) {
            const double sinc = std::abs(t) < 1e-9 ? cutoff : sine / (pi * t);
            sum += static_cast<double>(samples[static_cast<std::size_t>(k)]) * sinc * (0.5 + 0.5 * window);
            const double s = sine * cosine1 + cosine * sine1, w = window_sine * w1 + window * ws1;
            cosine = cosine * cosine1 - sine * sine1;
            window = window * w1 - window_sine * ws1;
            sine = s;
            window_sine = w;
        }
        out[i] = static_cast<float>(sum);
    }
    return out;
}

}  // namespace heed::audio
