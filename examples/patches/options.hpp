#pragma once
// The options of a training run, and what it found in its data; written to its folder, and read again by --resume, eval
// and predict.
#include <string>
#include <heed/examples/models/image_data.hpp>
#include <heed/examples/patches/model.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::patches {

struct HEED_ABI Options : program::RunOptions {
    static constexpr const char* about = "train a model on labelled images";
    std::string data = image::fashion_folder;
    Dim dev = 10000;  // of IDX files: this many images at the end of "train" are kept back
    ModelOptions model;
    image::AugmentOptions augment{.shift = 1, .flip = true, .erase = 0};
    Dim batch = 128;
    double lr = 2e-3;
    Dim warmup = 200;
    double decay = 0.05, smoothing = 0.05, ema = 0.998;
    Dim eval_examples = 10000;  // images

    void check() const {
        if (model.channels == 2) throw program::UsageError("--channels 2: expected 1, grey, or 3, colour");
    }
    models::ImageSource source() const { return {data, dev, model.channels}; }
    void declare(training::Settings& s) {
        using namespace program;
        s.add("data", data, "folder of IDX files (as Fashion-MNIST), or with train/CLASS/*.png and dev/CLASS/*.png")
            .may_change();
        s.add("dev", dev, "of IDX files: this many at the end are kept back").within(1);
        s.add("batch", batch, "images in a step").within(1, most_rows);
        declare_rate(s, lr, warmup);
        s.add("decay", decay, "of the weights").within(0, 10);
        s.add("smoothing", smoothing, "label smoothing").within(0, 0.99);
        s.add("ema", ema, "decay of the weights' average, which is what is kept").within(0, 0.99999);
        s.add("shift", augment.shift, "images are shifted by at most this many pixels").within(0, most_rows);
        s.add("flip", augment.flip, "mirror every other image");
        s.add("erase", augment.erase, "chance that a rectangle becomes noise").within(0, 1);
        declare_eval_examples(s, eval_examples, 0);
        model.declare(s);
        RunOptions::declare(s);
    }
};

}  // namespace heed::patches
