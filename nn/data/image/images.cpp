// Images with labels, from files to augmented batches.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/entries.hpp>
#include <heed/nn/data/image/idx.hpp>
#include <heed/nn/data/image/images.hpp>

namespace heed::image {
namespace {

namespace fs = std::filesystem;

std::string plain_or_packed(const std::string& folder, const std::string& name) {
    const fs::path plain = fs::path(folder) / name, packed = plain.string() + ".gz";
    std::error_code error;
    return fs::exists(plain, error) ? plain.string() : packed.string();
}

// The index of a folder's class; a new one where none are known beforehand.
std::int64_t label_of(LabelledImages& images, const fs::path& folder, bool known) {
    const std::string name = folder.filename().string();
    if (!utf8::is_utf8(name))
        throw FileError(
            fmt::format("{}: the folder {} has a name that is not UTF-8, which a model's folder cannot hold; rename it",
                        folder.parent_path().string(), utf8::in_quotes(name)));
    const auto found = std::ranges::find(images.classes, name);
    if (known && found == images.classes.end())
        throw FileError(fmt::format("{}: is no class of the model, which knows {}", folder.string(),
                                    fmt::join(images.classes, ", ")));
    const auto label = found - images.classes.begin();
    if (!known) images.classes.push_back(name);
    return label;
}

// An image that its steps change in place.
struct Canvas {
    std::span<Real> x;
    Dim height, width, channels;
    Real& at(Dim row, Dim column, Dim c) const {
        return x[static_cast<std::size_t>((row * width + column) * channels + c)];
    }

