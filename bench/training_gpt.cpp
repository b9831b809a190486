// gpt_char and gpt_char_big: a GPT of characters, in two sizes.
#include <heed/bench/training.hpp>
#include <heed/examples/models/gpt.hpp>

namespace heed::bench {
namespace {

template <Dim layers, Dim heads, Dim width, Dim length>
struct Trained : models::Gpt {
    explicit Trained(const nn::Params& p)
        : Gpt(p, {.symbols = gpt_symbols, .length = length, .layers = layers, .heads = heads, .width = width}) {}
    Var infer(const Batch& b) const { return (*this)(b.ids[0]); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[1]); }
};

Batch text(Dim batch, Dim length) {
    return {{}, {ids({batch, length}, gpt_symbols, 1), ids({batch, length}, gpt_symbols, 2)}};
}

}  // namespace

std::vector<Training> gpt_char() { return {{"gpt_char", text(12, 64), network_of<Trained<4, 4, 128, 64>>}}; }
std::vector<Training> gpt_char_big() { return {{"gpt_char_big", text(8, 256), network_of<Trained<6, 6, 384, 256>>}}; }

}  // namespace heed::bench
