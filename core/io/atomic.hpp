#pragma once
// A file that is written piece by piece, and is there whole or not at all: for what is too large to be held in memory
// until it is written.
#include <string>
#include <heed/core/io/file.hpp>

namespace heed::io {

// As write_atomically(), which is this for content that is there already: what is written lies in PATH.heed-tmp until
// put_in_place(), and is removed if that is not called. Holds the lock of the folder while it is alive. All members
// throw IoError.
class AtomicFile {
public:
    explicit AtomicFile(std::string path);
    ~AtomicFile();

    const std::string& path() const { return path_; }
    std::uint64_t size() const { return size_; }  // bytes written so far
    void write(Bytes part);                       // appends
    void overwrite_start(Bytes part);  // the first bytes: of what was written with zeros for them, at the end
    void put_in_place();

private:
    int open(const std::string& name, int flags) const;
    int open_locked(const std::string& folder) const;
    [[noreturn]] void fail(std::string_view step, int error) const;

    std::string path_, temporary_;
    Descriptor folder_, file_;
    std::uint64_t size_ = 0;
    bool placed_ = false;
};

}  // namespace heed::io
