#pragma once
// The options of a training run, and what it found in its data; written to its folder, and read again by --resume and
// eval.
#include <string>
#include <heed/examples/detect/model.hpp>
#include <heed/nn/data/image/boxes.hpp>

namespace heed::detect {

struct HEED_ABI Options : program::RunOptions {
    static constexpr const char* about = "train a model on images with boxes";
    std::string data = image::fashion_folder;
    std::string train = {}, val = {};  // none: scenes of Fashion-MNIST's images
    double scale = 1;
    Dim scenes = 4000;
    ModelOptions model;
    image::CropOptions crop{.zoom = 0.2, .shift = 0.1, .flip = true, .upside_down = false};
    Dim batch = 8, repeat = 4;
    double lr = 1.5e-3;
    Dim warmup = 100;
    double decay = 0.05, ema = 0.998;

    void check() const;  // throws UsageError
    void declare(training::Settings& s) {
        using namespace program;
        s.add("data", data, "folder of PNG files; without --train of Fashion-MNIST, of whose images scenes are made")
            .may_change();
        s.add("train", train,
              "the boxes to learn from: COCO's .json, a folder of VOC's XML, or columns (file, class, left, top, "
              "right, bottom)")
            .may_change();
        s.add("val", val, "the same of the images held out").may_change();
        s.add("scale", scale, "of columns: coordinates of a pixel").above(0);
        s.add("scenes", scenes, "without --train: scenes to learn from").within(10, most_rows);
        s.add("batch", batch, "images in a step").within(1, most_rows);
        s.add("repeat", repeat, "patches that learn to find each object").within(1, most_rows);
        declare_rate(s, lr, warmup);
        s.add("decay", decay, "of the weights").within(0, 10);
        s.add("ema", ema, "decay of the weights' average, which is what is kept").within(0, 0.99999);
        s.add("zoom", crop.zoom, "images are seen up to this much larger or smaller").within(0, 4);
        s.add("shift", crop.shift, "images are shifted by up to this part of their size").within(0, 0.5);
        s.add("flip", crop.flip, "mirror every other image");
        s.add("upside_down", crop.upside_down, "turn every other image on its head");
        model.declare(s);
        RunOptions::declare(s);
    }
};

}  // namespace heed::detect
