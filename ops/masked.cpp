#include <limits>
#include <heed/ops/op.hpp>

namespace heed {
namespace {

// Copies the visible part of every row of x (b, ..., i, j) and fills the rest.
Array keep_visible(const Array& x, const Mask& mask, Real rest) {
    Array y = Array::from_shape(x.shape());
    const Dim keys = x.shape().back(), queries = x.shape()[x.dimension() - 2], rows = keys ? count(x) / keys : 0;
    const Dim rows_of_example = x.shape()[0] ? rows / x.shape()[0] : 0;
    const Real* from = x.storage().data();
    Real* to = y.data();
    for (Dim row = 0; row < rows; ++row, from += keys, to += keys) {
        const Dim seen = mask.visible(row / rows_of_example, row % queries, queries, keys);
        std::copy_n(from, seen, to);
        std::fill(to + seen, to + keys, rest);
    }
    return y;
}

}  // namespace

// -inf where the mask forbids a pair; what was there does not matter, not even a NaN.
Var masked(In scores, const Mask& mask) {
    expect(scores.rank() >= 3, "masked", "scores", scores.shape(), "(b, ..., queries, keys)", scores.at);
    mask.check("masked", scores.shape(), scores.at, Site::current());
    if (mask.everything()) return scores.var();
    return record("masked", {scores}, keep_visible(scores.value(), mask, -std::numeric_limits<Real>::infinity()),
                  [dx = scores.slot(), mask](const Array& dy) { dx.add_grad(keep_visible(dy, mask, 0)); });
}

HEED_OP_CASES(
    {.name = "masked/lengths",
     .inputs = {{2, 3, 4}},
     .call =
         [](Vars in) {
             return softmax(masked(in[0], lengths({4, 2})));
         }},
    {.name = "masked/lengths with heads",
     .inputs = {{2, 2, 1, 3}},
     .call =
         [](Vars in) {
             return softmax(masked(in[0], lengths({1, 3})));
         }},
    {.name = "masked/nothing to see",
     .inputs = {{2, 1, 3}},
     .call =
         [](Vars in) {
             return softmax(masked(in[0], lengths({0, 3})));
         }},
    {.name = "masked/causal and lengths",
     .inputs = {{2, 3, 3}},
     .call =
         [](Vars in) {
             return softmax(masked(in[0], causal() & lengths({3, 2})));
         }},
    {.name = "masked/more keys, from the start",
     .inputs = {{2, 2, 4}},
     .call = [](Vars in) { return softmax(masked(in[0], causal_from_start())); }},
    {.name = "masked/more keys, from the end", .inputs = {{2, 2, 4}}, .call = [](Vars in) { return softmax(masked(in[0], causal_from_end())); }},
    {.name = "masked/more queries, from the end", .inputs = {{1, 3, 2}}, .call = [](Vars in) { return softmax(masked(in[0], causal_from_end())); }},
    {.name = "masked/length beyond the keys",
     .inputs = {{2, 3, 4}},
     .call =
         [](Vars in) {
             return masked(in[0], lengths({5, 2}));
         },
     .rejects = true},
    {.name = "masked/negative length",
     .inputs = {{2, 3, 4}},
     .call =
         [](Vars in) {
             return masked(in[0], lengths({-1, 2}));
         },
     .rejects = true},
    {.name = "masked/one length for two examples",
     .inputs = {{2, 3, 4}},
     .call = [](Vars in) { return masked(in[0], lengths({2})); },
     .rejects = true},
    {.name = "masked/causal with two corners", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return masked(in[0], causal()); }, .rejects = true},
    {.name = "masked/matrix", .inputs = {{3, 3}}, .call = [](Vars in) { return masked(in[0], causal()); }, .rejects = true})

}  // namespace heed
