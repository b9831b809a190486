#pragma once
// Data as ids in one file, which is made once from a text, a dictionary or the like, and then mapped and not read: what
// is trained on may be larger than the memory. It is a safetensors file: "ids", of U8, U16 or U32, as the largest id
// needs; "offsets", of U64, where rows of them begin and the last one ends; "notes", a text (U8) of the program that
// made it. A file is taken for what anyone may have written: all sizes and offsets are checked when it is opened, each
// id when it is read.
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
    Dim rows() const { return state_->rows; }             // 0 of a file without rows
    Dim length(Dim row) const;                            // throw RangeError for a row that there is not
    IdSpan row(Dim row) const;
    std::string_view notes() const { return state_->notes; }

private:
    struct State {
        explicit State(std::string name) : path(std::move(name)) {}
        std::string path;
        std::vector<std::byte> content;
        std::optional<io::MappedFile> file;
        IdSpan ids;
        std::int64_t below = 0;
        io::Bytes offsets;  // rows + 1 of 8 bytes, at any address
        Dim rows = 0;
        std::string_view notes;
        std::uint64_t offset(Dim row) const;
    };
    void open(io::Bytes content);
    std::shared_ptr<State> state_;  // where it is stays as it is: views point there
};

// Writes such a file, from the first id to the last one.
class PreparedWriter {
public:
    // `below`: what all ids are below; decides how many bytes they take. No path: in memory. Throws RangeError for a
    // bound outside 1 to 2^32, IoError.
    PreparedWriter(std::string path, std::int64_t below);

    void add(std::span<const std::int64_t> ids);  // throws RangeError for one outside 0 <= id < below, IoError
    void end_row();                               // the ids since the last one are a row
    // The file, in place and open. Until then there is none. Throws IoError.
    Prepared finish(std::string_view notes);

private:
    void write(io::Bytes bytes);
    void flush();
    std::string header(std::uint64_t notes_size) const;

    std::optional<io::AtomicFile> file_;
    std::vector<std::byte> content_;  // of what is made in memory, or waits to be written
    std::int64_t below_;
    io::Dtype dtype_;
    std::uint64_t count_ = 0, row_start_ = 0;
    std::vector<std::uint32_t> lengths_;  // of rows
};

}  // namespace heed::data
