// Writing files of prepared data.
#include <bit>
#include <cstring>
#include <limits>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/prepared.hpp>
#include <heed/nn/data/prepared_format.hpp>

namespace heed::data {
namespace {

constexpr std::size_t header_size = 1024, at_once = 1 << 20;  // bytes
static_assert(std::endian::native == std::endian::little, "the file's numbers are little-endian");

template <class T>
void put_as(std::span<const std::int64_t> ids, std::byte* to) {
    for (const std::int64_t id : ids) {
        const auto small = static_cast<T>(id);
        std::memcpy(to, &small, sizeof small);
        to += sizeof small;
    }
}

}  // namespace

PreparedWriter::PreparedWriter(std::string path, std::int64_t below) : below_(below), dtype_(dtype_below(below)) {
    require(
        1 <= below && below <= std::int64_t{1} << 32, "PreparedWriter",
        [&] { return fmt::format("ids below {}; expected 1 to 2^32", below); }, Site::current());
    if (!path.empty()) file_.emplace(std::move(path));
    content_.resize(header_size);
}

void PreparedWriter::add(std::span<const std::int64_t> ids) {
    for (const std::int64_t id : ids)
        require(
            0 <= id && id < below_, "PreparedWriter",
            [&] { return fmt::format("id {}; expected 0 <= id < {}", id, below_); }, Site::current());
    const std::size_t width = io::size_of(dtype_), at = content_.size();
    content_.resize(at + ids.size() * width);
    std::byte* const to = content_.data() + at;
    if (width == 1) put_as<std::uint8_t>(ids, to);
    else if (width == 2) put_as<std::uint16_t>(ids, to);
    else put_as<std::uint32_t>(ids, to);
    count_ += ids.size();
    flush();
}

void PreparedWriter::end_row() {
    const std::uint64_t length = count_ - row_start_;
    require(length <= std::numeric_limits<std::uint32_t>::max(), "PreparedWriter", "a row of more than 2^32 - 1 ids",
            Site::current());
    lengths_.push_back(static_cast<std::uint32_t>(length));
    row_start_ = count_;
}

void PreparedWriter::write(io::Bytes bytes) {
    content_.insert(content_.end(), bytes.begin(), bytes.end());
    flush();
}

void PreparedWriter::flush() {
    if (!file_ || content_.size() < at_once) return;
    file_->write(content_);
    content_.clear();
}

std::string PreparedWriter::header(std::uint64_t notes_size) const {
    const std::uint64_t ids = count_ * io::size_of(dtype_), rows = lengths_.empty() ? 0 : lengths_.size() + 1;
    const std::uint64_t offsets = ids + rows * sizeof(std::uint64_t);
    const auto tensor = [](const char* name, io::Dtype dtype, std::uint64_t n, std::uint64_t begin, std::uint64_t end) {
        return fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", name, io::name_of(dtype), n,
                           begin, end);
    };
    std::string json = fmt::format(R"({{"__metadata__":{{"{}":"{}","{}":"{}"}},{},{},{}}})", version_key,
                                   format_version, below_key, below_, tensor("ids", dtype_, count_, 0, ids),
                                   tensor("offsets", io::Dtype::U64, rows, ids, offsets),
                                   tensor("notes", io::Dtype::U8, notes_size, offsets, offsets + notes_size));
    json.resize(header_size - sizeof(std::uint64_t), ' ');
    const std::uint64_t length = json.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + json;
}

Prepared PreparedWriter::finish(std::string_view notes) {
    std::uint64_t offset = 0;
    const auto put_offset = [&] { write(std::as_bytes(std::span(&offset, 1))); };
    if (!lengths_.empty()) put_offset();
    for (const std::uint32_t length : lengths_) {
        offset += length;
        put_offset();
    }
    write(io::bytes_of(notes));
    const std::string start = header(notes.size());
    if (!file_) {
        std::memcpy(content_.data(), start.data(), start.size());
        return Prepared("prepared data", std::move(content_));
    }
    file_->write(content_);
    file_->overwrite_start(io::bytes_of(start));
    file_->put_in_place();
    const std::string path = file_->path();
    file_.reset();
    return Prepared(path);
}

}  // namespace heed::data
