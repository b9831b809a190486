#include <cmath>
#include <fmt/format.h>
#include <heed/core/error.hpp>
#include <heed/examples/patches/config.hpp>

namespace heed::patches {
namespace {

bool has_idx(const std::string& folder) {
    std::error_code error;
    const std::filesystem::path images = std::filesystem::path(folder) / "train-images-idx3-ubyte";
    return std::filesystem::exists(images, error) || std::filesystem::exists(images.string() + ".gz", error);
}

Pictures part(const Pictures& all, Dim from, Dim to) {
    return {all.height, all.width, all.channels, {all.values.begin() + from * all.each(), all.values.begin() + to * all.each()},
            {all.labels.begin() + from, all.labels.begin() + to}, all.classes};
}

std::string below(const std::string& folder, const char* name) { return (std::filesystem::path(folder) / name).string(); }

void require_like(const Pictures& pictures, const Pictures& train, const std::string& where) {
    if (pictures.classes != train.classes || pictures.height != train.height || pictures.width != train.width)
        throw FileError(fmt::format("{}: has pictures of {} x {} in the classes {}; expected those of the training data: {} x {}, {}", where,
                                    pictures.width, pictures.height, fmt::join(pictures.classes, ", "), train.width, train.height,
                                    fmt::join(train.classes, ", ")));
}

}  // namespace

training::Fields Config::fields() {
    using namespace examples;
    training::Fields f;
    f.add("data", data).add("dev", dev).within(1).add("batch", batch).within(1, most_rows).add("lr", lr).within(0).add("warmup", warmup).within(0);
    f.add("decay", decay).within(0, 10).add("smoothing", smoothing).within(0, 0.99).add("ema", ema).within(0, 0.99999);
    f.add("shift", augment.shift).within(0, most_rows).add("flip", augment.flip).add("erase", augment.erase).within(0, 1);
    f.add("patch", model.patch).within(1, most_rows).add("convolutions", model.convolutions).add("offsets", model.offsets);
    f.add("dim", model.dim).within(1, most_width).add("layers", model.layers).within(1, most_layers).add("heads", model.heads).within(1, most_width);
    f.add("hidden", model.hidden).within(1, most_width).add("dropout", model.dropout).within(0, 0.99);
    f.add("height", model.height).within(1, most_rows).add("width", model.width).within(1, most_rows);
    f.add("channels", model.channels).within(1, 3).add("classes", classes).add("mean", mean).add("deviation", deviation);
    name(f);
    return f;
}

std::vector<std::string> Config::class_names() const {
    std::vector<std::string> names(1);
    for (const char c : classes) {
        if (c == ',') names.emplace_back();
        else names.back() += c;
    }
    return names;
}

Data read_data(const Config& config) {
    if (!has_idx(config.data)) {
        Data data{read_png_folders(below(config.data, "train"), config.model.channels),
                  read_png_folders(below(config.data, "dev"), config.model.channels)};
        require_like(data.dev, data.train, below(config.data, "dev"));
        return data;
    }
    const Pictures all = read_mnist(config.data, "train", fashion_classes());
    if (all.size() <= config.dev)
        throw FileError(fmt::format("{}: has {} pictures to train on; {} are to be kept back", config.data, all.size(), config.dev));
    return {part(all, 0, all.size() - config.dev), part(all, all.size() - config.dev, all.size())};
}

Pictures read_test(const Config& config) {
    if (has_idx(config.data)) return read_mnist(config.data, "t10k", fashion_classes());
    return read_png_folders(below(config.data, "test"), config.model.channels);
}

void look_at(const Data& data, Config& config) {
    const Pictures& p = data.train;
    config.model.height = p.height, config.model.width = p.width, config.model.channels = p.channels;
    config.model.classes = static_cast<Dim>(p.classes.size());
    config.classes = fmt::format("{}", fmt::join(p.classes, ","));
    double sum = 0, squares = 0;
    for (const std::uint8_t value : p.values) sum += value, squares += double{1} * value * value;
    const auto n = static_cast<double>(p.values.size());
    config.mean = sum / n / 255;
    config.deviation = std::max(1e-3, std::sqrt(std::max(0.0, squares / n / 255 / 255 - config.mean * config.mean)));
}

}  // namespace heed::patches
