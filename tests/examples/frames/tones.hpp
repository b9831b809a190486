#pragma once
// A data set of tones for frames, and the configurations of runs that learn them.
#include <cmath>
#include <filesystem>
#include <numbers>
#include <sndfile.h>
#include <fmt/format.h>
#include <heed/examples/frames/options.hpp>
#include <heed/tests/catch.hpp>

namespace heed::frames {

// Ten "digits", each silence and then a tone of its own, by two speakers, one with a slightly higher voice.
inline void put_tones(const std::string& folder, int each) {
    std::filesystem::create_directories(folder + "/recordings");
    for (int digit = 0; digit < 10; ++digit) {
        for (const char* speaker : {"low", "high"}) {
            for (int k = 0; k < each; ++k) {
                std::vector<float> samples(1600 + static_cast<std::size_t>(80 * k));
                const double hertz = 300 * std::pow(1.25, digit) * (speaker[0] == 'h' ? 1.05 : 1);
                for (std::size_t i = samples.size() / 2; i < samples.size(); ++i)
                    samples[i] = static_cast<float>(
                        0.3 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
                ::SF_INFO info = {};
                info.samplerate = rate, info.channels = 1, info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
                ::SNDFILE* file = ::sf_open(
                    fmt::format("{}/recordings/{}_{}_{}.wav", folder, digit, speaker, k).c_str(), SFM_WRITE, &info);
                REQUIRE(file != nullptr);
                ::sf_write_float(file, samples.data(), static_cast<::sf_count_t>(samples.size()));
                ::sf_close(file);
            }
        }
    }
}

inline Options tones(const std::string& data, Dim steps) {
    Options config;
    config.data = data, config.dev_index = 4, config.batch = 20, config.lr = 1e-2, config.warmup = 5, config.ema = 0.8,
    config.steps = steps;
    config.augment = {.speed = 0.02, .stretch = 0.02, .tract = 0.02, .tilt = 0.1, .masks = {.bands = 2, .frames = 3}};
    config.model = {.bands = 20, .channels = 4, .dim = 16, .layers = 1, .heads = 2, .hidden = 16, .dropout = 0};
    return config;
}

inline Options strings(const std::string& data, const std::string& decoder, Dim steps) {
    Options config = tones(data, steps);
    config.model.task = "strings", config.model.decoder = decoder;
    config.batch = 4, config.silence = 0.05;
    return config;
}

}  // namespace heed::frames
