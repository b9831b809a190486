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

void take_size(LabelledImages& images, const Image& image, const std::string& path) {
    if (images.height == 0) images.height = image.height, images.width = image.width, images.channels = image.channels;
    if (image.height != images.height || image.width != images.width)
        throw FileError(fmt::format("{}: has {} x {} pixels; expected {} x {}, the size of the first image", path,
                                    image.width, image.height, images.width, images.height));
}

void add_values(LabelledImages& images, const Image& image, const std::string& path) {
    take_size(images, image, path);
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

std::vector<std::string> IdxImages::files_of(const std::string& folder, const std::string& part) {
    return {plain_or_packed(folder, part + "-images-idx3-ubyte"), plain_or_packed(folder, part + "-labels-idx1-ubyte")};
}

IdxImages::IdxImages(const std::vector<std::string>& files, std::size_t classes, std::uint64_t most_values)
    : path_(files.at(1)), images_(files.at(0), most_values), labels_(path_, most_values), classes_(classes) {
    const Shape &of_images = images_.shape(), &of_labels = labels_.shape();
    if (of_images.size() != 3 || of_images.count() == 0)
        throw FileError(fmt::format("{}: holds an array of {}; expected (images, height, width), none of them 0",
                                    files[0], to_string(of_images)));
    if (of_labels.size() != 1 || of_labels[0] != of_images[0])
        throw FileError(fmt::format("{}: holds an array of {}; expected ({}), a label for each image of {}", path_,
                                    to_string(of_labels), of_images[0], files[0]));
}

std::int64_t IdxImages::next(std::span<std::uint8_t> image) {
    std::uint8_t label[1];
    labels_.read(label);
    if (label[0] >= classes_)
        throw FileError(fmt::format("{}: label {} is {}; expected 0 to {}", path_, next_, label[0], classes_ - 1));
    ++next_;
    images_.read(image);
    return label[0];
}

void IdxImages::finish() {
    images_.finish();
    labels_.finish();
}

LabelledImages read_idx_images(const std::string& folder, const std::string& part,
                               const std::vector<std::string>& classes) {
    IdxImages file(IdxImages::files_of(folder, part), classes.size(), std::uint64_t{1} << 30);
    LabelledImages all{file.height(), file.width(), 1, {}, {}, classes};
    const auto n = static_cast<std::size_t>(file.size()), each = static_cast<std::size_t>(all.each());
    all.values.resize(n * each);
    for (std::size_t i = 0; i < n; ++i) all.labels.push_back(file.next(std::span(all.values).subspan(i * each, each)));
    file.finish();
    return all;
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

std::vector<ClassFolder> class_folders(const std::string& folder) {
    std::vector<ClassFolder> all;
    for (const fs::path& of_class : data::visible_entries(folder, "CLASS/*.png")) {
        if (!fs::is_directory(of_class))
            throw FileError(fmt::format("{}: is no folder; expected a folder for each class", of_class.string()));
        ClassFolder& one = all.emplace_back(ClassFolder{of_class.filename().string(), {}});
        for (const fs::path& file : data::visible_entries(of_class, "PNG files")) one.files.push_back(file.string());
        if (one.files.empty())
            throw FileError(
                fmt::format("{}: holds no images; put some there, or remove this class", of_class.string()));
        if (!utf8::is_utf8(one.name))
            throw FileError(fmt::format(
                "{}: the folder {} has a name that is not UTF-8, which a model's folder cannot hold; rename it", folder,
                utf8::in_quotes(one.name)));
    }
    if (all.empty()) throw FileError(fmt::format("{}: holds no images; expected CLASS/*.png", folder));
    return all;
}

std::int64_t label_of(const std::vector<std::string>& known, const std::string& folder, const std::string& name) {
    const auto found = std::ranges::find(known, name);
    if (found == known.end())
        throw FileError(fmt::format("{}: is no class of the model, which knows {}", (fs::path(folder) / name).string(),
                                    fmt::join(known, ", ")));
    return found - known.begin();
}

LabelledImages read_class_folders(const std::string& folder, Dim channels, const std::vector<std::string>& known) {
    LabelledImages images;
    images.classes = known;
    for (const ClassFolder& of_class : class_folders(folder)) {
        if (known.empty()) images.classes.push_back(of_class.name);
        const std::int64_t label = label_of(images.classes, folder, of_class.name);
        for (const std::string& file : of_class.files) {
            add_values(images, read_png(file, channels), file);
            images.labels.push_back(label);
        }
    }
    return images;
}

Moments moments_of(const LabelledImages& images) {
    double sum = 0, squares = 0;
    for (const std::uint8_t value : images.values) sum += value, squares += double{1} * value * value;
    return moments_of(sum, squares, static_cast<double>(images.values.size()));
}

Moments moments_of(double sum, double squares, double n) {
    const double mean = sum / n / 255;
    return {mean, std::max(1e-3, std::sqrt(std::max(0.0, squares / n / 255 / 255 - mean * mean)))};
}

Array batch_of(const Shape& shape, const std::function<const std::uint8_t*(Dim)>& image, double mean,
               double deviation) {
    Array x = Array::from_shape(shape);
    Real* to = x.data();
    const Dim b = shape[0], each = b ? shape.count() / b : 0;
    for (Dim i = 0; i < b; ++i) {
        const std::uint8_t* from = image(i);
        for (Dim k = 0; k < each; ++k) *to++ = static_cast<Real>((from[k] / 255.0 - mean) / deviation);
    }
    return x;
}

Array batch_of(const LabelledImages& images, std::span<const Dim> which, double mean, double deviation) {
    return batch_of(
        {static_cast<Dim>(which.size()), images.height, images.width, images.channels},
        [&](Dim i) { return images.values.data() + which[static_cast<std::size_t>(i)] * images.each(); }, mean,
        deviation);
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
