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

struct RelativeOptions {
    Dim buckets = 32;         // of distances, each with a value for each head
    BucketOptions rule = {};  // which distances share one
};

// Raffel et al., 2020 (T5): a learned value for each head and each bucket of distances, added to attention's scores, by
// all layers of a stack the same: `stack(x, causal() + places())`.
struct HEED_ABI RelativePositions {
    Var table;  // (buckets, heads)
    BucketOptions rule;
    // Throws RangeError and ShapeError as relative_buckets() does.
    RelativePositions(Params p, Dim heads, const RelativeOptions& options = {}, Site at = Site::current());
    Bias operator()() const { return relative_buckets(table, rule); }
};

struct TimestepOptions {
    double base = 10000;
    double shift = 1;           // i-th frequency of n: base^(-i / (n - shift))
    bool cosine_first = false;  // {.shift = 0, .cosine_first = true} is the form of Dhariwal and Nichol, 2021
};

// Ho et al., 2020: for a diffusion model's times t (b...) the sines, and then the cosines, of t times width / 2
// frequencies between 1 and 1 / base; a last zero if the width is odd. (b...) -> (b..., width), a constant. Throws
// RangeError unless there are more frequencies than the shift.
Var timestep_embedding(In t, Dim width, const TimestepOptions& options = {});

// The same of each of k coordinates (..., k), side by side: (..., width), k being a divisor of the width. For points
// and boxes in parts of an image, `scale` makes waves of 2 pi / scale and longer. Throws RangeError for another width.
Var coordinate_embedding(In x, Dim width, double scale = 50, const TimestepOptions& options = {.base = 100});

}  // namespace heed::nn
