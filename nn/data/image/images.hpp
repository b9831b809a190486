#pragma once
// Images of one size with labels: from pairs of IDX files, or from folders of PNG files; as batches, and changed a
// little for training.
#include <span>
#include <string>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/image/png.hpp>

namespace heed::image {

struct LabelledImages {
    Dim height = 0, width = 0, channels = 1;
    std::vector<std::uint8_t> values;  // (n, height, width, channels)
    std::vector<std::int64_t> labels;  // (n): indices of classes
    std::vector<std::string> classes;  // their names

    Dim size() const { return static_cast<Dim>(labels.size()); }
    Dim each() const { return height * width * channels; }
};

// Appends an image without its label; the first one sets the size. Throws FileError, naming `path`, for another size.
void add_values(LabelledImages& images, const Image& image, const std::string& path);

// An image of the size that a model takes; throws FileError as read_png() does, and for another size.
Image read_fitting_png(const std::string& path, Dim height, Dim width, Dim channels);

// Labels are indices of classes, so a resumed run must have the classes and the size that it began with: throws
// FileError, naming `data`, for others.
void require_as_begun(const LabelledImages& images, const std::vector<std::string>& classes, Dim height, Dim width,
                      const std::string& data);

// FOLDER/PART-images-idx3-ubyte and FOLDER/PART-labels-idx1-ubyte, or both with .gz, PART being "train" or "t10k", as
// MNIST and Fashion-MNIST come (Debian's dataset-fashion-mnist: /usr/share/datasets/fashion-mnist). Throws FileError,
// naming the file, also where there are more or fewer images than labels, and for a label that is no index of
// `classes`.
LabelledImages read_idx_images(const std::string& folder, const std::string& part,
                               const std::vector<std::string>& classes);

// Of Fashion-MNIST, whose files hold indices of classes only.
const std::vector<std::string>& fashion_classes();

// Images `from` to `to` - 1.
LabelledImages part_of(const LabelledImages& images, Dim from, Dim to);

// FOLDER/CLASS/*.png; classes and files in the order of their names, without hidden ones. Classes that are `known`,
// such as a model's, are the result's classes, whichever of them have folders. Throws FileError, naming the file or
// folder, for a file that is no PNG file or of another size than the first, a class without images, one that is not
// known, and one whose name is not UTF-8.
LabelledImages read_class_folders(const std::string& folder, Dim channels = 1,
                                  const std::vector<std::string>& known = {});

// Of all values, from 0 to 1; the deviation is at least 0.001.
struct Moments {
    double mean = 0, deviation = 1;
};
Moments moments_of(const LabelledImages& images);

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
