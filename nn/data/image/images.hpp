#pragma once
// Images of one size with labels: from pairs of IDX files, or from folders of PNG files, all at once or one after the
// other; as batches, and changed a little for training.
#include <functional>
#include <span>
#include <string>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/image/idx.hpp>
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

// The first image sets the size. Throws FileError, naming `path`, for one of another size.
void take_size(LabelledImages& images, const Image& image, const std::string& path);
// Appends an image without its label; throws as take_size().
void add_values(LabelledImages& images, const Image& image, const std::string& path);

// An image of the size that a model takes; throws FileError as read_png() does, and for another size.
Image read_fitting_png(const std::string& path, Dim height, Dim width, Dim channels);

// Labels are indices of classes, so a resumed run must have the classes and the size that it began with: throws
// FileError, naming `data`, for others.
void require_as_begun(const LabelledImages& images, const std::vector<std::string>& classes, Dim height, Dim width,
                      const std::string& data);

// FOLDER/PART-images-idx3-ubyte and FOLDER/PART-labels-idx1-ubyte, or both with .gz, PART being "train" or "t10k", as
// MNIST and Fashion-MNIST come (Debian's dataset-fashion-mnist: /usr/share/datasets/fashion-mnist), image by image. All
// members throw FileError, naming the file, also where there are more or fewer images than labels, and for a label that
// is no index of `classes` classes.
class IdxImages {
public:
    static std::vector<std::string> files_of(const std::string& folder, const std::string& part);

    IdxImages(const std::vector<std::string>& files, std::size_t classes, std::uint64_t most_values);
    Dim size() const { return images_.shape()[0]; }
    Dim height() const { return images_.shape()[1]; }
    Dim width() const { return images_.shape()[2]; }
    std::int64_t next(std::span<std::uint8_t> image);  // its label; after the last one: finish()
    void finish();
    std::uint64_t file_at() const { return images_.file_at() + labels_.file_at(); }

private:
    std::string path_;  // of the labels
    IdxStream images_, labels_;
    std::size_t classes_, next_ = 0;
};

// All of them; throws as IdxImages.
LabelledImages read_idx_images(const std::string& folder, const std::string& part,
                               const std::vector<std::string>& classes);

// Fashion-MNIST: where Debian's dataset-fashion-mnist puts it, and its classes, of which its files hold indices only.
inline constexpr const char* fashion_folder = "/usr/share/datasets/fashion-mnist";
const std::vector<std::string>& fashion_classes();

// Images `from` to `to` - 1.
LabelledImages part_of(const LabelledImages& images, Dim from, Dim to);

// A folder's class and its files, in the order of their names.
struct ClassFolder {
    std::string name;
    std::vector<std::string> files;
};
// FOLDER/CLASS/*.png, in the order of their names, without hidden ones. Throws FileError, naming the file or folder,
// for a class without images, one whose name is not UTF-8, and where there are none.
std::vector<ClassFolder> class_folders(const std::string& folder);
// Among known classes; throws FileError, naming the folder, for one that is not there.
std::int64_t label_of(const std::vector<std::string>& known, const std::string& folder, const std::string& name);

// All images of class_folders(). Classes that are `known`, such as a model's, are the result's classes, whichever of
// them have folders. Throws FileError, naming the file, as class_folders() and label_of() do, and for a file that is no
// PNG file or of another size than the first.
LabelledImages read_class_folders(const std::string& folder, Dim channels = 1,
                                  const std::vector<std::string>& known = {});

// Of all values, from 0 to 1; the deviation is at least 0.001.
struct Moments {
    double mean = 0, deviation = 1;
};
Moments moments_of(const LabelledImages& images);
Moments moments_of(double sum, double squares, double n);  // of n values of 0 to 255

// Images as values: (value / 255 - mean) / deviation. -> (b, height, width, channels), the shape
Array batch_of(const Shape& shape, const std::function<const std::uint8_t*(Dim)>& image, double mean, double deviation);
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
