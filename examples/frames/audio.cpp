#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <numbers>
#include <sndfile.h>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/examples/frames/audio.hpp>

namespace heed::frames {
namespace {

constexpr int most_channels = 16, lowest_rate = 1000, highest_rate = 192'000;

struct Close {
    void operator()(::SNDFILE* file) const { ::sf_close(file); }
};
using Sound = std::unique_ptr<::SNDFILE, Close>;

std::string in_log(::SNDFILE* file) {
    std::array<char, 4096> log{};
    ::sf_command(file, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()));
    return log.data();
}

// libsndfile begins with stars what it does not like but reads.
std::vector<std::string> warnings_of(::SNDFILE* file) {
    std::vector<std::string> warnings;
    const std::string log = in_log(file);
    for (std::size_t at = log.find("*** "); at != std::string::npos; at = log.find("*** ", at + 1))
        warnings.push_back(log.substr(at + 4, log.find('\n', at) - at - 4));
    return warnings;
}

[[noreturn]] void refuse(const std::string& path, const std::string& text) { throw FileError(fmt::format("{}: {}", path, text)); }

Sound open_sound(const std::string& path, ::SF_INFO& info) {
    const io::InputFile regular(path);  // refuses what is missing, a folder or a pipe
    Sound sound(::sf_open(path.c_str(), SFM_READ, &info));
    if (!sound) refuse(path, fmt::format("cannot be read as sound: {} expected WAV, FLAC or OGG", ::sf_strerror(nullptr)));
    const int format = info.format & SF_FORMAT_TYPEMASK;
    constexpr std::array formats = {SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_FLAC, SF_FORMAT_OGG};
    if (std::ranges::find(formats, format) == formats.end()) refuse(path, fmt::format("is sound of format {:#x}; expected WAV, FLAC or OGG", format));
    if (info.samplerate < lowest_rate || info.samplerate > highest_rate)
        refuse(path, fmt::format("has {} samples a second; expected {} to {}", info.samplerate, lowest_rate, highest_rate));
    if (info.channels < 1 || info.channels > most_channels)
        refuse(path, fmt::format("has {} channels; expected 1 to {}", info.channels, most_channels));
    return sound;
}

}  // namespace

Clip read_audio(const std::string& path, double longest) {
    ::SF_INFO info = {};
    const Sound sound = open_sound(path, info);
    Clip clip{{}, info.samplerate, warnings_of(sound.get())};
    const auto channels = static_cast<std::size_t>(info.channels);
    const double most = longest * info.samplerate;
    const double said = std::max(0.0, static_cast<double>(info.frames));
    clip.samples.reserve(static_cast<std::size_t>(std::min(said, most)));  // no more, whatever the file says
    constexpr std::size_t block = 4096;
    std::vector<float> read(block * channels);
    for (;;) {
        const auto n = static_cast<std::size_t>(std::max<::sf_count_t>(::sf_readf_float(sound.get(), read.data(), block), 0));
        for (std::size_t i = 0; i < n; ++i) {
            float sum = 0;
            for (std::size_t c = 0; c < channels; ++c) sum += read[i * channels + c];
            clip.samples.push_back(sum / static_cast<float>(channels));
        }
        if (::sf_error(sound.get()) != SF_ERR_NO_ERROR)
            refuse(path, fmt::format("sample {}: {}; is it complete?", clip.samples.size(), ::sf_strerror(sound.get())));
        if (static_cast<double>(clip.samples.size()) > most)
            refuse(path, fmt::format("is longer than {} seconds at {} Hz; cut it into parts", longest, info.samplerate));
        if (n == 0) break;
    }
    if (clip.samples.empty()) refuse(path, "holds no samples");
    return clip;
}

std::vector<float> resample(std::span<const float> samples, double from, double to, int zeros) {
    if (!(from > 0 && to > 0)) throw RangeError(fmt::format("resample: from {} to {} samples a second; expected numbers above 0", from, to));
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
        // sin and cos of equidistant angles by turning: two of each for a whole row of taps.
        double t = static_cast<double>(first) - at, sine = std::sin(pi * cutoff * t), cosine = std::cos(pi * cutoff * t);
        double window_sine = std::sin(pi * t / reach), window = std::cos(pi * t / reach);
        const double sine1 = std::sin(pi * cutoff), cosine1 = std::cos(pi * cutoff), ws1 = std::sin(pi / reach), w1 = std::cos(pi / reach);
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

}  // namespace heed::frames
