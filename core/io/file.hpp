#pragma once
// Whole-or-nothing file access: reads that are bounded by the file's size, writes that survive a crash at any moment.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/base/error.hpp>

namespace heed {

// A system call failed for a reason outside the file's content: disk full, I/O error. Programs exit with 74 for it,
// and with 65 for any other FileError (missing, unreadable or malformed input).
struct IoError : FileError {
    using FileError::FileError;
};

namespace io {

using Bytes = std::span<const std::byte>;

inline Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

// A name from outside made fit for a message: in quotes, control characters escaped, at most 60 bytes of it.
std::string in_quotes(std::string_view name);

// Throws FileError "PATH: WHERE: TEXT". WHERE is a byte offset or a tensor; TEXT names what is wrong and what to do.
[[noreturn]] void refuse_file(std::string_view path, std::string_view where, std::string_view text);
std::string at_byte(std::uint64_t offset);  // "byte 8"

// An open file descriptor; closes it, unchecked, when destroyed.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor();
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&&) = delete;

    int number() const { return number_; }
    int release();

private:
    int number_;
};

// A regular file open for reading.
class InputFile {
public:
    // Throws FileError if the file is missing, not a regular file or not readable, IoError if the system fails.
    explicit InputFile(std::string path);

    const std::string& path() const { return path_; }
    std::uint64_t size() const { return size_; }  // when it was opened
    int number() const { return file_.number(); }

    // Fills `to` from `offset`. Throws FileError if the file has fewer bytes, IoError if reading fails.
    void read(std::uint64_t offset, std::span<std::byte> to) const;

private:
    std::string path_;
    Descriptor file_;
    std::uint64_t size_ = 0;
};

// A file's content without reading it: the system brings in the pages that are touched, shares them among processes,
// and may drop them again. For files that nobody changes in place, such as those of AtomicFile: to read what was cut
// off meanwhile ends the process (SIGBUS).
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

// The whole file, which may have at most `limit` bytes (FileError; nothing is allocated before).
std::vector<std::byte> read_file(const std::string& path, std::uint64_t limit);
std::string read_text(const std::string& path, std::uint64_t limit);  // the same as characters, which need not be UTF-8

// So many bytes for what the file `path` holds; throws MemoryError.
std::vector<std::byte> room_for(const std::string& path, std::uint64_t bytes);

// Replaces `path` by the concatenated parts such that, killed or failing at any moment, it holds either all of its old
// content or all of the new: written to PATH.heed-tmp, fsync, close, rename, fsync of the folder. When it returns, the
// new content is on the disk. Every failure is an IoError, and the temporary file is removed; up to the rename the old
// content is untouched. After it, only making the folder durable can still fail: then `path` holds the new content, and
// the error names this. Writers in one folder wait for each other (flock; on a file system without locks that is up to
// the caller).
void write_atomically(const std::string& path, std::span<const Bytes> parts);
void write_atomically(const std::string& path, Bytes content);
void write_if_changed(const std::string& path,
                      std::string_view content);  // the same, unless that is what the file holds

}  // namespace io
}  // namespace heed
