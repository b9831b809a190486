#pragma once
// What a training run was asked to do; written to its folder, and read again by --resume.
#include <heed/examples/common/lower_case.hpp>
#include <heed/examples/common/run.hpp>

namespace heed::pronounce {

inline constexpr const char* default_dictionary = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";

struct Config : examples::RunConfig {
    std::string data = default_dictionary;
    bool hold_out_test = true;  // keep back the test words (5 %) as well as the dev words (2 %)
    Dim batch = 64;
    std::string model = "gru";  // or "transformer"
    Dim embedding = 128;
    Dim width = 256;
    Dim layers = 3;
    Dim heads = 4;
    double dropout = 0.1;
    double lr = 3e-3;
    Dim warmup = 400;
    double smoothing = 0.05;
    std::string lower_casing = examples::name_of(examples::best_lower_case(examples::LowerCase::latin1));  // what the words went through

    Config() { clip = 2; }
    training::Fields fields();  // of this object
};

}  // namespace heed::pronounce
