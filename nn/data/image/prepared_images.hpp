#pragma once
// Labelled images as prepared data: 8-bit values, mapped where they are many, with a label for each image.
#include <heed/nn/data/image/images.hpp>
#include <heed/nn/data/prepared.hpp>

namespace heed::image {

// Rows of values, whose ids are the labels; or some of them, one after the other.
struct PreparedImages {
    LabelledImages kind;  // their size and classes; the values and labels are in the rows
    data::Prepared rows;
    std::vector<std::int64_t> label_of;  // the class of each id
    Dim from = 0, to = 0;                // rows

    // One more row; the writer is of U8 values.
    static void write(data::PreparedWriter& writer, std::span<const std::uint8_t> values, std::int64_t label);

    PreparedImages(data::Prepared prepared, LabelledImages its_kind);  // written by write(), labels by classes
    PreparedImages(const LabelledImages& all);                         // in memory

    Dim size() const { return to - from; }
    std::int64_t label(Dim i) const;                    // throws FileError where the file is damaged
    std::span<const std::uint8_t> values(Dim i) const;  // throws as label()
    std::uint64_t hash(Dim i) const;                    // hash_text() of the values
    // Images `which` as batch_of() makes them.
    Array batch(std::span<const Dim> which, double mean, double deviation) const;
    PreparedImages part(Dim first, Dim end) const;
    Moments moments() const;
};

}  // namespace heed::image
