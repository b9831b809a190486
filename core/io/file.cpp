// Reading and mapping files, and replacing them atomically.
#include <algorithm>
#include <fcntl.h>
#include <utility>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <heed/core/io/atomic.hpp>
#include <heed/core/io/calls.hpp>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/file.hpp>

namespace heed::io {
namespace {

int open_for_reading(const std::string& path) {
    // A pipe without a writer would block here; it is refused as not regular instead.
    const int file =
        repeat_interrupted([&] { return system_calls().open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0); });
    if (file != -1) return file;
    const int error = errno;
    const std::string text =
        fmt::format("{}: cannot be opened: {}; check the path and its permissions", path, reason(error));
    constexpr int of_the_path[] = {ENOENT, ENOTDIR, EACCES, EPERM, ENAMETOOLONG, ELOOP, ENXIO};
    if (std::ranges::find(of_the_path, error) != std::end(of_the_path)) throw FileError(text);
    throw IoError(text);
}

}  // namespace

std::string in_quotes(std::string_view name) {
    constexpr std::size_t longest = 60;
    std::size_t end = std::min(name.size(), longest);
    if (end < name.size()) {
        while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0u) == 0x80u)
            --end;  // not inside a UTF-8 character
    }
    std::string text = "'";
    for (char c : name.substr(0, end)) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x20 || code == 0x7F) text += fmt::format("\\x{:02x}", code);
        else text += c;
    }
    return end < name.size() ? text + fmt::format("...' ({} bytes)", name.size()) : text + "'";
}

void refuse_file(std::string_view path, std::string_view where, std::string_view text) {
    throw FileError(fmt::format("{}: {}: {}", path, where, text));
}

std::string at_byte(std::uint64_t offset) { return fmt::format("byte {}", offset); }

Descriptor::~Descriptor() {
    if (number_ != -1) system_calls().close(number_);
}

int Descriptor::release() { return std::exchange(number_, -1); }

InputFile::InputFile(std::string path) : path_(std::move(path)), file_(open_for_reading(path_)) {
    struct ::stat status = {};
    if (::fstat(file_.number(), &status) != 0) throw IoError(fmt::format("{}: fstat failed: {}", path_, reason(errno)));
    if (!S_ISREG(status.st_mode)) {
        throw FileError(fmt::format("{}: is {}; expected a regular file", path_,
                                    S_ISDIR(status.st_mode) ? "a folder" : "no regular file"));
    }
    size_ = static_cast<std::uint64_t>(status.st_size);
}

void InputFile::read(std::uint64_t offset, std::span<std::byte> to) const {
    if (!(CheckedSize(offset) + to.size()).within(size_)) {
        refuse_file(path_, at_byte(offset),
                    fmt::format("{} bytes are wanted but the file ends at {}; is it complete?", to.size(), size_));
    }
    while (!to.empty()) {
        const ::ssize_t n = repeat_interrupted([&] {
            return system_calls().pread(file_.number(), to.data(), std::min(to.size(), largest_call),
                                        static_cast<::off_t>(offset));
        });
        if (n < 0)
            throw IoError(
                fmt::format("{}: {}: reading failed: {}; check the disk", path_, at_byte(offset), reason(errno)));
        if (n == 0) {
            refuse_file(
                path_, at_byte(offset),
                fmt::format("the file ends here but had {} bytes when opened; was it changed meanwhile?", size_));
        }
        offset += static_cast<std::uint64_t>(n);
        to = to.subspan(static_cast<std::size_t>(n));
    }
}

MappedFile::MappedFile(const std::string& path) {
    const InputFile file(path);
    if (file.size() == 0) return;  // cannot be mapped
    void* const at = ::mmap(nullptr, file.size(), PROT_READ, MAP_SHARED, file.number(), 0);
    if (at == MAP_FAILED) throw IoError(fmt::format("{}: cannot be mapped: {}", path, reason(errno)));
    bytes_ = {static_cast<const std::byte*>(at), file.size()};
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

std::vector<std::byte> read_file(const std::string& path, std::uint64_t limit) {
    const InputFile file(path);
    if (file.size() > limit)
        refuse_file(path, at_byte(limit),
                    fmt::format("the file has {} bytes; expected at most {}", file.size(), limit));
    std::vector<std::byte> content = room_for(path, file.size());
    file.read(0, content);
    return content;
}

std::string read_text(const std::string& path, std::uint64_t limit) {
    const std::vector<std::byte> content = read_file(path, limit);
    return {reinterpret_cast<const char*>(content.data()), content.size()};
}

std::vector<std::byte> room_for(const std::string& path, std::uint64_t bytes) {
    try {
        return std::vector<std::byte>(bytes);
    } catch (const std::exception&) {  // bad_alloc, or length_error for what no machine has
        throw MemoryError(fmt::format("{}: the system does not give the {} bytes that its content takes", path, bytes));
    }
}

void write_atomically(const std::string& path, std::span<const Bytes> parts) {
    AtomicFile file(path);
    for (const Bytes part : parts) file.write(part);
    file.put_in_place();
}

void write_atomically(const std::string& path, Bytes content) { write_atomically(path, std::span(&content, 1)); }

void write_if_changed(const std::string& path, std::string_view content) {
    struct stat now {};
    const bool same_size = ::stat(path.c_str(), &now) == 0 && static_cast<std::uint64_t>(now.st_size) == content.size();
    if (!same_size || read_text(path, content.size()) != content) write_atomically(path, bytes_of(content));
}

}  // namespace heed::io
