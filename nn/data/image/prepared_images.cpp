// Labelled images in rows of prepared data, with the sums that their moments are made of.
#include <array>
#include <numeric>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/image/prepared_images.hpp>

namespace heed::image {
namespace {

// What a row's numbers are.
enum Number : Dim { content, sum, squares };

data::Prepared in_memory(const LabelledImages& all) {
    data::PreparedWriter writer("", std::int64_t{1} << 32, io::Dtype::U8);
    const auto each = static_cast<std::size_t>(all.each());
    for (std::size_t i = 0; i < all.labels.size(); ++i)
        PreparedImages::write(writer, std::span(all.values).subspan(i * each, each), all.labels[i]);
    return writer.finish("");
}

}  // namespace

void PreparedImages::write(data::PreparedWriter& writer, std::span<const std::uint8_t> values, std::int64_t label) {
    std::uint64_t sum = 0, squares = 0;
    for (const std::uint8_t value : values) sum += value, squares += std::uint64_t{value} * value;
    const std::string_view bytes(reinterpret_cast<const char*>(values.data()), values.size());
    writer.add_values(values);
    writer.add({&label, 1});
    writer.end_row(std::array{hash_text(bytes), sum, squares});
}

PreparedImages::PreparedImages(data::Prepared prepared, LabelledImages its_kind)
    : kind(std::move(its_kind)), rows(std::move(prepared)), label_of(kind.classes.size()), to(rows.rows()) {
    std::iota(label_of.begin(), label_of.end(), std::int64_t{0});
}

PreparedImages::PreparedImages(const LabelledImages& all)
    : PreparedImages(in_memory(all), {all.height, all.width, all.channels, {}, {}, all.classes}) {}

std::int64_t PreparedImages::label(Dim i) const {
    const std::vector<std::int64_t> ids = rows.row(from + i).vector();
    if (ids.size() != 1 || ids[0] >= static_cast<std::int64_t>(label_of.size()))
        throw FileError(fmt::format("{}: image {} has the labels {}; expected one of {} classes", rows.path(), from + i,
                                    fmt::join(ids, ", "), label_of.size()));
    return label_of[static_cast<std::size_t>(ids[0])];
}

std::span<const std::uint8_t> PreparedImages::values(Dim i) const {
    const std::span<const std::uint8_t> found = rows.bytes(from + i);
    if (static_cast<Dim>(found.size()) != kind.each())
        throw FileError(
            fmt::format("{}: an image of {} values; expected {}; the file is damaged: remove it, and it is made again",
                        rows.path(), found.size(), kind.each()));
    return found;
}

std::uint64_t PreparedImages::hash(Dim i) const { return rows.number(from + i, content); }

Array PreparedImages::batch(std::span<const Dim> which, double mean, double deviation) const {
    const auto image = [&](Dim i) { return values(which[static_cast<std::size_t>(i)]).data(); };
    return batch_of({static_cast<Dim>(which.size()), kind.height, kind.width, kind.channels}, image, mean, deviation);
}

PreparedImages PreparedImages::part(Dim first, Dim end) const {
    PreparedImages some = *this;
    some.from = from + first, some.to = from + end;
    return some;
}

Moments PreparedImages::moments() const {
    std::uint64_t total = 0, of_squares = 0;
    for (Dim row = from; row < to; ++row) total += rows.number(row, sum), of_squares += rows.number(row, squares);
    return moments_of(static_cast<double>(total), static_cast<double>(of_squares),
                      static_cast<double>(size() * kind.each()));
}

}  // namespace heed::image
