#pragma once
// What the programs that pages quote do beside what is quoted: draw numbers, and check what comes out.
#include <cstdio>
#include <heed/heed.hpp>

inline int failures = 0;
inline void check(bool holds, const char* what) {
    if (holds) return;
    std::printf("not so: %s\n", what);
    ++failures;
}

inline heed::Var draw(const heed::Shape& shape, std::uint64_t stream) {  // N(0, 1)
    heed::Array x = heed::Array::from_shape(shape);
    heed::nn::init::normal(1)(x, heed::RandomStream(heed::Key{1, 0}, stream));
    return heed::Var::leaf(x);
}
