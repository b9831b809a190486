// The character model: initialization, forward, and decoding with a cache.
#include <cmath>
#include <heed/core/tape_parts.hpp>
#include <heed/examples/charlm/model.hpp>

namespace heed::charlm {

Model::Model(nn::Params p, const ModelOptions& o)
    : table_(p.make("table", {static_cast<Dim>(o.symbols.size()), o.width}, nn::init::normal(0.02))),
      drop_(p / "drop", o.dropout),
      layers_(p, o.layers, o.width, o.heads, {.dropout = o.dropout, .rotary = RotaryOptions{}}) {
    // The last layer of each residual branch starts smaller, so that the sum of all branches starts at about the size
    // of one (Radford et al., 2019).
    const auto scale = static_cast<Real>(1 / std::sqrt(2 * static_cast<double>(o.layers)));
    for (const nn::TransformerEncoderLayer& layer : layers_.layers) {
        for (const nn::Linear* last : {&layer.attend.out, &layer.feed.down}) {
            Array& weight = last->weight.mutable_value("Model");
            Real* const w = weight.data();
            for (Dim i = 0; i < count(weight); ++i) w[i] *= scale;
        }
    }
}

Var Model::operator()(const Ints& text) const {
    return linear(layers_(drop_(take_rows(table_, text)), causal()), transpose(table_));
}

// [stretches]
std::vector<Var> Model::operator()(const std::vector<Ints>& text, const Stretches& stretches) const {
    const std::size_t n = text.size();
    const auto states =
        layers_(in_parts(n, [&](std::size_t i) { return drop_(take_rows(table_, text[i])); }), stretches, causal());
    return in_parts(n, [&](std::size_t i) { return linear(states[i], transpose(table_)); });
}
// [end]

Var Model::next(const Ints& text, nn::StackCache& cache) const {
    return linear(layers_(take_rows(table_, text), cache), transpose(table_));
}

}  // namespace heed::charlm
