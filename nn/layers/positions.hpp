#pragma once
// Position encodings, added to a sequence, since attention alone ignores order.
#include <heed/nn/params/params.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {

// Vaswani et al., 2017: the elements 2i and 2i + 1 of position p are the sine and the cosine of p / 10000^(2i / width).
struct HEED_ABI SinusoidalPositions {
    Var table;  // (length, width), a constant
    SinusoidalPositions(Dim length, Dim width, Site at = Site::current());
    // (b, t, width) -> the same plus the positions first .. first + t - 1. Throws RangeError beyond `length`.
    Var operator()(In x, Dim first = 0) const;
};

// A parameter for each position.
struct HEED_ABI LearnedPositions {
    Var table;  // (length, width)
    LearnedPositions(Params p, Dim length, Dim width)
        : table(p.make("table", {length, width}, init::normal(0.02), {.name = "weight"})) {}
    Var operator()(In x, Dim first = 0) const;  // as above
};

}  // namespace heed::nn
