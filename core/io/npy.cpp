// Reading and writing NPY files.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <fmt/format.h>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/npy.hpp>

namespace heed::io {
namespace {

constexpr std::string_view magic = "\x93NUMPY";

constexpr std::array<std::pair<std::string_view, Dtype>, 6> descriptions = {{
    {"<f4", Dtype::F32},
    {"<f8", Dtype::F64},
    {"<i4", Dtype::I32},
    {"<i8", Dtype::I64},
    {"|u1", Dtype::U8},
    {"|b1", Dtype::BOOL},
}};
constexpr std::string_view supported = "<f4 <f8 <i4 <i8 |u1 |b1";

// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and nothing more general: keys in any order, each
// once.
class HeaderLiteral {
public:
    HeaderLiteral(std::string_view text, std::uint64_t offset, std::string_view path)
        : text_(text), offset_(offset), path_(path) {}

    void parse(NpyHeader& header) {
        bool descr = false, order = false, shape = false;
        demand('{');
        while (!take('}')) {
            const std::string_view key = quoted_string();
            demand(':');
            if (key == "descr" && !std::exchange(descr, true)) header.dtype = parse_description();
            else if (key == "fortran_order" && !std::exchange(order, true)) parse_order();
            else if (key == "shape" && !std::exchange(shape, true)) header.shape = parse_shape();
            else wrong(fmt::format("key {} is unknown or there twice", in_quotes(key)));
            if (!take(',')) {
                demand('}');
                break;
            }
        }
        if (!descr || !order || !shape) wrong("a key is missing; expected descr, fortran_order and shape");
        skip_spaces();
        if (text_.substr(at_) != "\n") wrong("expected spaces and one newline after the header's '}'");
    }

private:
    [[noreturn]] void wrong(std::string_view text) const { refuse_file(path_, at_byte(offset_ + at_), text); }

    void skip_spaces() { at_ = std::min(text_.find_first_not_of(' ', at_), text_.size()); }
    bool take(char c) {
        skip_spaces();
        const bool there = at_ < text_.size() && text_[at_] == c;
        at_ += there;
        return there;
    }
    void demand(char c) {
        if (!take(c)) wrong(fmt::format("expected '{}' in the header; is this an NPY file?", c));
    }
    bool take_word(std::string_view word) {
        skip_spaces();
        const bool there = text_.substr(at_).starts_with(word);
        if (there) at_ += word.size();
        return there;
    }

    std::string_view quoted_string() {
        const char quote = take('"') ? '"' : '\'';
        if (quote == '\'') demand('\'');
        const std::size_t end = text_.find(quote, at_);
        const std::string_view content = text_.substr(at_, end - at_);
        if (end == std::string_view::npos || content.find('\\') != std::string_view::npos)
            wrong("expected a string without escapes");
        at_ = end + 1;
        return content;
    }

    Dtype parse_description() {
        skip_spaces();
        const std::string where = at_byte(offset_ + at_);
        if (take('[')) refuse_dtype(path_, where, "structured", supported);
        const std::string_view text = quoted_string();
        const auto* found = std::ranges::find(descriptions, text, &std::pair<std::string_view, Dtype>::first);
        if (found == descriptions.end()) refuse_dtype(path_, where, text, supported);
        return found->second;
    }

    void parse_order() {
        if (take_word("True")) wrong("Fortran order is not supported; save numpy.ascontiguousarray() of it");
        if (!take_word("False")) wrong("fortran_order is neither True nor False");
    }

    Shape parse_shape() {
        Shape shape;
        demand('(');
        if (take(')')) return shape;
        for (bool first = true;; first = false) {
            if (shape.size() == Shape::max_rank)
                wrong(fmt::format("the shape has more than {} axes, heed's most", Shape::max_rank));
            shape.push_back(parse_size());
            const bool comma = take(',');
            if (take(')')) {
                if (first && !comma) wrong("the shape is a number in parentheses; expected a tuple like (3,)");
                return shape;
            }
            if (!comma) wrong("expected ',' or ')' in the shape");
        }
    }

    Dim parse_size() {
        skip_spaces();
        const auto digit = [&] { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; };
        const std::size_t begin = at_;
        CheckedSize size = 0;
        for (; digit(); ++at_) size = size * 10 + static_cast<std::uint64_t>(text_[at_] - '0');
        if (at_ == begin || (text_[begin] == '0' && at_ > begin + 1))
            wrong("expected a whole number from 0 in the shape");
        if (!size.within(max_elements)) wrong("a size in the shape is above 2^48");
        return static_cast<Dim>(size.value());
    }

