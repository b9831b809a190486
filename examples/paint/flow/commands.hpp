#pragma once
// The task `flow`: pictures of a class, out of noise.
#include <heed/examples/paint/flow/model.hpp>
#include <heed/nn/program/attend.hpp>

namespace heed::paint {

struct FlowOptions : TaskOptions {
    static constexpr const char* about = "train a model that draws pictures of a class";
    FlowModelOptions model;
    void declare(training::Settings& s) {
        model.declare(s);
        TaskOptions::declare(s);
    }
};
int train_flow(FlowOptions config, const program::Launch& launch);

inline void declare_painting(training::Settings& s, Painting& how) {
    s.add("steps", how.steps, "from noise to picture").within(1, 1000);
    s.add("seed", how.seed, "another one draws others");
    s.add("guidance", how.guidance, "how much more like its class than like any picture; 1: as learnt").within(0, 20);
}

struct FlowEvalOptions : program::CommandOptions {
    static constexpr const char* about = "measure what a model draws: classes that are recognised, precision, recall";
    std::filesystem::path classifier = {};
    Dim count = 2000;
    Painting how;
    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("classifier", classifier, "folder of a model of the program patches, which looks at the pictures")
            .required();
        s.add("count", count, "pictures, and as many of those held out beside them").within(10, 100000);
        declare_painting(s, how);
    }
};
int evaluate_flow(const FlowEvalOptions& options);

struct FlowPredictOptions : program::CommandOptions {
    static constexpr const char* about = "draw pictures";
    std::string name = {};
    Dim count = 16, columns = 8;
    Painting how;
    std::filesystem::path out = "sheet.png";
    bool nearest = true;
    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("class", name, "of the pictures; none: all in turn");
        s.add("count", count, "pictures").within(1, 10000);
        declare_painting(s, how);
        s.add("out", out, "the sheet, a PNG file");
        s.add("columns", columns, "pictures side by side").within(1, 1000);
        s.add("nearest", nearest, "show under each picture the most similar one of those learnt from");
    }
};
// Prints the sheet's name. Throws UsageError for a class that the model does not know, FileError, IoError.
int predict_flow(const FlowPredictOptions& options);

struct FlowAttendOptions : program::AttendOptions {
    Painting how;
    double share = 0.5;
    void declare(training::Settings& s) {
        program::AttendOptions::declare(s, "class", "of the picture that is drawn");
        s.add("share", share, "of the picture, when it is looked at: 0 is noise").within(0, 0.99);
        declare_painting(s, how);
    }
};
int attend_flow(const FlowAttendOptions& options);

}  // namespace heed::paint
