#pragma once
// What a training run was asked to do; written to its folder, and read again by --resume.
#include <filesystem>
#include <string>
#include <heed/core/real.hpp>

namespace heed::pronounce {

inline constexpr const char* default_dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";

struct Config {
    std::string data = default_dictionary;
    bool hold_out_test = true;  // keep back the test words (5 %) as well as the dev words (2 %)
    Dim batch = 128;
    std::string model = "gru";  // or "transformer"
    Dim embedding = 128;
    Dim width = 256;
    Dim layers = 3;
    Dim heads = 4;
    double dropout = 0.2;
    double lr = 2e-3;
    Dim warmup = 400;
    double smoothing = 0.1;
    double clip = 2;
    std::uint64_t seed = 1;
    double minutes = 0;  // what was asked for, one of three; 0 where it was not
    double epochs = 0;
    Dim steps = 0;       // in all; from minutes it is set once, from the speed of the first steps, and 0 until then
};

std::string to_json(const Config& config);
Config config_from_json(const std::string& text, const std::string& name);  // throws FileError naming the file `name`

Config read_config(const std::filesystem::path& folder);
void write_config(const std::filesystem::path& folder, const Config& config);

}  // namespace heed::pronounce
