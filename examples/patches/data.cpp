// Preparing labelled images, the split, and the statistics of the training set.
#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <numeric>
#include <fmt/format.h>
#include <fmt/ranges.h>
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

// What a row's numbers are.
enum Number : Dim { content, sum, squares };

void write(data::PreparedWriter& writer, std::span<const std::uint8_t> values, std::int64_t label) {
    std::uint64_t sum = 0, squares = 0;
    for (const std::uint8_t value : values) sum += value, squares += std::uint64_t{value} * value;
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size());
    writer.add_values(values);
    writer.add({&label, 1});
    writer.end_row(std::array{hash_text(bytes), sum, squares});
}

program::PreparedData finish(program::Making& making, data::PreparedWriter& writer, const image::LabelledImages& kind) {
    return making.finish(
        writer,
        {{"height", kind.height}, {"width", kind.width}, {"channels", kind.channels}, {"classes", kind.classes}});
}

Images prepare_idx(const std::string& folder, const program::Launch& launch, const std::string& part) {
    const std::vector<std::string>& classes = image::fashion_classes();
    const program::Preparation what{.kind = "patches",
                                    .files = image::IdxImages::files_of(folder, part),
                                    .settings = "idx"};
    return Images(program::prepare(launch, what, [&](program::Making& making) {
        image::IdxImages file(what.files, classes.size(), std::numeric_limits<std::uint64_t>::max());
        const image::LabelledImages kind{file.height(), file.width(), 1, {}, {}, classes};
        std::vector<std::uint8_t> values(static_cast<std::size_t>(kind.each()));
        data::PreparedWriter writer(making.path(), static_cast<std::int64_t>(classes.size()), io::Dtype::U8);
        for (Dim i = 0; i < file.size(); ++i, making.at(file.file_at())) {
            const std::int64_t label = file.next(values);
            write(writer, values, label);
        }
        file.finish();
        return finish(making, writer, kind);
    }));
}

