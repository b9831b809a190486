// cosine_similarity: the cosine of the angle between slices.
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

// Each slice over its length, which counts as at least epsilon.
Var directions(const In& x, Dim axis, double epsilon) { return x / maximum(norm(x, axis, keep_axis), epsilon); }

}  // namespace

// sum of a b along the axis, over max(|a|, epsilon) max(|b|, epsilon), lengths being Euclidean; a and b broadcast, but
// not along the axis itself, which counts in the shape of both. An epsilon that is taken for a length passes no
// gradient to it.
Var cosine_similarity(In a, In b, Dim axis, double epsilon) {
    const Shape shape = broadcast_shapes("cosine_similarity", a.shape(), b.shape(), b.at);
    const Dim from_end = static_cast<Dim>(find_axis("cosine_similarity", axis, shape, a.at)) - shape.rank();
    require(
        epsilon > 0 && epsilon <= double(std::numeric_limits<Real>::max()), "cosine_similarity",
        [&] { return fmt::format("epsilon is {}; expected a finite number > 0", epsilon); }, a.at);
    const auto expect_axis = [&](const char* name, const In& x) {  // a slice of one number has a direction of its own
        const bool has =
            -from_end <= x.rank() && x.dim(from_end) == shape[static_cast<std::size_t>(from_end + shape.rank())];
        expect(
            has, "cosine_similarity", name, x.shape(),
            [&] { return fmt::format("axis {} as in the shape of both, {}", from_end, to_string(shape)); }, x.at);
    };
    expect_axis("a", a);
    expect_axis("b", b);
    return sum(directions(a, from_end, epsilon) * directions(b, from_end, epsilon), from_end);
}

#ifdef HEED_TESTING
namespace {
Var composed_cosine(const Var& a, const Var& b, Dim axis) {
    return sum(a * b, axis) / sqrt(sum(square(a), axis) * sum(square(b), axis));
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "cosine_similarity/rows", .inputs = {{3, 5}, {3, 5}}, .call = [](Vars in) { return cosine_similarity(in[0], in[1]); },
     .same_as = [](Vars in) { return composed_cosine(in[0], in[1], -1); }},
    {.name = "cosine_similarity/first axis", .inputs = {{4, 2, 3}, {4, 2, 3}}, .call = [](Vars in) { return cosine_similarity(in[0], in[1], 0); },
     .same_as = [](Vars in) { return composed_cosine(in[0], in[1], 0); }},
    {.name = "cosine_similarity/all pairs", .inputs = {{2, 1, 5}, {3, 5}}, .call = [](Vars in) { return cosine_similarity(in[0], in[1], 2); },
     .same_as = [](Vars in) { return composed_cosine(in[0], in[1], -1); }},
    {.name = "cosine_similarity/vectors", .inputs = {{7}, {7}}, .call = [](Vars in) { return cosine_similarity(in[0], in[1]); },
     .same_as = [](Vars in) { return composed_cosine(in[0], in[1], 0); }},
    {.name = "cosine_similarity/large epsilon", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return cosine_similarity(in[0], in[1], -1, 100); },
     .same_as = [](Vars in) { return sum(in[0] * in[1], -1) / 10000; }},
    {.name = "cosine_similarity/far out", .inputs = {{2, 3}, {2, 3}},
     .call = [](Vars in) { return cosine_similarity(in[0] * Real(0x1p100), in[1] * Real(0x1p100)); },
     .same_as = [](Vars in) { return cosine_similarity(in[0], in[1]); }},
    {.name = "cosine_similarity/no rows", .inputs = {{0, 3}, {0, 3}}, .call = [](Vars in) { return cosine_similarity(in[0], in[1]); }, .flat = true},
    {.name = "cosine_similarity/shapes", .inputs = {{2, 3}, {2, 4}},
     .call = [](Vars in) { return cosine_similarity(in[0], in[1]); }, .rejects = true},
    {.name = "cosine_similarity/one number beside three", .inputs = {{2, 3}, {2, 1}},
     .call = [](Vars in) { return cosine_similarity(in[0], in[1]); }, .rejects = true},
    {.name = "cosine_similarity/axis", .inputs = {{2, 3}, {2, 3}},
     .call = [](Vars in) { return cosine_similarity(in[0], in[1], 2); }, .rejects = true},
    {.name = "cosine_similarity/scalars", .inputs = {{}, {}}, .call = [](Vars in) { return cosine_similarity(in[0], in[1]); }, .rejects = true},
    {.name = "cosine_similarity/epsilon", .inputs = {{3}, {3}},
     .call = [](Vars in) { return cosine_similarity(in[0], in[1], 0, 0); }, .rejects = true})
// clang-format on

}  // namespace heed
