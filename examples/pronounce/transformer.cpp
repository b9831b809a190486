// The Transformer model: encoder, decoder and its single steps.
#include <heed/examples/pronounce/model.hpp>

namespace heed::pronounce {
namespace {

constexpr Dim most_positions = 1024;  // a dictionary's words have at most 128 letters

}  // namespace

Transformer::Transformer(const nn::Params& p, const ModelOptions& o)
    : letter_(p / "letter", o.letter_count(), o.width), phone_(p / "phone", o.phone_count(), o.width),
      position_(most_positions, o.width), drop_letter_(p / "drop_letter", o.dropout),
      drop_phone_(p / "drop_phone", o.dropout), stacks_(p, {.layers = o.layers,
                                                            .heads = o.heads,
                                                            .width = o.width,
                                                            .hidden = 4 * o.width,
                                                            .dropout = o.dropout,
                                                            .rotary = false}),
      out_(p / "out", o.width, o.phone_count()) {}

Transformer::State Transformer::start(const Ints& source, const Ints& lengths) const {
    return stacks_.start(drop_letter_(position_(letter_(source))), lengths);
}

Var Transformer::decode(const State& state, const Ints& previous, std::vector<Var>* weights) const {
    std::vector<Var> of_layers;
    const Var x = drop_phone_(position_(phone_(previous)));
    const Var y = stacks_.decode(state, x, weights ? &of_layers : nullptr);
    if (weights) {
        const Var last = mean(of_layers.back(), 1);  // (n, t, s)
        for (Dim t = 0; t < last.dim(1); ++t) weights->push_back(pick(last, 1, t));
    }
    return out_(y);
}

Var Transformer::next(State& state, const Ints& previous) const {
    const Var phone = position_(unsqueeze(phone_(previous), 1), state.cache.next());
    return out_(stacks_.next(state, squeeze(phone, 1)));
}

}  // namespace heed::pronounce
