// Ids in a file or in memory.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/ids.hpp>

namespace heed::data {

IdSpan::IdSpan(const std::vector<std::int64_t>& ids) : bytes_(std::as_bytes(std::span(ids))) {}

IdSpan IdSpan::part(Dim from, Dim to) const {
    require(
        0 <= from && from <= to && to <= size(), "IdSpan",
        [&] { return fmt::format("ids {} to {} of {}; expected 0 <= from <= to <= {}", from, to, size(), size()); },
        Site::current());
    IdSpan some = *this;
    const std::size_t width = io::size_of(dtype_);
    some.bytes_ = bytes_.subspan(static_cast<std::size_t>(from) * width, static_cast<std::size_t>(to - from) * width);
    return some;
}

void IdSpan::copy(Dim from, Dim n, std::int64_t* to) const {
    const IdSpan some = part(from, from + n);
    io::convert<std::int64_t>(dtype_, some.bytes_, to);
    if (!path_) return;
    const auto* const wrong = std::find_if(to, to + n, [&](std::int64_t id) { return id < 0 || id >= below_; });
    if (wrong != to + n)
        io::refuse_file(*path_, "ids",
                        fmt::format("one of them is {}; expected 0 <= id < {}; the file is damaged: remove it, and it "
                                    "is made again",
                                    *wrong, below_));
}

std::vector<std::int64_t> IdSpan::vector() const {
    std::vector<std::int64_t> ids(static_cast<std::size_t>(size()));
    copy(0, size(), ids.data());
    return ids;
}

}  // namespace heed::data
