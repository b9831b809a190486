#pragma once
// The data and the model of docs/use/first_program.md: which symbol stands at a position of a text? A program outside
// the tree trains it, too (tests/consumers/program/own_model.cpp).
#include <heed/heed.hpp>

using namespace heed;

// [data]
struct Batch {  // which symbol stands at a position of a text?
    Ints text = Ints::from_shape({32, 8}), position = Ints::from_shape({32}), symbol = Ints::from_shape({32});
};
inline Batch batch_number(Dim n) {  // a function of n alone: that is what a resumed run relies on
    Batch batch;
    const RandomStream random(Key{1, static_cast<std::uint64_t>(n)}, 0);
    std::uint64_t drawn = 0;
    for (auto& symbol : batch.text) symbol = random.bits(drawn++) % 10;
    for (Dim i = 0; i < 32; ++i) batch.symbol(i) = batch.text(i, batch.position(i) = random.bits(drawn++) % 8);
    return batch;
}
// [model]
struct Model {
    nn::Embedding symbol, position;
    nn::AdditiveAttention attend;
    nn::Linear answer;
    explicit Model(const nn::Params& p)
        : symbol(p / "symbol", 10, 32), position(p / "position", 8, 32), attend(p / "attend", 32, 32, 32),
          answer(p / "answer", 32, 10) {}
    Var operator()(const Batch& b) const {
        return answer(attend(position(b.position), attend.remember(symbol(b.text) + position(arange(8)))));
    }
};
// [end]
