// Prepared data whose rows come in pairs.
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/row_pairs.hpp>

namespace heed::data {

RowPairs::RowPairs(Prepared rows) : rows_(std::move(rows)) {
    if (rows_.rows() % 2 != 0)
        throw FileError(fmt::format("{}: {} rows; expected pairs: remove the file, and it is made again", rows_.path(),
                                    rows_.rows()));
}

RowPairs::RowPairs(Prepared rows, std::vector<std::uint32_t> which) : RowPairs(std::move(rows)) {
    which_ = std::move(which);
    for (std::size_t n = 0; n < size(); ++n) lengths(n);
}

std::vector<RowPair> RowPairs::at(std::span<const std::size_t> numbers) const {
    std::vector<RowPair> some;
    for (const std::size_t n : numbers) some.push_back(at(n));
    return some;
}

Dim RowPairs::row(std::size_t n) const {
    require(
        n < size(), "RowPairs", [&] { return fmt::format("pair {}; expected an index below {}", n, size()); },
        Site::current());
    return 2 * static_cast<Dim>(which_ ? (*which_)[n] : n);
}

}  // namespace heed::data
