// Mapping files into memory.
#include <utility>
#include <fmt/format.h>
#include <sys/mman.h>
#include <heed/core/io/calls.hpp>
#include <heed/core/io/mapped.hpp>

namespace heed::io {

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

}  // namespace heed::io
