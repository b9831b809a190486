// Additive attention with location features and coverage.
#include <fmt/format.h>
#include <heed/nn/layers/location.hpp>

namespace heed::nn {
namespace {

// x (b, t) -> (b, t, width): the window of values around each position, 0 beyond the ends.
Var neighbours(const Var& x, Dim width) {
    const Dim b = x.dim(0), t = x.dim(1);
    Ints positions = Ints::from_shape({t * width});
    for (Dim j = 0; j < t; ++j)
        for (Dim o = 0; o < width; ++o) positions(j * width + o) = j + o;
    return reshape(take(pad(x, {{width / 2, width / 2}}), positions, 1), {b, t, width});
}

}  // namespace

LocationAttention::LocationAttention(Params p, Dim query_width, Dim key_width, Dim width, const LocationOptions& o,
                                     Site at)
    : attend(p, query_width, key_width, width, {.dropout = o.dropout}, at) {
    const Scope scope(p.path());
    require(
        o.filters >= 0 && o.width > 0 && o.width % 2 == 1, "LocationAttention",
        [&] {
            return fmt::format("filters is {} and width {}; expected 0 or more filters of an odd width", o.filters,
                               o.width);
        },
        at);
    if (o.filters > 0) {
        filter.emplace(Linear::without_bias(p / "filter", o.width, o.filters));
        located.emplace(Linear::without_bias(p / "located", o.filters, width));
    }
    if (o.coverage) covered.emplace(Linear::without_bias(p / "covered", 1, width));
}

AlignmentState LocationAttention::start(const AttentionMemory& memory) const {
    const Shape positions{memory.keys.dim(0), memory.keys.dim(1)};
    return {zeros(positions), zeros(positions)};
}

// The location and coverage features of a position are added to its key: a step has one query, so the sum inside the
// tanh is the same.
Var LocationAttention::operator()(In q, const AttentionMemory& memory, AlignmentState& state) const {
    const LayerScope scope(attend.w, q.at);
    const Shape positions{memory.keys.dim(0), memory.keys.dim(1)};
    expect(q.rank() == 2, "LocationAttention", "q", q.shape(), "(b, query width): one step", q.at);
    for (const auto& [name, x] :
         {std::pair("state.previous", &state.previous), std::pair("state.covered", &state.covered)})
        expect(
            x->shape() == positions, "LocationAttention", name, x->shape(),
            [&] { return to_string(positions) + ", as start() makes it of this memory"; }, q.at);
    AttentionMemory known = memory;
    if (filter) known.keys = known.keys + (*located)((*filter)(neighbours(state.previous, filter->weight.dim(0))));
    if (covered) known.keys = known.keys + (*covered)(unsqueeze(state.covered, -1));
    Var weights;
    const Var context = attend(q, known, &weights);
    state = {weights, state.covered + weights};
    return context;
}

Var coverage_loss(In weights, In covered) {
    expect(weights.rank() == 2, "coverage_loss", "weights", weights.shape(), "(b, t)", weights.at);
    expect(
        covered.shape() == weights.shape(), "coverage_loss", "covered", covered.shape(),
        [&] { return to_string(weights.shape()) + " because of 'weights'"; }, covered.at);
    return sum(minimum(weights, covered), -1);
}

}  // namespace heed::nn