    std::string_view text_;
    std::uint64_t offset_;
    std::string_view path_;
    std::size_t at_ = 0;
};

}  // namespace

NpyHeader parse_npy_header(Bytes start, std::uint64_t file_size, std::string_view path) {
    const std::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
    if (!text.starts_with(magic))
        refuse_file(path, at_byte(0), "the file does not begin with \\x93NUMPY; is this an NPY file?");
    const auto byte = [&](std::size_t i) -> std::uint64_t {
        if (i >= text.size()) refuse_file(path, at_byte(i), "the header is cut; is the file complete?");
        return static_cast<unsigned char>(text[i]);
    };
    const std::uint64_t major = byte(6), minor = byte(7);
    if (major < 1 || major > 3 || minor != 0) {
        refuse_file(path, at_byte(6),
                    fmt::format("version {}.{} is not supported; expected 1.0, 2.0 or 3.0", major, minor));
    }
    std::uint64_t length = byte(8) | byte(9) << 8;
    if (major > 1) length |= byte(10) << 16 | byte(11) << 24;
    const std::uint64_t prefix = major > 1 ? 12 : 10;
    const CheckedSize data_begin = CheckedSize(prefix) + length;
    if (!data_begin.within(npy_header_limit)) {
        refuse_file(path, at_byte(8),
                    fmt::format("the header length is {}; expected at most {}", length, npy_header_limit - prefix));
    }
    if (!data_begin.within(start.size())) {
        refuse_file(path, at_byte(8),
                    fmt::format("the header length is {} but the file ends at {}; is it complete?", length, file_size));
    }
    NpyHeader header;
    header.data_begin = data_begin.value();
    HeaderLiteral(text.substr(prefix, length), prefix, path).parse(header);

    const std::optional<std::uint64_t> count = count_elements(header.shape);
    if (!count)
        refuse_file(path, "header", fmt::format("shape {} has more than 2^48 elements", to_string(header.shape)));
    const CheckedSize needed = CheckedSize(*count) * size_of(header.dtype);
    const std::uint64_t there = file_size - header.data_begin;
    if (!needed.equals(there)) {
        refuse_file(path, at_byte(header.data_begin),
                    fmt::format("{} bytes follow; expected {} because the array is {} {}", there, needed.value(),
                                name_of(header.dtype), to_string(header.shape)));
    }
    return header;
}

template <class T>
std::vector<T> NpyArray::as() const {
    std::vector<T> to(bytes.size() / size_of(dtype));
    convert<T>(dtype, bytes, to.data());  // no U64 in NPY: every element fits
    return to;
}
template std::vector<float> NpyArray::as<float>() const;
template std::vector<double> NpyArray::as<double>() const;
template std::vector<std::int64_t> NpyArray::as<std::int64_t>() const;

NpyArray read_npy(const std::string& path) {
    const InputFile file(path);
    std::vector<std::byte> start(std::min(file.size(), npy_header_limit));
    file.read(0, start);
    const NpyHeader header = parse_npy_header(start, file.size(), path);
    NpyArray array = {header.dtype, header.shape, room_for(path, file.size() - header.data_begin)};
    file.read(header.data_begin, array.bytes);
    if (array.dtype == Dtype::BOOL) normalise_bools(array.bytes);
    return array;
}

std::string npy_header(const std::string& path, Dtype dtype, const Shape& shape) {
    const auto* description = std::ranges::find(descriptions, dtype, &std::pair<std::string_view, Dtype>::second);
    if (description == descriptions.end()) refuse_dtype(path, "write_npy", name_of(dtype), supported);
    if (!count_elements(shape))
        throw RangeError(fmt::format("write_npy: {}: shape {} has a negative size or more than 2^48 elements", path,
                                     to_string(shape)));

    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", description->first,
                                     fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
    constexpr std::size_t prefix = 10, alignment = 64;  // NumPy aligns the data to 64
    const std::size_t data_begin = (prefix + header.size() + 1 + alignment - 1) / alignment * alignment;
    header.resize(data_begin - prefix - 1, ' ');
    header += '\n';
    std::string start(magic);
    for (std::size_t byte : {std::size_t{1}, std::size_t{0}, header.size() & 0xFF, header.size() >> 8})
        start += static_cast<char>(byte);
    return start + header;
}

void write_npy(const std::string& path, Dtype dtype, const Shape& shape, const void* data) {
    const std::string header = npy_header(path, dtype, shape);
    const Bytes parts[] = {bytes_of(header),
                           {static_cast<const std::byte*>(data), *count_elements(shape) * size_of(dtype)}};
    write_atomically(path, parts);
}

}  // namespace heed::io
