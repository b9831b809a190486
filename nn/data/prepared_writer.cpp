// Writing files of prepared data.
#include <bit>
#include <cstring>
#include <limits>
#include <utility>
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

PreparedWriter::PreparedWriter(std::string path, std::int64_t below, std::optional<io::Dtype> values)
    : below_(below), dtype_(dtype_below(below)), value_dtype_(values) {
    require(
        1 <= below && below <= std::int64_t{1} << 32, "PreparedWriter",
        [&] { return fmt::format("ids below {}; expected 1 to 2^32", below); }, Site::current());
    require(
        !values || values == io::Dtype::U8 || values == io::Dtype::F32, "PreparedWriter",
        [&] { return fmt::format("values of {}; expected U8 or F32", io::name_of(*values)); }, Site::current());
    if (!path.empty()) file_.emplace(std::move(path));
    content_.resize(header_size);
}

void PreparedWriter::add(std::span<const std::int64_t> ids) {
    for (const std::int64_t id : ids)
        require(
            0 <= id && id < below_, "PreparedWriter",
            [&] { return fmt::format("id {}; expected 0 <= id < {}", id, below_); }, Site::current());
    std::vector<std::byte>& all = value_dtype_ ? labels_ : content_;
    const std::size_t width = io::size_of(dtype_), at = all.size();
    all.resize(at + ids.size() * width);
    std::byte* const to = all.data() + at;
    if (width == 1) put_as<std::uint8_t>(ids, to);
    else if (width == 2) put_as<std::uint16_t>(ids, to);
    else put_as<std::uint32_t>(ids, to);
    ids_.count += ids.size();
    flush();
}

void PreparedWriter::add_values(io::Dtype dtype, io::Bytes values) {
    require(
        value_dtype_ == dtype, "PreparedWriter",
        [&] {
            return fmt::format("values of {}; expected {}", io::name_of(dtype),
                               value_dtype_ ? io::name_of(*value_dtype_) : "none");
        },
        Site::current());
    values_.count += values.size() / io::size_of(dtype);
    write(values);
}

void PreparedWriter::add_values(std::span<const std::uint8_t> values) {
    add_values(io::Dtype::U8, std::as_bytes(values));
}

void PreparedWriter::add_values(std::span<const float> values) { add_values(io::Dtype::F32, std::as_bytes(values)); }

void PreparedWriter::Rows::end_row() {
    const std::uint64_t length = count - start;
    require(length <= std::numeric_limits<std::uint32_t>::max(), "PreparedWriter",
            "a row of more than 2^32 - 1 ids or values", Site::current());
    lengths.push_back(static_cast<std::uint32_t>(length));
    start = count;
}

void PreparedWriter::end_row(std::span<const std::uint64_t> numbers) {
    require(
        numbers.size() * ids_.lengths.size() == numbers_.size() && (value_dtype_ || numbers.empty()), "PreparedWriter",
        [&] { return fmt::format("{} numbers of a row; expected as many of each row of values", numbers.size()); },
        Site::current());
    ids_.end_row();
    if (value_dtype_) values_.end_row();
    numbers_.insert(numbers_.end(), numbers.begin(), numbers.end());
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
    std::uint64_t end = 0;
    std::string tensors;
    const auto add = [&](const char* name, io::Dtype dtype, std::uint64_t n) {
        const std::uint64_t begin = std::exchange(end, end + n * io::size_of(dtype));
        tensors += fmt::format(R"(,"{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", name,
                               io::name_of(dtype), n, begin, end);
    };
    if (value_dtype_) {
        add("values", *value_dtype_, values_.count);
        add("value_offsets", io::Dtype::U64, values_.offset_count());
        add("numbers", io::Dtype::U64, numbers_.size());
    }
    add("ids", dtype_, ids_.count);
    add("offsets", io::Dtype::U64, ids_.offset_count());
    add("notes", io::Dtype::U8, notes_size);
    std::string json = fmt::format(R"({{"__metadata__":{{"{}":"{}","{}":"{}"}}{}}})", version_key, format_version,
                                   below_key, below_, tensors);
    json.resize(header_size - sizeof(std::uint64_t), ' ');
    const std::uint64_t length = json.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + json;
}

void PreparedWriter::write_offsets(const Rows& rows) {
    std::uint64_t offset = 0;
    const auto put_offset = [&] { write(std::as_bytes(std::span(&offset, 1))); };
    if (!rows.lengths.empty()) put_offset();
    for (const std::uint32_t length : rows.lengths) {
        offset += length;
        put_offset();
    }
}

Prepared PreparedWriter::finish(std::string_view notes) {
    if (value_dtype_) {
        write_offsets(values_);
        write(std::as_bytes(std::span(numbers_)));
        write(labels_);
    }
    write_offsets(ids_);
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
