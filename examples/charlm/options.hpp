#pragma once
// What a training run is asked to do; written to its folder, and read again by --resume.
#include <heed/nn/program/options.hpp>

namespace heed::charlm {

struct Options : program::RunOptions {
    std::string data;
    Dim batch = 12, block = 128;
    Dim width = 128, layers = 4, heads = 4;
    double dropout = 0.1, lr = 2e-3, decay = 0.1;
    Dim warmup = 200;

    void declare(training::Settings& s) {
        using namespace program;
        s.add("data", data, "a file of UTF-8 text").required().may_change();
        s.add("batch", batch, "windows in a step").within(1, most_rows);
        s.add("block", block, "characters in a window").within(1, most_rows);
        s.add("width", width, "of the states").within(1, most_width);
        s.add("layers", layers, "of attention and feed-forward").within(1, most_layers);
        s.add("heads", heads, "a divisor of the width").within(1, most_width);
        s.add("dropout", dropout, "probability").within(0, 0.99);
        s.add("lr", lr, "the highest learning rate").above(0);
        s.add("decay", decay, "of weights").within(0, 10);
        s.add("warmup", warmup, "steps in which the rate rises").within(0);
        RunOptions::declare(s);
    }
};

}  // namespace heed::charlm
