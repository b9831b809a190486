#pragma once
// The training and dev images of a run: prepared once, as 8-bit values, and mapped where they are many.
#include <algorithm>
#include <filesystem>
#include <limits>
#include <optional>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/examples/models/image_options.hpp>
#include <heed/nn/data/image/prepared_images.hpp>
#include <heed/nn/program/prepare.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::models {

using image::PreparedImages;

// Where images are, and what of them is read.
struct ImageSource {
    std::string data;
    Dim dev;           // of IDX files: this many images at the end of "train" are kept back
    Dim channels = 1;  // of PNG files
};

struct ImageData {
    PreparedImages train, dev;
};

// Prepares the images of one folder.
class ImagePreparation {
public:
    ImagePreparation(const ImageSource& source, const program::Launch& launch)
        : source_(source), folder_(source.data), launch_(launch) {}

    bool has_idx() const {
        std::error_code error;
        const std::filesystem::path images = folder_ / "train-images-idx3-ubyte";
        return std::filesystem::exists(images, error) || std::filesystem::exists(images.string() + ".gz", error);
    }
    std::string below(const char* name) const { return (folder_ / name).string(); }

    PreparedImages of_idx(const std::string& part) const {
        const std::vector<std::string>& classes = image::fashion_classes();
        const program::Preparation what{.kind = kind,
                                        .files = image::IdxImages::files_of(source_.data, part),
                                        .settings = "idx"};
        return taken(program::prepare(launch_, what, [&](program::Making& making) {
            image::IdxImages file(what.files, classes.size(), std::numeric_limits<std::uint64_t>::max());
            const image::LabelledImages its_kind{file.height(), file.width(), 1, {}, {}, classes};
            std::vector<std::uint8_t> values(static_cast<std::size_t>(its_kind.each()));
            data::PreparedWriter writer(making.path(), std::ssize(classes), io::Dtype::U8);
            for (Dim i = 0; i < file.size(); ++i, making.at(file.file_at())) {
                const std::int64_t label = file.next(values);
                PreparedImages::write(writer, values, label);
            }
            file.finish();
            return finish(making, writer, its_kind);
        }));
    }

    // FOLDER/CLASS/*.png. Classes that are `known` are the result's classes.
    PreparedImages of_folders(const std::string& folder, const std::vector<std::string>& known) const {
        const std::vector<image::ClassFolder> folders = image::class_folders(folder);
        image::LabelledImages its_kind;
        for (const image::ClassFolder& one : folders) its_kind.classes.push_back(one.name);
        std::vector<std::int64_t> label_of;
        for (const std::string& name : its_kind.classes)
            label_of.push_back(image::label_of(known.empty() ? its_kind.classes : known, folder, name));
        program::Preparation what{.kind = kind, .files = {}, .folder = folder};
        what.settings = {{"channels", source_.channels}};
        for (const image::ClassFolder& one : folders)
            what.files.insert(what.files.end(), one.files.begin(), one.files.end());
        PreparedImages images = taken(program::prepare(launch_, what, [&](program::Making& making) {
            data::PreparedWriter writer(making.path(), std::ssize(folders), io::Dtype::U8);
            std::uint64_t read = 0;  // bytes
            for (std::size_t label = 0; label < folders.size(); ++label)
                for (const std::string& file : folders[label].files) {
                    const image::Image image = image::read_png(file, source_.channels);
                    image::take_size(its_kind, image, file);
                    PreparedImages::write(writer, image.values, static_cast<std::int64_t>(label));
                    making.at(read += std::filesystem::file_size(file));
                }
            return finish(making, writer, its_kind);
        }));
        images.label_of = std::move(label_of);
        if (!known.empty()) images.kind.classes = known;
        return images;
    }

private:
    static constexpr const char* kind = "patches";  // in the names of files, which patches made first

    static program::PreparedData finish(program::Making& making, data::PreparedWriter& writer,
                                        const image::LabelledImages& its_kind) {
        return making.finish(writer, {{"height", its_kind.height},
                                      {"width", its_kind.width},
                                      {"channels", its_kind.channels},
                                      {"classes", its_kind.classes}});
    }
    static PreparedImages taken(const program::PreparedData& prepared) {
        return {prepared.ids(),
                {prepared.note<Dim>("height"),
                 prepared.note<Dim>("width"),
                 prepared.note<Dim>("channels"),
                 {},
                 {},
                 prepared.note<std::vector<std::string>>("classes")}};
    }

    const ImageSource& source_;
    std::filesystem::path folder_;
    const program::Launch& launch_;
};

inline void require_size(const PreparedImages& images, Dim height, Dim width, const std::string& where) {
    if (images.kind.height != height || images.kind.width != width)
        throw FileError(
            fmt::format("{}: has images of {} x {}; expected {} x {}, the size that the model is trained on", where,
                        images.kind.width, images.kind.height, width, height));
}

// The training and dev images. The folder holds pairs of IDX files, which are cut after `cut` images or before the last
// `dev`, or train/CLASS/*.png and dev/CLASS/*.png. For folders of classes, `known` are the classes of the run, if it
// has begun. Throws FileError; as prepare() does.
inline ImageData read_images(const ImageSource& source, const program::Launch& launch, std::optional<Dim> cut = {},
                             const std::vector<std::string>& known = {}) {
    const ImagePreparation preparation(source, launch);
    if (!preparation.has_idx()) {
        PreparedImages train = preparation.of_folders(preparation.below("train"), known);
        PreparedImages dev = preparation.of_folders(preparation.below("dev"), train.kind.classes);
        require_size(dev, train.kind.height, train.kind.width, preparation.below("dev"));
        return {std::move(train), std::move(dev)};
    }
    const PreparedImages all = preparation.of_idx("train");
    if (all.size() <= source.dev)
        throw FileError(
            fmt::format("{}: has {} images to train on; {} are to be kept back", source.data, all.size(), source.dev));
    const Dim at = std::min(all.size(), cut.value_or(all.size() - source.dev));
    return {all.part(0, at), all.part(at, all.size())};
}

// The images for evaluating a trained model: the dev images, or the test set, t10k or test/CLASS/*.png. Classes are the
// model's, by name; some may be absent. Throws FileError for a class that the model does not know, and for images of
// another size than it takes.
inline PreparedImages read_held_out(const ImageSource& source, const ImageOptions& model, const program::Launch& launch,
                                    bool test, std::optional<Dim> cut = {}) {
    const ImagePreparation preparation(source, launch);
    const std::vector<std::string> classes = model.class_names();
    const bool idx = preparation.has_idx();
    if (idx && classes != image::fashion_classes())  // IDX files have labels without names
        throw FileError(fmt::format("{}: holds IDX files, whose classes are {}; the model's are {}", source.data,
                                    fmt::join(image::fashion_classes(), ", "), fmt::join(classes, ", ")));
    const std::string where = idx ? source.data : preparation.below(test ? "test" : "dev");
    PreparedImages images = !idx   ? preparation.of_folders(where, classes)
                            : test ? preparation.of_idx("t10k")
                                   : read_images(source, launch, cut).dev;
    require_size(images, model.height, model.width, where);
    return images;
}

inline program::Examples examples_of(const PreparedImages& images) {
    program::Examples examples;
    for (Dim i = 0; i < images.size(); ++i)
        examples.add_hashed(
            {hash_text(images.kind.classes[static_cast<std::size_t>(images.label(i))]), images.hash(i)});
    return examples;
}

}  // namespace heed::models
