// What readers of files with boxes share.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/image/box_parts.hpp>

namespace heed::image {
namespace {

constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;  // COCO's lists have up to half of that

std::string refusal_of(const Box& b) {
    return fmt::format("the box from ({}, {}) to ({}, {})", b.left, b.top, b.right, b.bottom);
}

}  // namespace

std::string checked_text(const std::string& path) {
    const std::vector<std::byte> bytes = io::read_file(path, most_bytes);
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!utf8::is_utf8(text)) throw FileError(fmt::format("{}: is not UTF-8", path));
    return text;
}

void check_box(const std::string& where, const Box& b, double width, double height) {
    if (!(b.left < b.right && b.top < b.bottom))
        throw FileError(
            fmt::format("{}: {} has no area; expected left < right and top < bottom", where, refusal_of(b)));
    const bool beyond = (width > 0 && b.right > width) || (height > 0 && b.bottom > height);
    if (!(b.left >= 0 && b.top >= 0 && std::isfinite(b.right) && std::isfinite(b.bottom)) || beyond)
        throw FileError(
            width > 0 ? fmt::format("{}: {} is not inside the image of {} x {}", where, refusal_of(b), width, height)
                      : fmt::format("{}: {} is not inside the image", where, refusal_of(b)));
}

std::vector<std::string> classes_of(const std::vector<std::string>& known, std::set<std::string> named) {
    return known.empty() ? std::vector<std::string>(named.begin(), named.end()) : known;
}
Dim label_in(const std::vector<std::string>& classes, const std::string& name, const std::string& where) {
    const auto found = std::ranges::find(classes, name);
    if (found == classes.end())
        throw FileError(fmt::format("{}: '{}' is no class of the model, which knows {}", where, utf8::printable(name),
                                    fmt::join(classes, ", ")));
    return found - classes.begin();
}

double number_in(const std::string& text, const std::string& where) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        throw FileError(fmt::format("{}: '{}' is no number", where, utf8::printable(text)));
    return value;
}

}  // namespace heed::image
