// Reading labelled images, the split, and the statistics of the training set.
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/error.hpp>
#include <heed/examples/patches/data.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::patches {
namespace {

bool has_idx(const std::string& folder) {
    std::error_code error;
    const std::filesystem::path images = std::filesystem::path(folder) / "train-images-idx3-ubyte";
    return std::filesystem::exists(images, error) || std::filesystem::exists(images.string() + ".gz", error);
}

std::string below(const std::string& folder, const char* name) {
    return (std::filesystem::path(folder) / name).string();
}

void require_size(const image::LabelledImages& images, Dim height, Dim width, const std::string& where) {
    if (images.height != height || images.width != width)
        throw FileError(
            fmt::format("{}: has images of {} x {}; expected {} x {}, "
                        "the size that the model is trained on",
                        where, images.width, images.height, width, height));
}

// IDX files have labels without names.
void require_classes_of_idx(const Options& config) {
    if (config.model.class_names() != image::fashion_classes())
        throw FileError(fmt::format("{}: holds IDX files, whose classes are {}; the model's are {}", config.data,
                                    fmt::join(image::fashion_classes(), ", "),
                                    fmt::join(config.model.class_names(), ", ")));
}

}  // namespace

void Options::check() const {
    if (model.channels == 2) throw program::UsageError("--channels 2: expected 1, grey, or 3, colour");
}

Data read_data(const Options& config, std::optional<Dim> cut, const std::vector<std::string>& known) {
    if (!has_idx(config.data)) {
        Data data{image::read_class_folders(below(config.data, "train"), config.model.channels, known), {}};
        data.dev = image::read_class_folders(below(config.data, "dev"), config.model.channels, data.train.classes);
        require_size(data.dev, data.train.height, data.train.width, below(config.data, "dev"));
        return data;
    }
    const image::LabelledImages all = image::read_idx_images(config.data, "train", image::fashion_classes());
    if (all.size() <= config.dev)
        throw FileError(
            fmt::format("{}: has {} images to train on; {} are to be kept back", config.data, all.size(), config.dev));
    const Dim at = std::min(all.size(), cut.value_or(all.size() - config.dev));
    return {image::part_of(all, 0, at), image::part_of(all, at, all.size())};
}

image::LabelledImages read_held_out(const Options& config, bool test, std::optional<Dim> cut) {
    image::LabelledImages images;
    std::string where = config.data;
    if (has_idx(config.data)) {
        require_classes_of_idx(config);
        images =
            test ? image::read_idx_images(config.data, "t10k", image::fashion_classes()) : read_data(config, cut).dev;
    } else {
        where = below(config.data, test ? "test" : "dev");
        images = image::read_class_folders(where, config.model.channels, config.model.class_names());
    }
    require_size(images, config.model.height, config.model.width, where);
    return images;
}

void set_from_data(const Data& data, Options& config) {
    const image::LabelledImages& p = data.train;
    config.model.height = p.height, config.model.width = p.width, config.model.channels = p.channels;
    // If the names are the same, the text of an earlier run is kept.
    if (config.model.class_names() != p.classes) config.model.classes = nlohmann::json(p.classes).dump();
    const image::Moments moments = image::moments_of(p);
    config.model.mean = moments.mean, config.model.deviation = moments.deviation;
}

}  // namespace heed::patches
