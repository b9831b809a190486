// Reading and writing safetensors files.
#include <algorithm>
#include <array>
#include <tuple>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/crc32c.hpp>
#include <heed/core/io/safetensors.hpp>

namespace heed::io {
namespace {

constexpr std::size_t block_size = std::size_t{1} << 16;  // a multiple of every element size

std::string label_of(const TensorInfo& tensor) { return fmt::format("tensor {}", in_quotes(tensor.name)); }

std::string hex(std::uint32_t sum) { return fmt::format("{:08x}", sum); }

SafetensorsHeader read_header(const InputFile& file) {
    std::vector<std::byte> start(std::min<std::uint64_t>(file.size(), 8));
    file.read(0, start);
    start.resize(safetensors_header_size(start, file.size(), file.path()));
    file.read(0, start);
    return parse_safetensors_header(start, file.size(), file.path());
}

// Calls use(bytes) for the range [begin, end) of the file, a block at a time.
template <class Use>
void read_blocks(const InputFile& file, std::uint64_t begin, std::uint64_t end, Use use) {
    std::vector<std::byte> block(std::min<std::uint64_t>(block_size, end - begin));
    while (begin < end) {
        const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), end - begin));
        file.read(begin, part);
        use(Bytes(part));
        begin += part.size();
    }
}

[[noreturn]] void refuse_argument(const std::string& path, std::string_view text) {
    throw RangeError(fmt::format("write_safetensors: {}: {}", path, text));
}

Bytes data_of(const TensorSource& tensor, const std::string& path) {
    const std::optional<std::uint64_t> count = count_elements(tensor.shape);
    if (!count) {
        refuse_argument(path, fmt::format("tensor {} has shape {}; expected sizes from 0 and at most 2^48 elements",
                                          in_quotes(tensor.name), to_string(tensor.shape)));
    }
    if (*count > 0 && tensor.data == nullptr)
        refuse_argument(path, fmt::format("tensor {} has no data", in_quotes(tensor.name)));
    return {static_cast<const std::byte*>(tensor.data), *count * size_of(tensor.dtype)};
}

void check_names(const std::vector<TensorSource>& tensors, const std::string& path) {
    std::map<std::string_view, int> seen;
    for (const TensorSource& t : tensors) {
        if (t.name == "__metadata__")
            refuse_argument(path, "a tensor is named '__metadata__', which the format reserves");
        if (++seen[t.name] == 2) refuse_argument(path, fmt::format("two tensors are named {}", in_quotes(t.name)));
    }
}

// The length and the JSON, padded so that the data section is aligned to 8.
std::string make_header(const std::vector<TensorSource>& tensors, const std::vector<Bytes>& data,
                        const Metadata& metadata, const std::string& path) {
    nlohmann::ordered_json json = nlohmann::ordered_json::object();
    if (!metadata.empty()) json["__metadata__"] = metadata;
    // Appended to the underlying list: json[name] would search it for every name.
    auto& entries = json.get_ref<nlohmann::ordered_json::object_t&>();
    CheckedSize end = 0;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const std::uint64_t begin = end.value();
        end = end + data[i].size();
        const Shape& shape = tensors[i].shape;
        nlohmann::ordered_json entry = {{"dtype", name_of(tensors[i].dtype)},
                                        {"shape", std::vector<Dim>(shape.begin(), shape.end())},
                                        {"data_offsets", {begin, end.value()}}};
        entries.emplace_back(tensors[i].name, std::move(entry));
    }
    std::string text;
    try {
        text = json.dump();
    } catch (const nlohmann::json::type_error& error) {
        refuse_argument(path, fmt::format("a name or the metadata is no valid UTF-8 ({})", error.what()));
    }
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = text.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + text;
}

}  // namespace

SafetensorsReader::SafetensorsReader(std::string path) : file_(std::move(path)), header_(read_header(file_)) {
    for (const TensorInfo& tensor : header_.tensors) by_name_.emplace(tensor.name, &tensor);
    if (header_.metadata.contains(std::string(checksum_key))) verify_checksum();
}

void SafetensorsReader::verify_checksum() const {
    const std::string& stored = header_.metadata.at(std::string(checksum_key));
    std::uint32_t sum = 0;
    read_blocks(file_, header_.data_begin, file_.size(), [&](Bytes part) { sum = crc32c(part, sum); });
    if (stored != hex(sum)) {
        refuse_file(
            file_.path(), at_byte(header_.data_begin),
            fmt::format("the data have crc32c {} but metadata '{}' is {}; the file is damaged, take an earlier one",
                        hex(sum), checksum_key, in_quotes(stored)));
    }
}

const TensorInfo* SafetensorsReader::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

void SafetensorsReader::read(const TensorInfo& tensor, void* to, std::size_t size) const {
    if (size != tensor.end - tensor.begin) {
        throw RangeError(fmt::format("{}: {}: has {} bytes; the buffer has {}", file_.path(), label_of(tensor),
                                     tensor.end - tensor.begin, size));
    }
    const std::span bytes(static_cast<std::byte*>(to), size);
    file_.read(header_.data_begin + tensor.begin, bytes);
    if (tensor.dtype == Dtype::BOOL) normalise_bools(bytes);
}

template <class T>
void SafetensorsReader::read_as(const TensorInfo& tensor, std::span<T> to) const {
    if (to.size() != count_elements(tensor.shape)) {
        throw RangeError(fmt::format("{}: {}: has shape {}; the buffer has {} elements", file_.path(), label_of(tensor),
                                     to_string(tensor.shape), to.size()));
    }
    if (!converts_to<T>(tensor.dtype)) {
        throw DtypeError(
            fmt::format("{}: {}: is {}; expected integers", file_.path(), label_of(tensor), name_of(tensor.dtype)));
    }
    T* next = to.data();
    read_blocks(file_, header_.data_begin + tensor.begin, header_.data_begin + tensor.end, [&](Bytes part) {
        const std::size_t done = convert<T>(tensor.dtype, part, next);
        next += done;
        if (done < part.size() / size_of(tensor.dtype)) {
            refuse_file(file_.path(), label_of(tensor),
                        fmt::format("element {} does not fit in a signed 64-bit integer", next - to.data()));
        }
    });
}

template void SafetensorsReader::read_as<float>(const TensorInfo&, std::span<float>) const;
template void SafetensorsReader::read_as<double>(const TensorInfo&, std::span<double>) const;
template void SafetensorsReader::read_as<std::int64_t>(const TensorInfo&, std::span<std::int64_t>) const;

void write_safetensors(const std::string& path, std::vector<TensorSource> tensors, Metadata metadata,
                       Checksum checksum) {
    check_names(tensors, path);
    std::ranges::sort(tensors, [](const TensorSource& a, const TensorSource& b) {
        return std::tuple(size_of(b.dtype), std::string_view(a.name)) <
               std::tuple(size_of(a.dtype), std::string_view(b.name));
    });
    std::vector<Bytes> data;
    for (const TensorSource& tensor : tensors) data.push_back(data_of(tensor, path));
    metadata.erase(std::string(checksum_key));
    if (checksum == Checksum::stored) {
        std::uint32_t sum = 0;
        for (Bytes part : data) sum = crc32c(part, sum);
        metadata[std::string(checksum_key)] = hex(sum);
    }
    const std::string header = make_header(tensors, data, metadata, path);
    data.insert(data.begin(), bytes_of(header));
    write_atomically(path, data);
}

}  // namespace heed::io
