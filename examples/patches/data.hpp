#pragma once
// The training and dev images of a run.
#include <optional>
#include <heed/examples/patches/options.hpp>

namespace heed::patches {

// The training and dev images. DATA holds pairs of IDX files, which are cut after `cut` images or before the last
// `dev`, or train/CLASS/*.png and dev/CLASS/*.png.
struct Data {
    image::LabelledImages train, dev;
};
// For folders of classes, `known` are the classes of the run, if it has begun. Throws FileError.
Data read_data(const Options& config, std::optional<Dim> cut = {}, const std::vector<std::string>& known = {});
// The images for evaluating a trained model: the dev images, or the test set, t10k or test/CLASS/*.png. Classes are the
// model's, by name; some may be absent. Throws FileError for a class that the model does not know, and for images of
// another size than it takes.
image::LabelledImages read_held_out(const Options& config, bool test, std::optional<Dim> cut = {});
void set_from_data(const Data& data, Options& config);  // sets the sizes, the classes, mean and deviation

}  // namespace heed::patches
