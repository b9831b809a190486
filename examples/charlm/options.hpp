#pragma once
// The options of a training run; written to its folder, and read again by --resume.
#include <heed/examples/charlm/model.hpp>

namespace heed::charlm {

struct Options : program::RunOptions {
    static constexpr const char* about = "train a model on a text, of which the last tenth is held out";
    std::string data;
    Dim batch = 12;
    ModelOptions model;
    double lr = 2e-3, decay = 0.1;
    Dim warmup = 200;
    Dim eval_examples = 1000;  // windows

    void check() const;  // throws UsageError

    void declare(training::Settings& s) {
        using namespace program;
        s.add("data", data, "a file of UTF-8 text").required().may_change();
        s.add("batch", batch, "windows in a step").within(1, most_rows);
        model.declare(s);
        s.add("lr", lr, "the highest learning rate").above(0);
        s.add("decay", decay, "of weights").within(0, 10);
        s.add("warmup", warmup, "steps in which the rate rises").within(0);
        declare_eval_examples(s, eval_examples, 1000);
        declare_stretches(s, stretches);
        RunOptions::declare(s);
    }
};

}  // namespace heed::charlm