// FOLDER/CLASS/*.png. Classes that are `known` are the result's classes.
Images prepare_folders(const std::string& folder, Dim channels, const program::Launch& launch,
                       const std::vector<std::string>& known) {
    const std::vector<image::ClassFolder> folders = image::class_folders(folder);
    image::LabelledImages kind;
    for (const image::ClassFolder& one : folders) kind.classes.push_back(one.name);
    std::vector<std::int64_t> label_of;
    for (const std::string& name : kind.classes)
        label_of.push_back(image::label_of(known.empty() ? kind.classes : known, folder, name));
    program::Preparation what{.kind = "patches", .files = {}, .folder = folder};
    what.settings = {{"channels", channels}};
    for (const image::ClassFolder& one : folders)
        what.files.insert(what.files.end(), one.files.begin(), one.files.end());
    Images images(program::prepare(launch, what, [&](program::Making& making) {
        data::PreparedWriter writer(making.path(), static_cast<std::int64_t>(folders.size()), io::Dtype::U8);
        std::uint64_t read = 0;  // bytes
        for (std::size_t label = 0; label < folders.size(); ++label)
            for (const std::string& file : folders[label].files) {
                const image::Image image = image::read_png(file, channels);
                image::take_size(kind, image, file);
                write(writer, image.values, static_cast<std::int64_t>(label));
                making.at(read += std::filesystem::file_size(file));
            }
        return finish(making, writer, kind);
    }));
    images.label_of = std::move(label_of);
    if (!known.empty()) images.kind.classes = known;
    return images;
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

Images::Images(const program::PreparedData& prepared) : rows(prepared.ids()), to(rows.rows()) {
    kind = {prepared.note<Dim>("height"),
            prepared.note<Dim>("width"),
            prepared.note<Dim>("channels"),
            {},
            {},
            prepared.note<std::vector<std::string>>("classes")};
    label_of.resize(kind.classes.size());
    std::iota(label_of.begin(), label_of.end(), std::int64_t{0});
}

Images::Images(const image::LabelledImages& all)
    : kind{all.height, all.width, all.channels, {}, {}, all.classes}, rows([&] {
          data::PreparedWriter writer("", std::int64_t{1} << 32, io::Dtype::U8);
          const auto each = static_cast<std::size_t>(all.each());
          for (std::size_t i = 0; i < all.labels.size(); ++i)
              write(writer, std::span(all.values).subspan(i * each, each), all.labels[i]);
          return writer.finish("");
      }()),
      label_of(all.classes.size()), to(rows.rows()) {
    std::iota(label_of.begin(), label_of.end(), std::int64_t{0});
}

std::int64_t Images::label(Dim i) const {
    const std::vector<std::int64_t> ids = rows.row(from + i).vector();
    if (ids.size() != 1 || ids[0] >= static_cast<std::int64_t>(label_of.size()))
        throw FileError(fmt::format("{}: image {} has the labels {}; expected one of {} classes", rows.path(), from + i,
                                    fmt::join(ids, ", "), label_of.size()));
    return label_of[static_cast<std::size_t>(ids[0])];
}

std::span<const std::uint8_t> Images::values(Dim i) const {
    const std::span<const std::uint8_t> found = rows.bytes(from + i);
    if (static_cast<Dim>(found.size()) != kind.each())
        throw FileError(
            fmt::format("{}: an image of {} values; expected {}; the file is damaged: remove it, and "
                        "it is made again",
                        rows.path(), found.size(), kind.each()));
    return found;
}

Array Images::batch(std::span<const Dim> which, double mean, double deviation) const {
    const auto image = [&](Dim i) { return values(which[static_cast<std::size_t>(i)]).data(); };
    return image::batch_of({static_cast<Dim>(which.size()), kind.height, kind.width, kind.channels}, image, mean,
                           deviation);
}

Images Images::part(Dim first, Dim end) const {
    Images some = *this;
    some.from = from + first, some.to = from + end;
    return some;
}

program::Examples Images::examples() const {
    program::Examples examples;
    for (Dim i = 0; i < size(); ++i)
        examples.add_hashed(
            {hash_text(kind.classes[static_cast<std::size_t>(label(i))]), rows.number(from + i, content)});
    return examples;
}

image::Moments Images::moments() const {
    std::uint64_t total = 0, of_squares = 0;
    for (Dim row = from; row < to; ++row) total += rows.number(row, sum), of_squares += rows.number(row, squares);
    return image::moments_of(static_cast<double>(total), static_cast<double>(of_squares),
                             static_cast<double>(size() * kind.each()));
}

Data read_data(const Source& source, const program::Launch& launch, std::optional<Dim> cut,
               const std::vector<std::string>& known) {
    if (!has_idx(source.data)) {
        Images train = prepare_folders(below(source.data, "train"), source.channels, launch, known);
        Images dev = prepare_folders(below(source.data, "dev"), source.channels, launch, train.kind.classes);
        require_size(dev.kind, train.kind.height, train.kind.width, below(source.data, "dev"));
        return {std::move(train), std::move(dev)};
    }
    const Images all = prepare_idx(source.data, launch, "train");
    if (all.size() <= source.dev)
        throw FileError(
            fmt::format("{}: has {} images to train on; {} are to be kept back", source.data, all.size(), source.dev));
    const Dim at = std::min(all.size(), cut.value_or(all.size() - source.dev));
    return {all.part(0, at), all.part(at, all.size())};
}

Images read_held_out(const Options& config, const program::Launch& launch, bool test, std::optional<Dim> cut) {
    const bool idx = has_idx(config.data);
    if (idx) require_classes_of_idx(config);
    const std::string where = idx ? config.data : below(config.data, test ? "test" : "dev");
    Images images = !idx   ? prepare_folders(where, config.model.channels, launch, config.model.class_names())
                    : test ? prepare_idx(config.data, launch, "t10k")
                           : read_data(config.source(), launch, cut).dev;
    require_size(images.kind, config.model.height, config.model.width, where);
    return images;
}

void set_from_data(const Images& train, Options& config) {
    const image::LabelledImages& p = train.kind;
    config.model.height = p.height, config.model.width = p.width, config.model.channels = p.channels;
    // If the names are the same, the text of an earlier run is kept.
    if (config.model.class_names() != p.classes) config.model.classes = nlohmann::json(p.classes).dump();
    const image::Moments moments = train.moments();
    config.model.mean = moments.mean, config.model.deviation = moments.deviation;
}

}  // namespace heed::patches
