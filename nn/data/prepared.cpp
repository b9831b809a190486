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

    io::Dtype dtype = io::Dtype::F32, of_offsets = io::Dtype::U64, of_notes = io::Dtype::U8;
    const io::Bytes ids = vector_of(header, "ids", dtype, content, path);
    if (state_->below < 1 || dtype != dtype_below(state_->below))
        refuse(path, "tensor 'ids'", fmt::format("ids below {} are stored as {}", state_->below, io::name_of(dtype)));
    state_->ids = IdSpan(ids, dtype, state_->below, path);
    const io::Bytes notes = vector_of(header, "notes", of_notes, content, path);
    state_->notes = {reinterpret_cast<const char*>(notes.data()), notes.size()};
    state_->offsets = vector_of(header, "offsets", of_offsets, content, path);
    if (of_offsets != io::Dtype::U64 || of_notes != io::Dtype::U8)
        refuse(path, "header", "the offsets are no U64, or the notes no U8");
    if (state_->offsets.empty()) return;

    const auto n = static_cast<Dim>(state_->offsets.size() / sizeof(std::uint64_t));
    std::uint64_t end = 0;
    for (Dim i = 0; i < n; ++i) {
        const std::uint64_t next = state_->offset(i);
        if (i == 0 ? next != 0 : next < end)
            refuse(path, "tensor 'offsets'",
                   fmt::format("number {} is {}; expected {}", i, next, i == 0 ? "0" : fmt::format("{} or more", end)));
        end = next;
    }
    if (end != static_cast<std::uint64_t>(state_->ids.size()))
        refuse(path, "tensor 'offsets'", fmt::format("the last one is {}; expected {}", end, state_->ids.size()));
    state_->rows = n - 1;
}

std::uint64_t Prepared::State::offset(Dim row) const {
    std::uint64_t offset = 0;
    std::memcpy(&offset, offsets.data() + static_cast<std::size_t>(row) * sizeof offset, sizeof offset);
    return offset;
}

Dim Prepared::length(Dim row) const {
    require(
        0 <= row && row < rows(), "Prepared", [&] { return fmt::format("row {}; expected 0 to {}", row, rows() - 1); },
        Site::current());
    return static_cast<Dim>(state_->offset(row + 1) - state_->offset(row));
}

IdSpan Prepared::row(Dim row) const {
    const Dim n = length(row), from = static_cast<Dim>(state_->offset(row));
    return state_->ids.part(from, from + n);
}

}  // namespace heed::data
