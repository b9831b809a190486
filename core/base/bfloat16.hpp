#pragma once
// bfloat16: a float in 16 bits.
#include <cstdint>

namespace heed {

// The upper half of a float: its sign, its 8 bits of exponent and 7 of its fraction. Always inline: the kernels of
// several instruction sets use it, and the linker may pick no copy of one for another.
struct Bfloat16 {
    std::uint16_t bits;

    // The nearest one; of two, the one with an even fraction. NaN stays NaN.
    [[gnu::always_inline]] static constexpr Bfloat16 of(float x) {
        const auto all = __builtin_bit_cast(std::uint32_t, x);
        const std::uint32_t nearest = (all + 0x7fffu + (all >> 16 & 1u)) >> 16, quiet = all >> 16 | 0x40u;
        return {static_cast<std::uint16_t>((all & 0x7fff'ffffu) > 0x7f80'0000u ? quiet : nearest)};
    }
    [[gnu::always_inline]] explicit constexpr operator float() const {
        return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16);
    }
    [[gnu::always_inline]] explicit constexpr operator double() const { return static_cast<float>(*this); }
};

}  // namespace heed
