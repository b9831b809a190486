#pragma once
// Using a trained model: measuring it, finding objects in images, and showing where its queries looked.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/input.hpp>

namespace heed::detect {

struct EvalOptions : program::CommandOptions {
    static constexpr const char* about = "measure a model: COCO's average precision, by class";
    std::string boxes = {};

    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("boxes", boxes, "of other images of the same folder, as --val; none: those held out");
    }
};
int evaluate(const EvalOptions& options);

struct PredictOptions : program::FileOptions {
    static constexpr const char* about = "find objects in images";
    std::filesystem::path out = {}, json = {};
    double least = 0.3;

    void check() const;  // throws UsageError
    void declare(training::Settings& s) {
        FileOptions::declare(s, "PNG files of the size that the model was trained on");
        s.add("out", out, "PNG file for the image, enlarged, with the boxes");
        s.add("json", json, "file for COCO's JSON of results");
        s.add("least", least, "score of what is shown").within(0, 1);
    }
};
// Prints class, score and corners of each object. A file that cannot be read or has another size is named, the others
// are still done; then the exit code is 65.
int predict(const PredictOptions& options);

// Writes where in the image each query that found something looked.
int attend(const program::AttendOptions& options);

}  // namespace heed::detect
