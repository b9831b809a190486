#pragma once
// The training and dev images of a run: prepared once, as 8-bit values, and mapped where they are many.
#include <optional>
#include <heed/examples/patches/options.hpp>
#include <heed/nn/program/prepare.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::patches {

// Images of prepared data, or some of them, one after the other: rows of values, whose ids are the labels.
struct Images {
    image::LabelledImages kind;  // their size and classes; the values and labels are in the rows
    data::Prepared rows;
    std::vector<std::int64_t> label_of;  // the class of each id
    Dim from = 0, to = 0;                // rows

    explicit Images(const program::PreparedData& prepared);
    Images(const image::LabelledImages& all);  // in memory

    Dim size() const { return to - from; }
    std::int64_t label(Dim i) const;                    // throws FileError where the file is damaged
    std::span<const std::uint8_t> values(Dim i) const;  // throws as label()
    // Images `which` as image::batch_of() makes them.
    Array batch(std::span<const Dim> which, double mean, double deviation) const;
    Images part(Dim first, Dim end) const;
    program::Examples examples() const;
    image::Moments moments() const;
};

// The training and dev images. DATA holds pairs of IDX files, which are cut after `cut` images or before the last
// `dev`, or train/CLASS/*.png and dev/CLASS/*.png.
struct Data {
    Images train, dev;
};
// For folders of classes, `known` are the classes of the run, if it has begun. Throws FileError; as prepare() does.
Data read_data(const Source& source, const program::Launch& launch, std::optional<Dim> cut = {},
               const std::vector<std::string>& known = {});
// The images for evaluating a trained model: the dev images, or the test set, t10k or test/CLASS/*.png. Classes are the
// model's, by name; some may be absent. Throws FileError for a class that the model does not know, and for images of
// another size than it takes.
Images read_held_out(const Options& config, const program::Launch& launch, bool test, std::optional<Dim> cut = {});
void set_from_data(const Images& train, Options& config);  // sets the sizes, the classes, mean and deviation

}  // namespace heed::patches
