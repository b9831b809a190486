#pragma once
// The lengths of the examples of a batch, as an op takes them that reads only so much of each.
// Private to heed; not installed.
#include <fmt/format.h>
#include <heed/core/array.hpp>
#include <heed/core/base/error.hpp>

namespace heed {

// What lengths are counted in, such as "frames", and how many there may be.
struct LengthRange {
    const char* unit;
    Dim most;
    Dim least = 0;
};

// Throws ShapeError unless the argument `name` has one length for each of `batch` examples, RangeError unless each is
// least .. most.
inline void check_lengths(const char* op, const char* name, const Ints& lengths, Dim batch, const LengthRange& range,
                          Site caller, Site check = Site::current()) {
    expect(
        lengths.shape() == Shape{batch}, op, name, lengths.shape(),
        [&] { return fmt::format("({}): one for each example", batch); }, caller, check);
    for (Dim i = 0; i < batch; ++i) {
        const Dim n = lengths.storage()[static_cast<std::size_t>(i)];
        require(
            range.least <= n && n <= range.most, op,
            [&] {
                return fmt::format("argument '{}' holds {} at ({}); expected {} <= length <= {}, the number of {}",
                                   name, n, i, range.least, range.most, range.unit);
            },
            caller, check);
    }
}

}  // namespace heed
