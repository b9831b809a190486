#pragma once
// Data as ids in one file, which is made once from a text, a dictionary or the like, and then mapped and not read: what
// is trained on may be larger than the memory. It is a safetensors file: "ids", of U8, U16 or U32, as the largest id
// needs; "offsets", of U64, where rows of them begin and the last one ends; "notes", a text (U8) of the program that
// made it. Rows may be of values, pixels of pictures (U8) or samples of clips (F32), and their ids the labels of these:
// then there are "values", "value_offsets", and "numbers", of U64, as many for each row. A file is taken for what
// anyone may have written: all sizes and offsets are checked when it is opened, each id when it is read.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <heed/core/io/atomic.hpp>
#include <heed/nn/data/ids.hpp>

namespace heed::data {

class Prepared {
public:
    // Maps the file. Throws FileError for one that is no such file, is of another version, or was cut short or changed;
    // IoError.
    explicit Prepared(const std::string& path);
    // The same of content in memory; `name` is for messages.
    Prepared(std::string name, std::vector<std::byte> content);

    const std::string& path() const { return state_->path; }
    const IdSpan& ids() const { return state_->ids; }     // all of them
    std::int64_t below() const { return state_->below; }  // each id is below it
    Dim rows() const { return state_->offsets.rows(); }   // 0 of a file without rows
    Dim length(Dim row) const;                            // throw RangeError for a row that there is not
    IdSpan row(Dim row) const;
    std::string_view notes() const { return state_->notes; }

    // Of rows of values: how many, and they themselves, floats or, in place, bytes. Throw RangeError for a row that
    // there is not, FileError for values of the other type.
    Dim value_count(Dim row) const;
    std::vector<float> floats(Dim row) const;
    std::span<const std::uint8_t> bytes(Dim row) const;
    // What the program noted of a row; throws RangeError for a number that there is not.
    std::uint64_t number(Dim row, Dim which) const;

private:
    // Where rows begin, and the last one ends.
    struct Offsets {
        io::Bytes numbers;  // rows + 1 of 8 bytes, at any address
        Dim rows() const { return numbers.empty() ? 0 : static_cast<Dim>(numbers.size() / sizeof(std::uint64_t)) - 1; }
        std::pair<std::size_t, std::size_t> of(Dim row) const;  // throws RangeError
    };
    struct State {
        explicit State(std::string name) : path(std::move(name)) {}
        std::string path;
        std::vector<std::byte> content;
        std::optional<io::MappedFile> file;
        IdSpan ids;
        std::int64_t below = 0;
        Offsets offsets, value_offsets;
        io::Bytes values, numbers;
        io::Dtype value_dtype = io::Dtype::U8;
        std::string_view notes;
    };
    void open(io::Bytes content);
    io::Bytes values(Dim row, io::Dtype dtype) const;
    std::shared_ptr<State> state_;  // where it is stays as it is: views point there
};

// Writes such a file, from the first id to the last one.
class PreparedWriter {
public:
    // `below`: what all ids are below; decides how many bytes they take. `values`: U8 or F32, where rows are of these;
    // their ids and numbers wait in memory until the end. No path: in memory. Throws RangeError for a bound outside 1
    // to 2^32, IoError.
    PreparedWriter(std::string path, std::int64_t below, std::optional<io::Dtype> values = {});

    void add(std::span<const std::int64_t> ids);  // throws RangeError for one outside 0 <= id < below, IoError
    void add_values(std::span<const std::uint8_t> values);
    void add_values(std::span<const float> values);
    // The ids and values since the last one are a row; rows of values may have numbers, each row as many.
    void end_row(std::span<const std::uint64_t> numbers = {});
    // The file, in place and open. Until then there is none. Throws IoError.
    Prepared finish(std::string_view notes);

private:
    // Where rows end, of ids or of values.
    struct Rows {
        std::uint64_t count = 0, start = 0;
        std::vector<std::uint32_t> lengths = {};
        void end_row();
        std::uint64_t offset_count() const { return lengths.empty() ? 0 : lengths.size() + 1; }
    };
    void write(io::Bytes bytes);
    void write_offsets(const Rows& rows);
    void add_values(io::Dtype dtype, io::Bytes values);
    void flush();
    std::string header(std::uint64_t notes_size) const;

    std::optional<io::AtomicFile> file_;
    std::vector<std::byte> content_;  // of what is made in memory, or waits to be written
    std::int64_t below_;
    io::Dtype dtype_;
    std::optional<io::Dtype> value_dtype_;
    Rows ids_, values_;
    std::vector<std::byte> labels_;  // the ids of rows of values
    std::vector<std::uint64_t> numbers_;
};

}  // namespace heed::data
