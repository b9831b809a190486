#pragma once
// What heed throws, and the checks that throw it. Texts are built only when they are needed.
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <heed/core/base/shape.hpp>

namespace heed {

// A line of the source. clang 14 has no std::source_location; the builtins behave the same as default arguments.
struct Site {
    const char* file = "";
    unsigned line = 0;
    static constexpr Site current(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
        return {file, line};
    }
};

// The root of heed's exceptions; what() is ready to print, and always UTF-8: other bytes of `text`, as files and
// command lines may hold them, become \xNN.
struct Error : std::runtime_error {
    explicit Error(const std::string& text);
};
struct ShapeError : Error {
    using Error::Error;
};  // operands that do not fit
struct RangeError : Error {
    using Error::Error;
};  // an index, axis or option outside its range
struct TapeError : Error {
    using Error::Error;
};  // a sweep that cannot be done, a stale saved value
struct FileError : Error {
    using Error::Error;
};  // bad content of a file, or a failing system call
struct NumberError : Error {
    using Error::Error;
};  // a NaN or Inf found by a check
struct MemoryError : Error {
    using Error::Error;
};  // memory that the system does not give

namespace detail {
[[noreturn]] void refuse_shape(std::string_view op, std::string_view argument, const Shape& actual,
                               std::string_view wanted, Site caller, Site check);
[[noreturn]] void refuse(std::string_view op, std::string_view text, Site caller, Site check);
[[noreturn]] void refuse_least(std::string_view op, std::string_view name, Dim value, Dim least, Site caller,
                               Site check);
[[noreturn]] void refuse_sizes(std::string_view op, const Shape& shape, Site caller, Site check);
std::string scope_suffix();  // " 'first.attend'" inside a Scope, else nothing
}  // namespace detail

// The words of a check: a literal, or a lambda that makes them when the check fails.
template <class W>
concept Words = std::convertible_to<W, std::string_view> || requires(const W& words) {
    { words() } -> std::convertible_to<std::string>;
};

template <Words W>
std::string say(const W& words) {
    if constexpr (std::convertible_to<W, std::string_view>) return std::string(std::string_view(words));
    else return words();
}

// Throws ShapeError unless `ok`: "op: argument 'x' has shape (2); expected WANTED", then both lines.
template <Words W>
void expect(bool ok, std::string_view op, std::string_view argument, const Shape& actual, const W& wanted, Site caller,
            Site check = Site::current()) {
    if (!ok) [[unlikely]]
        detail::refuse_shape(op, argument, actual, say(wanted), caller, check);
}

// Throws RangeError unless `ok`: "op: TEXT", then both lines. For indices, axes and options.
template <Words W>
void require(bool ok, std::string_view op, const W& text, Site caller, Site check = Site::current()) {
    if (!ok) [[unlikely]]
        detail::refuse(op, say(text), caller, check);
}

// The same of a number that is at least `least`: "op: NAME is 0; expected 1 or more".
inline void require_least(std::string_view op, std::string_view name, Dim value, Dim least, Site caller,
                          Site check = Site::current()) {
    if (value < least) [[unlikely]]
        detail::refuse_least(op, name, value, least, caller, check);
}

// Throws RangeError unless an array can have the shape of op's result: "op: size -1 in shape (2, -1)...", "op: shape
// (..) has more than..".
inline void require_sizes(std::string_view op, const Shape& shape, Site caller, Site check = Site::current()) {
    if (!shape.countable()) [[unlikely]]
        detail::refuse_sizes(op, shape, caller, check);
}

}  // namespace heed
