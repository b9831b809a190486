// The header of a safetensors file: parsing and checks.
#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <tuple>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/safetensors.hpp>

namespace heed::io {
namespace {

constexpr std::uint64_t length_size = 8, longest_header = 100'000'000;

// Receives the JSON as events, so that nothing is nested or allocated but what a header may hold: every value that the
// format does not have at this position is refused at once, which also bounds the depth.
class HeaderEvents : public nlohmann::json_sax<nlohmann::json> {
public:
    HeaderEvents(std::string_view path, SafetensorsHeader& header) : path_(path), header_(header) {}

    bool null() override { misplaced("null"); }
    bool boolean(bool) override { misplaced("a boolean"); }
    bool number_integer(std::int64_t) override { misplaced("a negative number"); }
    bool number_float(double, const std::string& text) override {
        misplaced(fmt::format("the number {}", in_quotes(text)));
    }
    bool binary(binary_t&) override { misplaced("binary data"); }

    bool number_unsigned(std::uint64_t value) override {
        if (position_ == Position::shape) {
            if (tensor_.shape.size() == Shape::max_rank)
                wrong(fmt::format("the shape has more than {} axes, heed's most", Shape::max_rank));
            if (value > max_elements) wrong(fmt::format("the shape has a size of {}; expected at most 2^48", value));
            tensor_.shape.push_back(static_cast<Dim>(value));
        } else if (position_ == Position::offsets) {
            if (offsets_ == 2) wrong("data_offsets has more than two numbers; expected [begin, end]");
            (offsets_ == 0 ? tensor_.begin : tensor_.end) = value;
            ++offsets_;
        } else {
            misplaced(fmt::format("the number {}", value));
        }
        return true;
    }

    bool string(std::string& text) override {
        if (position_ == Position::metadata) {
            header_.metadata[key_] = text;
        } else if (position_ == Position::tensor && key_ == "dtype") {
            const std::optional<Dtype> dtype = dtype_named(text);
            if (!dtype) refuse_dtype(path_, where(), text, supported_dtypes());
            tensor_.dtype = *dtype;
        } else {
            misplaced("a string");
        }
        return true;
    }

    bool start_object(std::size_t) override {
        if (position_ != Position::start && position_ != Position::top) misplaced("an object");
        if (position_ == Position::start) position_ = Position::top;
        else position_ = key_ == "__metadata__" ? Position::metadata : Position::tensor;
        tensor_ = TensorInfo{key_, Dtype::F32, Shape(), 0, 0};
        offsets_ = 0;
        fields_.clear();
        return true;
    }

    bool key(std::string& text) override {
        key_ = text;
        const bool first = (position_ == Position::top ? names_ : fields_).insert(text).second;
        if (!first)
            wrong(position_ == Position::tensor ? fmt::format("{} is there twice", in_quotes(text)) : "is there twice");
        if (position_ == Position::tensor && text != "dtype" && text != "shape" && text != "data_offsets") {
            wrong(fmt::format("unknown field {}; expected dtype, shape and data_offsets", in_quotes(text)));
        }
        return true;
    }

    bool end_object() override {
        if (position_ == Position::tensor) {
            if (fields_.size() != 3) wrong("a field is missing; expected dtype, shape and data_offsets");
            check_bytes();
            header_.tensors.push_back(tensor_);
        }
        position_ = Position::top;
        return true;
    }

    bool start_array(std::size_t) override {
        if (position_ == Position::tensor && key_ == "shape") position_ = Position::shape;
        else if (position_ == Position::tensor && key_ == "data_offsets") position_ = Position::offsets;
        else misplaced("an array");
        return true;
    }

    bool end_array() override {
        if (position_ == Position::offsets && offsets_ != 2)
            wrong(fmt::format("data_offsets has {} numbers; expected [begin, end]", offsets_));
        position_ = Position::tensor;
        return true;
    }

    bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception&) override {
        refuse_file(path_, at_byte(length_size + (position > 0 ? position - 1 : 0)),
                    fmt::format("the header is no valid JSON near {}; the file is damaged", in_quotes(token)));
    }

private:
    enum class Position { start, top, metadata, tensor, shape, offsets };

