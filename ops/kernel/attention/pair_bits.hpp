#pragma once
// Which pairs an array of booleans keeps, a bit for each; copies share the memory.
#include <heed/core/array.hpp>

namespace heed::kernel {

struct HEED_ABI PairBits {
    Shape shape = {};
    // The rows along the last axis, each of whole words: bit j % 64 of word j / 64; the bits past a row's end are 0.
    Storage<std::uint64_t> words = {};

    Dim width() const { return shape.empty() ? 1 : shape[shape.size() - 1]; }
    Dim words_of_row() const { return (width() + 63) / 64; }
    const std::uint64_t* row(Dim n) const { return words.data() + n * words_of_row(); }
};

// A bit is set where the element is not 0.
PairBits pair_bits(const Array& x);
PairBits pair_bits(const ArrayOf<std::uint8_t>& x);

}  // namespace heed::kernel
