#pragma once
// Printing: `std::cout << x` and fmt::print("{}", x) for a Shape, an Array, Ints and a Var.
#include <algorithm>
#include <iosfwd>
#include <fmt/core.h>
#include <heed/core/var.hpp>

namespace heed {

// The elements as NumPy prints them:
//     [[1, 2.5],
//      [3,   4]]
// Of more than 1,000 elements the first and last three of each axis, and the shape. `element` is the format of one
// element, as ".3f"; by default six digits.
HEED_ABI std::string to_string(const Array& x, std::string_view element = {});
HEED_ABI std::string to_string(const Ints& x, std::string_view element = {});
HEED_ABI std::string to_string(const Var& x, std::string_view element = {});
HEED_ABI std::string to_string(const Shape& shape, std::string_view format);  // width and alignment, as for text

HEED_ABI std::ostream& operator<<(std::ostream& out, const Shape& shape);
HEED_ABI std::ostream& operator<<(std::ostream& out, const Array& x);
HEED_ABI std::ostream& operator<<(std::ostream& out, const Ints& x);
HEED_ABI std::ostream& operator<<(std::ostream& out, const Var& x);

namespace detail {

// "{}" and "{:.3f}": what stands behind the colon goes to to_string(). It compiles with the small half of fmt.
template <class X>
struct Formatter {
    constexpr auto parse(fmt::format_parse_context& context) {
        const auto end = std::find(context.begin(), context.end(), '}');
        format_ = std::string_view(context.begin(), static_cast<std::size_t>(end - context.begin()));
        return end;
    }
    auto format(const X& x, fmt::format_context& context) const {
        const std::string text = to_string(x, format_);
        return std::copy(text.begin(), text.end(), context.out());
    }

private:
    std::string_view format_;
};

}  // namespace detail
}  // namespace heed

template <>
struct fmt::formatter<heed::Array> : heed::detail::Formatter<heed::Array> {};
template <>
struct fmt::formatter<heed::Ints> : heed::detail::Formatter<heed::Ints> {};
template <>
struct fmt::formatter<heed::Var> : heed::detail::Formatter<heed::Var> {};

template <>
struct fmt::formatter<heed::Shape> : heed::detail::Formatter<heed::Shape> {};
