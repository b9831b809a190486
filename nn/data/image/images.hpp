#pragma once
// Images of one size with labels: from pairs of IDX files, or from folders of PNG files; as batches, and changed a little for training.
#include <span>
#include <string>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>

namespace heed::image {

struct LabelledImages {
    Dim height = 0, width = 0, channels = 1;
    std::vector<std::uint8_t> values;   // (n, height, width, channels)
    std::vector<std::int64_t> labels;   // (n): indices of classes
    std::vector<std::string> classes;   // their names

    Dim size() const { return static_cast<Dim>(labels.size()); }
    Dim each() const { return height * width * channels; }
};

// FOLDER/PART-images-idx3-ubyte and FOLDER/PART-labels-idx1-ubyte, or both with .gz, PART being "train" or "t10k", as MNIST and Fashion-MNIST come
// (Debian's dataset-fashion-mnist: /usr/share/datasets/fashion-mnist). Throws FileError, naming the file, also where the numbers of pictures
// and of labels differ, and for a label that is no index of `classes`.
LabelledImages read_idx_images(const std::string& folder, const std::string& part, const std::vector<std::string>& classes);

// FOLDER/CLASS/*.png; classes and files in the order of their names, without what is hidden. Where classes are `known`, such as a model's, they are
// the picture's classes whichever of them have folders. Throws FileError, naming the file or folder, for a file that is no PNG file or of
// another size than the first, a class without pictures, one that is not known, and one whose name is not UTF-8.
LabelledImages read_class_folders(const std::string& folder, Dim channels = 1, const std::vector<std::string>& known = {});

// Images `which` as values: (value / 255 - mean) / deviation. -> (which, height, width, channels)
Array batch_of(const LabelledImages& pictures, std::span<const Dim> which, double mean, double deviation);

struct AugmentOptions {
    Dim shift = 2;         // by up to so many pixels up or down, and to either side; what comes in is the value of 0 before batch_of()
    bool flip = true;      // every other picture, left to right
    double erase = 0.25;   // chance that a rectangle of 2 to 20 % of the picture, 0.3 to 3.3 times as high as wide, becomes noise
};

// Changes one picture (height, width, channels) of a batch in place (erasing: Zhong et al., "Random Erasing Data Augmentation", 2020).
// `black` is what the value 0 has become. The same stream gives the same change.
void augment(std::span<Real> picture, Dim width, Dim channels, Real black, const AugmentOptions& options, RandomStream random);

}  // namespace heed::image