    std::string where() const {
        if (position_ == Position::start) return "header";
        if (position_ == Position::metadata) return fmt::format("metadata {}", in_quotes(key_));
        return fmt::format("tensor {}", in_quotes(position_ == Position::top ? key_ : tensor_.name));
    }
    [[noreturn]] void wrong(std::string_view text) const { refuse_file(path_, where(), text); }
    [[noreturn]] void misplaced(std::string_view what) const {
        switch (position_) {
        case Position::metadata: wrong(fmt::format("is {}; expected a string", what));
        case Position::tensor:
            wrong(fmt::format("{} is {}; expected a {}", key_, what, key_ == "dtype" ? "string" : "list of numbers"));
        case Position::shape: wrong(fmt::format("the shape holds {}; expected whole numbers from 0", what));
        case Position::offsets: wrong(fmt::format("data_offsets holds {}; expected whole numbers from 0", what));
        default: wrong(fmt::format("is {}; expected an object", what));
        }
    }

    void check_bytes() const {
        const TensorInfo& t = tensor_;
        if (t.begin > t.end) wrong(fmt::format("data_offsets [{}, {}] end before they begin", t.begin, t.end));
        const std::optional<std::uint64_t> count = count_elements(t.shape);
        if (!count) wrong(fmt::format("shape {} has more than 2^48 elements", to_string(t.shape)));
        const CheckedSize needed = CheckedSize(*count) * size_of(t.dtype);
        if (!needed.equals(t.end - t.begin)) {
            wrong(fmt::format("data_offsets [{}, {}] hold {} bytes; expected {} because it is {} {}", t.begin, t.end,
                              t.end - t.begin, needed.value(), name_of(t.dtype), to_string(t.shape)));
        }
    }

    std::string_view path_;
    SafetensorsHeader& header_;
    Position position_ = Position::start;
    std::string key_;
    TensorInfo tensor_;
    int offsets_ = 0;
    std::set<std::string> names_, fields_;  // seen in the header, in the innermost object
};

// Every byte of the data section belongs to exactly one tensor.
void check_layout(const SafetensorsHeader& header, std::uint64_t data_size, std::string_view path) {
    std::uint64_t end = 0;
    for (const TensorInfo& t : header.tensors) {
        if (t.begin != end) {
            refuse_file(
                path, fmt::format("tensor {}", in_quotes(t.name)),
                fmt::format("its data begin at {}; expected {}, the end of the tensor before: {}; the file is damaged",
                            t.begin, end, t.begin > end ? "there is a gap" : "they overlap"));
        }
        end = t.end;
    }
    if (end != data_size) {
        refuse_file(path, at_byte(header.data_begin),
                    fmt::format("the tensors need {} bytes but {} follow; {}", end, data_size,
                                end > data_size ? "is the file complete?" : "the file is damaged"));
    }
}

}  // namespace

std::uint64_t safetensors_header_size(Bytes start, std::uint64_t file_size, std::string_view path) {
    if (file_size < length_size || start.size() < length_size) {
        refuse_file(path, at_byte(0),
                    fmt::format("the file has {} bytes; expected at least 8; is it complete?", file_size));
    }
    std::uint64_t length = 0;
    std::memcpy(&length, start.data(), sizeof length);
    if (length > longest_header) {
        refuse_file(path, at_byte(0),
                    fmt::format("the header length is {}; expected at most {}; is it a safetensors file?", length,
                                longest_header));
    }
    const CheckedSize size = CheckedSize(length_size) + length;
    if (!size.within(file_size)) {
        refuse_file(path, at_byte(0),
                    fmt::format("the header length is {} but {} bytes follow; is it complete?", length,
                                file_size - length_size));
    }
    return size.value();
}

SafetensorsHeader parse_safetensors_header(Bytes start, std::uint64_t file_size, std::string_view path) {
    SafetensorsHeader header;
    header.data_begin = safetensors_header_size(start, file_size, path);
    if (start.size() < header.data_begin)
        refuse_file(path, at_byte(start.size()), "the header is cut; is the file complete?");
    const Bytes json = start.subspan(length_size, header.data_begin - length_size);
    const std::string_view text(reinterpret_cast<const char*>(json.data()),
                                json.size());  // the JSON parser takes chars
    if (text.starts_with("\xEF\xBB\xBF"))
        refuse_file(path, at_byte(length_size), "the header begins with a byte order mark; write it without");
    if (!text.starts_with('{'))
        refuse_file(path, at_byte(length_size), "the header does not begin with '{'; is it a safetensors file?");
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        refuse_file(path, at_byte(length_size + nul), "the header holds a NUL byte; pad it with spaces");
    }
    HeaderEvents events(path, header);
    nlohmann::json::sax_parse(text.begin(), text.end(), &events);
    // Empty tensors come before what begins at the same byte.
    std::ranges::sort(header.tensors, {}, [](const TensorInfo& t) { return std::tie(t.begin, t.end, t.name); });
    check_layout(header, file_size - header.data_begin, path);
    return header;
}

}  // namespace heed::io
