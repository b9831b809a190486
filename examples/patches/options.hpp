#pragma once
// What a training run was asked to do, and what it found in its data; written to its folder, and read again by --resume, eval and predict.
#include <string>
#include <vector>
#include <heed/nn/program/options.hpp>
#include <heed/examples/patches/model.hpp>
#include <heed/examples/patches/pictures.hpp>

namespace heed::patches {

inline constexpr const char* default_data = "/usr/share/datasets/fashion-mnist";

struct HEED_ABI Options : program::RunOptions {
    std::string data = default_data;
    Dim dev = 10000;           // of IDX files: the last so many pictures of "train" are kept back
    ModelOptions model;
    AugmentOptions augment{.shift = 1, .flip = true, .erase = 0};
    Dim batch = 128;
    double lr = 2e-3;
    Dim warmup = 200;
    double decay = 0.05;
    double smoothing = 0.05;
    double ema = 0.998;
    std::string classes;       // from the data: their names as a JSON list; see class_names()
    double mean = 0, deviation = 1;

    std::vector<std::string> class_names() const;
    void check() const;  // throws UsageError
    void declare(training::Settings& s) {
        using namespace program;
        s.add("data", data, "folder of IDX files (as Fashion-MNIST), or with train/CLASS/*.png and dev/CLASS/*.png").may_change();
        s.add("dev", dev, "of IDX files: the last so many are kept back").within(1);
        s.add("batch", batch, "pictures in a step").within(1, most_rows);
        s.add("lr", lr, "the highest learning rate").above(0);
        s.add("warmup", warmup, "steps in which it rises").within(0);
        s.add("decay", decay, "of the weights").within(0, 10);
        s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
        s.add("ema", ema, "decay of the weights' average, which is what is kept").within(0, 0.99999);
        s.add("shift", augment.shift, "pixels by which pictures are moved at most").within(0, most_rows);
        s.add("flip", augment.flip, "mirror every other picture");
        s.add("erase", augment.erase, "chance that a rectangle becomes noise").within(0, 1);
        s.add("patch", model.patch, "pixels to each side of a patch").within(1, most_rows);
        s.add("convolutions", model.convolutions, "patches by convolutions, or by one linear layer").negated("linear");
        s.add("offsets", model.offsets, "a learned bias for each offset between two patches");
        s.add("dim", model.dim, "width of the tokens").within(1, most_width);
        s.add("layers", model.layers, "of the encoder").within(1, most_layers);
        s.add("heads", model.heads, "a divisor of --dim").within(1, most_width);
        s.add("hidden", model.hidden, "width inside a layer").within(1, most_width);
        s.add("dropout", model.dropout, "probability").within(0, 0.99);
        s.add("height", model.height).within(1, most_rows).no_flag();
        s.add("width", model.width).within(1, most_rows).no_flag();
        s.add("channels", model.channels, "of PNG files: 1 grey, 3 colour").within(1, 3);
        s.add("classes", classes).no_flag();
        s.add("mean", mean).no_flag();
        s.add("deviation", deviation).no_flag();
        RunOptions::declare(s);
    }
};

}  // namespace heed::patches
