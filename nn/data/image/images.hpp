#pragma once
// Images of one size with labels: from pairs of IDX files, or from folders of PNG files; as batches, and changed a
// little for training.
#include <span>
#include <string>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>

namespace heed::image {

struct LabelledImages {
    Dim height = 0, width = 0, channels = 1;
    std::vector<std::uint8_t> values;  // (n, height, width, channels)
    std::vector<std::int64_t> labels;  // (n): indices of classes
    std::vector<std::string> classes;  // their names

    Dim size() const { return static_cast<Dim>(labels.size()); }
    Dim each() const { return height * width * channels; }
};

// FOLDER/PART-images-idx3-ubyte and FOLDER/PART-labels-idx1-ubyte, or both with .gz, PART being "train" or "t10k", as
// MNIST and Fashion-MNIST come (Debian's dataset-fashion-mnist: /usr/share/datasets/fashion-mnist). Throws FileError,
// naming the file, also where there are more or fewer images than labels, and for a label that is no index of
// `classes`.
LabelledImages read_idx_images(const std::string& folder, const std::string& part,
                               const std::vector<std::string>& classes);

// FOLDER/CLASS/*.png; classes and files in the order of their names, without hidden ones. Classes that are `known`,
// such as a model's, are the result's classes, whichever of them have folders. Throws FileError, naming the file or
// folder, for a file that is no PNG file or of another size than the first, a class without images, one that is not
// known, and one whose name is not UTF-8.
LabelledImages read_class_folders(const std::string& folder, Dim channels = 1,
                                  const std::vector<std::string>& known = {});

// Images `which` as values: (value / 255 - mean) / deviation. -> (which, height, width, channels)
Array batch_of(const LabelledImages& images, std::span<const Dim> which, double mean, double deviation);

struct AugmentOptions {
    Dim shift = 2;        // by up to this many pixels up or down, and to either side; pixels that come in are `black`
    bool flip = true;     // mirrors every other image, left to right
    double erase = 0.25;  // chance that a rectangle becomes noise: 2 to 20 % of it, 0.3 to 3.3 times as high as wide
};

// Changes one image (height, width, channels) of a batch in place (erasing: Zhong et al., "Random Erasing Data
// Augmentation", 2020). `black` is what batch_of() made of the value 0. The same stream gives the same change.
void augment(std::span<Real> image, Dim width, Dim channels, Real black, const AugmentOptions& options,
             RandomStream random);

}  // namespace heed::image
