#pragma once
// The safetensors format: u64 header length N, N bytes of JSON, then the bytes of the tensors without gaps.
// Format: https://huggingface.co/docs/safetensors. The reader is stricter than the official one: it also refuses
// duplicate names, unknown fields, more than eight axes and more than 2^48 elements. A tensor's name is never used as a
// path.
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/base/shape.hpp>
#include <heed/core/io/dtype.hpp>
#include <heed/core/io/file.hpp>

namespace heed::io {

using Metadata = std::map<std::string, std::string>;

// Metadata key under which heed keeps the CRC-32C of the data section, as eight hexadecimal digits.
inline constexpr std::string_view checksum_key = "heed.crc32c";

struct TensorInfo {
    std::string name;
    Dtype dtype = Dtype::F32;
    Shape shape;
    std::uint64_t begin = 0, end = 0;  // byte range in the data section
};

struct SafetensorsHeader {
    std::vector<TensorInfo> tensors;  // by position in the file
    Metadata metadata;
    std::uint64_t data_begin = 0;  // byte of the file where the data section starts
};

// The bytes up to the data section, 8 + N, of a file of `file_size` bytes that begins with `start` (at least 8 bytes,
// if the file has them). Checked against the file size: safe to allocate. Throws FileError; `path` is for its text,
// here and below.
std::uint64_t safetensors_header_size(Bytes start, std::uint64_t file_size, std::string_view path);

// Parses `start`, the first safetensors_header_size() bytes (or more) of a file of `file_size` bytes. Throws FileError,
// DtypeError for a dtype heed does not have.
SafetensorsHeader parse_safetensors_header(Bytes start, std::uint64_t file_size, std::string_view path);

// An open file; may be read from several threads.
class SafetensorsReader {
public:
    // Reads and checks the header, and the data section where the metadata holds its checksum. Throws FileError,
    // IoError.
    explicit SafetensorsReader(std::string path);

    const std::vector<TensorInfo>& tensors() const { return header_.tensors; }  // by position in the file
    const Metadata& metadata() const { return header_.metadata; }
    const TensorInfo* find(std::string_view name) const;  // null if there is none; lives as long as the reader

    // Copies the tensor's bytes; `size` must be theirs (RangeError). BOOL bytes become 0 or 1.
    void read(const TensorInfo& tensor, void* to, std::size_t size) const;

    // Reads the tensor as T = float, double or int64 with the conversions of convert(): narrowing F64 to float is
    // allowed, F32 to int64 is not (DtypeError). `to` must have one element per element of the tensor (RangeError).
    template <class T>
    void read_as(const TensorInfo& tensor, std::span<T> to) const;

private:
    void verify_checksum() const;

    InputFile file_;
    SafetensorsHeader header_;
    std::map<std::string_view, const TensorInfo*> by_name_;
};

// A tensor to write: `data` holds count(shape) elements, in C order.
struct TensorSource {
    std::string name;
    Dtype dtype = Dtype::F32;
    Shape shape;
    const void* data = nullptr;
};

enum class Checksum { none, stored };

// Writes the file atomically (see write_atomically): by falling element size, then by name, so that every tensor is
// aligned. The checksum key of `metadata` is set, or with Checksum::none dropped. Throws RangeError for duplicate or
// reserved names, names or metadata that are no UTF-8, and shapes the reader would refuse; IoError if writing fails.
void write_safetensors(const std::string& path, std::vector<TensorSource> tensors, Metadata metadata = {},
                       Checksum checksum = Checksum::stored);

}  // namespace heed::io
