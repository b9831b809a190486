#pragma once
// A file's content without reading it: the system brings in the pages that are touched, shares them among processes,
// and may drop them again.
#include <string>
#include <heed/core/io/file.hpp>

namespace heed::io {

// For files that nobody changes in place, such as those of AtomicFile: to read what was cut off meanwhile ends the
// process (SIGBUS).
class MappedFile {
public:
    // Throws as InputFile does, and IoError where the system does not map it.
    explicit MappedFile(const std::string& path);
    ~MappedFile();
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&&) = delete;

    Bytes bytes() const { return bytes_; }  // readable only

private:
    Bytes bytes_;
};

}  // namespace heed::io
