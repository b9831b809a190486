#pragma once
// The pictures that a run learns from, and those that it is measured by.
#include <optional>
#include <heed/examples/patches/options.hpp>

namespace heed::patches {

const std::vector<std::string>& fashion_classes();  // of Fashion-MNIST, whose files have numbers alone

// The pictures to learn from and to measure by. DATA holds pairs of IDX files, which are cut after `cut` pictures or before the last `dev`, or
// train/CLASS/*.png and dev/CLASS/*.png.
struct Data {
    image::LabelledImages train, dev;
};
// Classes of folders are those `known`, such as a run's, where there are some. Throws FileError.
Data read_data(const Options& config, std::optional<Dim> cut = {}, const std::vector<std::string>& known = {});
// What a trained model is measured by: the dev pictures, or the test set, t10k or test/CLASS/*.png. Classes are the model's, by name, and not each
// need be there. Throws FileError for a class that it does not know, and for pictures of another size than it takes.
image::LabelledImages read_held_out(const Options& config, bool test, std::optional<Dim> cut = {});
void look_at(const Data& data, Options& config);  // sets the sizes, the classes, mean and deviation

}  // namespace heed::patches
