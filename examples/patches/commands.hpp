#pragma once
// Using a trained model: evaluating it, classifying images, and showing its attention.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/nn/data/image/png.hpp>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/input.hpp>

namespace heed::patches {

struct EvalOptions : program::CommandOptions {
    static constexpr const char* about = "evaluate a model: accuracy and confusion matrix";
    bool test = false;
    std::filesystem::path prepared = {};

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        program::declare_prepared(s, prepared);
        s.add("test", test, "on the test set instead of the dev images");
    }
};

// Prints how many images are right, by class, and the confusion matrix.
int evaluate(const EvalOptions& options);

struct PredictOptions : program::FileOptions {
    static constexpr const char* about = "classify images";
    std::filesystem::path attend = {};

    void declare(training::Settings& s) {
        FileOptions::declare(s, "PNG files of the size that the model was trained on");
        s.add("attend", attend, "folder for images of where the model attended");
    }
};

// Prints the most probable classes of each PNG file. With `attend`, a folder, draws there for each of them where the
// model attended, by inspect::roll_out, as red over the image. A file that cannot be read or has another size is named,
// the others are still done; then the exit code is 65.
int predict(const PredictOptions& options);

// Writes where the model attended in a PNG file. Throws FileError for one that cannot be read or has another size.
int attend(const program::AttendOptions& options);

}  // namespace heed::patches
