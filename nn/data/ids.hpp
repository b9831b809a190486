#pragma once
// Ids that lie in a file or in memory in as few bytes as they need: a view, from which parts are copied.
#include <cstdint>
#include <string>
#include <vector>
#include <heed/core/base/shape.hpp>
#include <heed/core/io/dtype.hpp>

namespace heed::data {

// The owner of the ids must outlive the view.
class IdSpan {
public:
    IdSpan() = default;
    IdSpan(const std::vector<std::int64_t>& ids);
    // `bytes`: elements of U8, U16 or U32, each below `below`, of the file `path`.
    IdSpan(io::Bytes bytes, io::Dtype dtype, std::int64_t below, const std::string& path)
        : bytes_(bytes), dtype_(dtype), below_(below), path_(&path) {}

    Dim size() const { return static_cast<Dim>(bytes_.size() / io::size_of(dtype_)); }
    IdSpan part(Dim from, Dim to) const;  // throws RangeError unless 0 <= from <= to <= size(), as copy() does
    // Throws FileError, naming the file, for an id that is not below the bound that the file states: files of
    // gigabytes are checked where they are read.
    void copy(Dim from, Dim n, std::int64_t* to) const;
    std::vector<std::int64_t> vector() const;

private:
    io::Bytes bytes_;
    io::Dtype dtype_ = io::Dtype::I64;
    std::int64_t below_ = 0;
    const std::string* path_ = nullptr;  // null: ids of a vector, which are not checked
};

}  // namespace heed::data
