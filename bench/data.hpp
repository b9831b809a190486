#pragma once
// What workloads compute on: random numbers and ids, the same in every run.
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>

namespace heed::bench {

inline constexpr std::uint64_t seed = 1234;
inline constexpr Dim gpt_symbols = 65;  // of the texts of gpt_char, gpt_char_big and kv_decode

inline Array normal(const Shape& shape, std::uint64_t stream, double deviation = 1, double mean = 0) {
    Array x = Array::from_shape(shape);
    const RandomStream random(Key{seed, 0}, stream);
    for (Dim i = 0, n = count(x); i < n; ++i)
        x.data()[i] = static_cast<Real>(mean + deviation * random.normal(static_cast<std::uint64_t>(i)));
    return x;
}

// From `first` to `first` + `many` - 1.
inline Ints ids(const Shape& shape, Dim many, std::uint64_t stream, Dim first = 0) {
    Ints x = Ints::from_shape(shape);
    const RandomStream random(Key{seed, 1}, stream);
    for (Dim i = 0, n = count(x); i < n; ++i)
        x.data()[i] =
            first + static_cast<Dim>(random.bits(static_cast<std::uint64_t>(i)) % static_cast<std::uint64_t>(many));
    return x;
}

}  // namespace heed::bench
