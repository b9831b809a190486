// The texts of exceptions.
#include <fmt/format.h>
#include <heed/core/base/scope.hpp>
#include <heed/core/base/utf8.hpp>

namespace heed {

Error::Error(const std::string& text) : runtime_error(utf8::escaped(text)) {}

std::string to_string(const Shape& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

void refuse_rank(std::size_t rank) {
    throw RangeError(fmt::format("Shape: {} axes; heed's arrays have at most {}", rank, Shape::max_rank));
}

namespace detail {
namespace {
std::string source_lines(Site caller, Site check) {
    if (Scope::caller().line) caller = Scope::caller();
    const std::string called = caller.line ? fmt::format("\n  called from {}:{}", caller.file, caller.line)
                                           : "";  // a sweep has no caller to name
    return fmt::format("{}\n  checked in  {}:{}", called, check.file, check.line);
}
}  // namespace

void refuse_shape(std::string_view op, std::string_view argument, const Shape& actual, std::string_view wanted,
                  Site caller, Site check) {
    throw ShapeError(fmt::format("{}{}: argument '{}' has shape {}; expected {}{}", op, scope_suffix(), argument,
                                 to_string(actual), wanted, source_lines(caller, check)));
}

void refuse(std::string_view op, std::string_view text, Site caller, Site check) {
    throw RangeError(fmt::format("{}{}: {}{}", op, scope_suffix(), text, source_lines(caller, check)));
}

void refuse_least(std::string_view op, std::string_view name, Dim value, Dim least, Site caller, Site check) {
    refuse(op, fmt::format("{} is {}; expected {} or more", name, value, least), caller, check);
}

void refuse_sizes(std::string_view op, const Shape& shape, Site caller, Site check) {
    for (Dim size : shape)
        if (size < 0)
            refuse(op, fmt::format("size {} in shape {}; expected sizes >= 0", size, to_string(shape)), caller, check);
    refuse(op,
           fmt::format("shape {} has more than {} elements, the most of an array (sizes of 0 left out)",
                       to_string(shape), Shape::max_count),
           caller, check);
}

}  // namespace detail
}  // namespace heed
