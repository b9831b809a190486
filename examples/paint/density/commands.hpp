#pragma once
// The task `density`: the bits that each pixel of a picture takes.
#include <heed/examples/paint/density/model.hpp>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/input.hpp>

namespace heed::paint {

struct DensityOptions : TaskOptions {
    static constexpr const char* about = "train a model that says how likely a picture is";
    DensityModelOptions model;
    DensityOptions() { batch = 32; }
    void declare(training::Settings& s) {
        model.declare(s);
        TaskOptions::declare(s);
    }
};
int train_density(DensityOptions config, const program::Launch& launch);

struct DensityEvalOptions : program::CommandOptions {
    static constexpr const char* about = "measure a model: bits per dimension of the pictures held out";
    Dim count = 0;
    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("count", count, "of them; 0: all").within(0);
    }
};
int evaluate_density(const DensityEvalOptions& options);

struct DensityPredictOptions : program::FileOptions {
    static constexpr const char* about = "say how many bits pictures take";
    void declare(training::Settings& s) {
        FileOptions::declare(s, "PNG files of the size that the model was trained on");
    }
};
// A file that cannot be read or has another size is named, the others are still done; then the exit code is 65.
int predict_density(const DensityPredictOptions& options);

int attend_density(const program::AttendOptions& options);

}  // namespace heed::paint
