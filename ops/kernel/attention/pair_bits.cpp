// Booleans made bits.
#include <algorithm>
#include <bit>
#include <cstring>
#include <heed/ops/kernel/attention/pair_bits.hpp>

namespace heed::kernel {
namespace {

// The bits of 64 bytes of 0 or 1, eight at a time: a product moves the eight into its top byte, the first to its lowest
// bit.
std::uint64_t bits_of(const std::uint8_t* bytes) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t bits = 0;
    for (int n = 0; n < 8; ++n) {
        std::uint64_t x;
        std::memcpy(&x, bytes + 8 * n, sizeof x);
        bits |= (x * 0x0102040810204080u >> 56) << (8 * n);
    }
    return bits;
}

template <class T>
PairBits packed(const ArrayOf<T>& x) {
    PairBits y{.shape = x.shape()};
    const Dim width = y.width(), rows = width == 0 ? 0 : x.shape().count() / width;
    y.words.resize(static_cast<std::size_t>(rows * y.words_of_row()));
    const T* from = x.storage().data();
    std::uint64_t* to = y.words.data();
    for (Dim row = 0; row < rows; ++row, from += width)
        for (Dim j = 0; j < width; j += 64) {
            std::uint8_t bytes[64] = {};
            const Dim n = std::min<Dim>(64, width - j);
            for (Dim k = 0; k < n; ++k) bytes[k] = from[j + k] != 0;
            *to++ = bits_of(bytes);
        }
    return y;
}

}  // namespace

PairBits pair_bits(const Array& x) { return packed(x); }
PairBits pair_bits(const ArrayOf<std::uint8_t>& x) { return packed(x); }

}  // namespace heed::kernel
