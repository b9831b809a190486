#pragma once
// Sizes that come from outside. One type and one count, so that no reader multiplies or adds them unchecked.
#include <cstdint>
#include <optional>
#include <heed/core/base/shape.hpp>

namespace heed::io {

inline constexpr std::uint64_t max_elements = std::uint64_t{Shape::max_count};  // of one array in a file

// An unsigned 64-bit size whose sums and products never wrap: once one does not fit, everything made from it does not
// either.
class CheckedSize {
public:
    constexpr CheckedSize(std::uint64_t value = 0) : value_(value) {}

    constexpr bool within(std::uint64_t limit) const { return fits_ && value_ <= limit; }
    constexpr bool equals(std::uint64_t other) const { return fits_ && value_ == other; }
    constexpr std::uint64_t value() const { return value_; }  // meaningful after within() or equals()

    friend constexpr CheckedSize operator+(CheckedSize a, CheckedSize b) {
        CheckedSize sum;
        sum.fits_ = !__builtin_add_overflow(a.value_, b.value_, &sum.value_) && a.fits_ && b.fits_;
        return sum;
    }
    friend constexpr CheckedSize operator*(CheckedSize a, CheckedSize b) {
        CheckedSize product;
        product.fits_ = !__builtin_mul_overflow(a.value_, b.value_, &product.value_) && a.fits_ && b.fits_;
        return product;
    }

private:
    std::uint64_t value_;
    bool fits_ = true;
};

// The number of elements of `shape`, or nothing where a size is negative or the sizes other than 0 multiply to more
// than max_elements. An empty array with huge other sizes is refused too: the product must not depend on where its 0
// stands.
inline std::optional<std::uint64_t> count_elements(const Shape& shape) {
    if (!shape.countable()) return std::nullopt;
    return static_cast<std::uint64_t>(shape.count());
}

}  // namespace heed::io
