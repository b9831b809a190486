// Opening files of prepared data.
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/data/prepared.hpp>
#include <heed/nn/data/prepared_format.hpp>

namespace heed::data {
namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view where, const std::string& text) {
    io::refuse_file(path, where,
                    text + "; it holds no prepared data, or damaged ones: remove it, and it is made again");
}

// The number that the header states under this key.
std::int64_t number_of(const io::Metadata& metadata, std::string_view key, const std::string& path) {
    const auto found = metadata.find(std::string(key));
    if (found == metadata.end()) refuse(path, "header", fmt::format("there is no {}", io::in_quotes(key)));
    const std::string& text = found->second;
    std::int64_t number = -1;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
    if (end != text.data() + text.size() || number < 0)
        refuse(path, "header",
               fmt::format("{} is {}; expected a whole number", io::in_quotes(key), io::in_quotes(text)));
    return number;
}

// The bytes of the tensor of this name, which must be a vector; none where there is none.
io::Bytes vector_of(const io::SafetensorsHeader& header, std::string_view name, io::Dtype& dtype, io::Bytes content,
                    const std::string& path) {
    for (const io::TensorInfo& tensor : header.tensors) {
        if (tensor.name != name) continue;
        if (tensor.shape.size() != 1)
            refuse(path, fmt::format("tensor {}", io::in_quotes(name)),
                   fmt::format("its shape is {}; expected one axis", to_string(tensor.shape)));
        dtype = tensor.dtype;
        return content.subspan(header.data_begin + tensor.begin, tensor.end - tensor.begin);
    }
    return {};
}

std::uint64_t number_at(io::Bytes numbers, std::size_t n) {
    std::uint64_t number = 0;
    std::memcpy(&number, numbers.data() + n * sizeof number, sizeof number);
    return number;
}

// Refuses offsets that are not from 0 to `count`, none below the one before.
void check_offsets(io::Bytes offsets, std::uint64_t count, std::string_view tensor, const std::string& path) {
    if (offsets.empty()) return;
    const std::string where = fmt::format("tensor {}", io::in_quotes(tensor));
    const std::size_t n = offsets.size() / sizeof(std::uint64_t);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::uint64_t next = number_at(offsets, i);
        if (i == 0 ? next != 0 : next < end)
            refuse(path, where,
                   fmt::format("number {} is {}; expected {}", i, next, i == 0 ? "0" : fmt::format("{} or more", end)));
        end = next;
    }
    if (end != count) refuse(path, where, fmt::format("the last one is {}; expected {}", end, count));
}

}  // namespace

Prepared::Prepared(const std::string& path) : state_(std::make_shared<State>(path)) {
    state_->file.emplace(path);
    open(state_->file->bytes());
}

Prepared::Prepared(std::string name, std::vector<std::byte> content)
    : state_(std::make_shared<State>(std::move(name))) {
    state_->content = std::move(content);
    open(state_->content);
}

void Prepared::open(io::Bytes content) {
    const std::string& path = state_->path;
    const io::SafetensorsHeader header = io::parse_safetensors_header(content, content.size(), path);
    if (const std::int64_t version = number_of(header.metadata, version_key, path); version != format_version)
        io::refuse_file(path, "header",
                        fmt::format("the data were prepared by another version of heed ({}; this one reads {}): remove "
                                    "the file, and it is made again",
                                    version, format_version));
    state_->below = number_of(header.metadata, below_key, path);

    io::Dtype dtype = io::Dtype::F32, of_offsets = io::Dtype::U64, of_value_offsets = io::Dtype::U64,
              of_numbers = io::Dtype::U64, of_notes = io::Dtype::U8;
    const io::Bytes ids = vector_of(header, "ids", dtype, content, path);
    if (state_->below < 1 || dtype != dtype_below(state_->below))
        refuse(path, "tensor 'ids'", fmt::format("ids below {} are stored as {}", state_->below, io::name_of(dtype)));
    state_->ids = IdSpan(ids, dtype, state_->below, path);
    const io::Bytes notes = vector_of(header, "notes", of_notes, content, path);
    state_->notes = {reinterpret_cast<const char*>(notes.data()), notes.size()};
    state_->offsets.numbers = vector_of(header, "offsets", of_offsets, content, path);
    state_->values = vector_of(header, "values", state_->value_dtype, content, path);
    state_->value_offsets.numbers = vector_of(header, "value_offsets", of_value_offsets, content, path);
    state_->numbers = vector_of(header, "numbers", of_numbers, content, path);
    if (of_offsets != io::Dtype::U64 || of_value_offsets != io::Dtype::U64 || of_numbers != io::Dtype::U64 ||
        of_notes != io::Dtype::U8)
        refuse(path, "header", "the offsets or numbers are no U64, or the notes no U8");
    check_offsets(state_->offsets.numbers, static_cast<std::uint64_t>(state_->ids.size()), "offsets", path);
    check_offsets(state_->value_offsets.numbers, state_->values.size() / io::size_of(state_->value_dtype),
                  "value_offsets", path);
    if (const Dim of_values = state_->value_offsets.rows(); of_values != 0 && of_values != rows())
        refuse(path, "tensor 'value_offsets'", fmt::format("they are of {} rows; expected {}", of_values, rows()));
}

std::pair<std::size_t, std::size_t> Prepared::Offsets::of(Dim row) const {
    require(
        0 <= row && row < rows(), "Prepared", [&] { return fmt::format("row {}; expected 0 to {}", row, rows() - 1); },
        Site::current());
    const auto n = static_cast<std::size_t>(row);
    return {number_at(numbers, n), number_at(numbers, n + 1)};
}

Dim Prepared::length(Dim row) const {
    const auto [from, to] = state_->offsets.of(row);
    return static_cast<Dim>(to - from);
}

IdSpan Prepared::row(Dim row) const {
    const auto [from, to] = state_->offsets.of(row);
    return state_->ids.part(static_cast<Dim>(from), static_cast<Dim>(to));
}

Dim Prepared::value_count(Dim row) const {
    const auto [from, to] = state_->value_offsets.of(row);
    return static_cast<Dim>(to - from);
}

io::Bytes Prepared::values(Dim row, io::Dtype dtype) const {
    const auto [from, to] = state_->value_offsets.of(row);
    if (state_->value_dtype != dtype)
        refuse(path(), "tensor 'values'",
               fmt::format("is of {}; expected {}", io::name_of(state_->value_dtype), io::name_of(dtype)));
    const std::size_t width = io::size_of(dtype);
    return state_->values.subspan(from * width, (to - from) * width);
}

std::vector<float> Prepared::floats(Dim row) const {
    const io::Bytes from = values(row, io::Dtype::F32);
    std::vector<float> all(from.size() / sizeof(float));
    if (!all.empty()) std::memcpy(all.data(), from.data(), from.size());
    return all;
}

std::span<const std::uint8_t> Prepared::bytes(Dim row) const {
    const io::Bytes from = values(row, io::Dtype::U8);
    return {reinterpret_cast<const std::uint8_t*>(from.data()), from.size()};
}

std::uint64_t Prepared::number(Dim row, Dim which) const {
    const Dim n = static_cast<Dim>(state_->numbers.size() / sizeof(std::uint64_t)), each = rows() ? n / rows() : 0;
    require(
        0 <= row && row < rows() && 0 <= which && which < each, "Prepared",
        [&] {
            return fmt::format("number {} of row {}; expected 0 to {} of 0 to {}", which, row, each - 1, rows() - 1);
        },
        Site::current());
    return number_at(state_->numbers, static_cast<std::size_t>(row * each + which));
}

}  // namespace heed::data
