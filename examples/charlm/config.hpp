#pragma once
// What a training run was asked to do; written to its folder, and read again by --resume.
#include <heed/examples/common/run.hpp>

namespace heed::charlm {

struct Config : examples::RunConfig {
    std::string data;
    Dim batch = 12;   // windows of `block` characters in a step
    Dim block = 128;
    Dim width = 128;
    Dim layers = 4;
    Dim heads = 4;
    double dropout = 0.1;
    double lr = 2e-3;
    double decay = 0.1;
    Dim warmup = 200;
    training::Fields fields();  // of this object
};

}  // namespace heed::charlm
