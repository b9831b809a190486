#pragma once
// Which file data came from, found out at once, however large it is.
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <heed/core/base/error.hpp>

namespace heed::data {

// Data that are not those that something was made of.
struct ChangedError : FileError {
    using FileError::FileError;
};

// What tells a file from others and from itself later without reading all of it: the sample is a hash of 64 blocks of
// 4 KiB, from the first to the last one.
struct Source {
    std::uint64_t size = 0;     // bytes
    std::int64_t modified = 0;  // nanoseconds since 1970
    std::uint64_t sample = 0;

    bool operator==(const Source&) const = default;
};
Source source_of(const std::string& path);  // throws FileError, IoError, as the next

// Of many files, all below `folder` or beside it, as one: identified by their names, sizes and times, and by samples of
// 64 of them, from the first to the last one.
Source source_of(const std::string& folder, std::span<const std::string> files);

// Of every byte of the files, in the order of a second per gigabyte; `passed` is called with how many bytes were read.
std::uint64_t content_hash(std::span<const std::string> files, const std::function<void(std::uint64_t)>& passed = {});

}  // namespace heed::data