    void flip() const {
        for (Dim row = 0; row < height; ++row)
            for (Dim column = 0; column < width / 2; ++column)
                for (Dim c = 0; c < channels; ++c) std::swap(at(row, column, c), at(row, width - 1 - column, c));
    }
    void shift(Dim down, Dim right, Real black) const {
        const std::vector<Real> before(x.begin(), x.end());
        for (Dim row = 0; row < height; ++row)
            for (Dim column = 0; column < width; ++column)
                for (Dim c = 0; c < channels; ++c) {
                    const Dim from_row = row - down, from_column = column - right;
                    const bool inside = 0 <= from_row && from_row < height && 0 <= from_column && from_column < width;
                    at(row, column, c) =
                        inside ? before[static_cast<std::size_t>((from_row * width + from_column) * channels + c)]
                               : black;
                }
    }
};

}  // namespace

void add_values(LabelledImages& images, const Image& image, const std::string& path) {
    if (images.values.empty()) {
        images.height = image.height, images.width = image.width, images.channels = image.channels;
    } else if (image.height != images.height || image.width != images.width) {
        throw FileError(fmt::format("{}: has {} x {} pixels; expected {} x {}, the size of the first image", path,
                                    image.width, image.height, images.width, images.height));
    }
    images.values.insert(images.values.end(), image.values.begin(), image.values.end());
}

Image read_fitting_png(const std::string& path, Dim height, Dim width, Dim channels) {
    Image image = read_png(path, channels);
    if (image.height != height || image.width != width)
        throw FileError(fmt::format("{}: has {} x {} pixels; the model takes {} x {}", path, image.width, image.height,
                                    width, height));
    return image;
}

void require_as_begun(const LabelledImages& images, const std::vector<std::string>& classes, Dim height, Dim width,
                      const std::string& data) {
    if (images.classes != classes || images.height != height || images.width != width)
        throw FileError(fmt::format("{}: has images of {} x {} in the classes {}; the run began with {} x {}, {}", data,
                                    images.width, images.height, fmt::join(images.classes, ", "), width, height,
                                    fmt::join(classes, ", ")));
}

LabelledImages read_idx_images(const std::string& folder, const std::string& part,
                               const std::vector<std::string>& classes) {
    const std::string images_path = plain_or_packed(folder, part + "-images-idx3-ubyte");
    const std::string labels_path = plain_or_packed(folder, part + "-labels-idx1-ubyte");
    Idx images = read_idx(images_path);
    const Idx labels = read_idx(labels_path);
    if (images.shape.size() != 3 || images.shape.count() == 0)
        throw FileError(fmt::format("{}: holds an array of {}; expected (images, height, width), none of them 0",
                                    images_path, to_string(images.shape)));
    if (labels.shape.size() != 1 || labels.shape[0] != images.shape[0])
        throw FileError(fmt::format("{}: holds an array of {}; expected ({}), a label for each image of {}",
                                    labels_path, to_string(labels.shape), images.shape[0], images_path));
    for (std::size_t i = 0; i < labels.values.size(); ++i)
        if (labels.values[i] >= classes.size())
            throw FileError(fmt::format("{}: label {} is {}; expected 0 to {}", labels_path, i, labels.values[i],
                                        classes.size() - 1));
    return {images.shape[1], images.shape[2], 1, std::move(images.values), {labels.values.begin(), labels.values.end()},
            classes};
}

const std::vector<std::string>& fashion_classes() {
    static const std::vector<std::string> classes = {"T-shirt", "trousers", "pullover", "dress", "coat",
                                                     "sandal",  "shirt",    "sneaker",  "bag",   "boot"};
    return classes;
}

LabelledImages part_of(const LabelledImages& images, Dim from, Dim to) {
    LabelledImages part = images;
    part.values.assign(images.values.begin() + from * images.each(), images.values.begin() + to * images.each());
    part.labels.assign(images.labels.begin() + from, images.labels.begin() + to);
    return part;
}

LabelledImages read_class_folders(const std::string& folder, Dim channels, const std::vector<std::string>& known) {
    LabelledImages images;
    images.classes = known;
    for (const fs::path& of_class : data::visible_entries(folder, "CLASS/*.png")) {
        if (!fs::is_directory(of_class))
            throw FileError(fmt::format("{}: is no folder; expected a folder for each class", of_class.string()));
        const std::vector<fs::path> files = data::visible_entries(of_class, "PNG files");
        if (files.empty())
            throw FileError(
                fmt::format("{}: holds no images; put some there, or remove this class", of_class.string()));
        const std::int64_t label = label_of(images, of_class, !known.empty());
        for (const fs::path& file : files) {
            add_values(images, read_png(file.string(), channels), file.string());
            images.labels.push_back(label);
        }
    }
    if (images.labels.empty()) throw FileError(fmt::format("{}: holds no images; expected CLASS/*.png", folder));
    return images;
}

Moments moments_of(const LabelledImages& images) {
    double sum = 0, squares = 0;
    for (const std::uint8_t value : images.values) sum += value, squares += double{1} * value * value;
    const auto n = static_cast<double>(images.values.size());
    const double mean = sum / n / 255;
    return {mean, std::max(1e-3, std::sqrt(std::max(0.0, squares / n / 255 / 255 - mean * mean)))};
}

Array batch_of(const LabelledImages& images, std::span<const Dim> which, double mean, double deviation) {
    Array x = Array::from_shape({static_cast<Dim>(which.size()), images.height, images.width, images.channels});
    Real* to = x.data();
    for (const Dim i : which) {
        const std::uint8_t* from = images.values.data() + i * images.each();
        for (Dim k = 0; k < images.each(); ++k) *to++ = static_cast<Real>((from[k] / 255.0 - mean) / deviation);
    }
    return x;
}

void augment(std::span<Real> image, Dim width, Dim channels, Real black, const AugmentOptions& options,
             RandomStream random) {
    const Canvas canvas{image, static_cast<Dim>(image.size()) / (width * channels), width, channels};
    std::uint64_t drawn = 0;
    const auto uniform = [&] { return random.uniform(drawn++); };
    const auto below = [&](Dim n) { return static_cast<Dim>(uniform() * static_cast<double>(n)); };
    const Dim down = below(2 * options.shift + 1) - options.shift, right = below(2 * options.shift + 1) - options.shift;
    if (uniform() < 0.5 && options.flip) canvas.flip();
    if (down != 0 || right != 0) canvas.shift(down, right, black);
    if (uniform() >= options.erase) return;
    const double area = (0.02 + 0.18 * uniform()) * static_cast<double>(canvas.height * width);
    const double aspect =
        std::exp(std::log(0.3) + (std::log(3.3) - std::log(0.3)) * uniform());  // as likely high as wide
    const Dim high = std::clamp<Dim>(std::lround(std::sqrt(area * aspect)), 1, canvas.height);
    const Dim wide = std::clamp<Dim>(std::lround(std::sqrt(area / aspect)), 1, width);
    const Dim top = below(canvas.height - high + 1), left = below(width - wide + 1);
    const auto noise = drawn;
    for (Dim row = 0; row < high; ++row)
        for (Dim i = 0; i < wide * channels; ++i)
            canvas.at(top + row, left + i / channels, i % channels) =
                static_cast<Real>(random.normal(noise + static_cast<std::uint64_t>(row * wide * channels + i)));
}

}  // namespace heed::image
