// Character language models in two sizes.
#include <heed/bench/gpt.hpp>
#include <heed/bench/training.hpp>

namespace heed::bench {
namespace {

template <Dim layers, Dim heads, Dim width, Dim positions>
struct Trained : Gpt {
    explicit Trained(const nn::Params& p) : Gpt(p, layers, heads, width, positions) {}
    Var infer(const Batch& b) const { return (*this)(b.ids[0]); }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[1]); }
};

Batch text(Dim batch, Dim positions) {
    return {{}, {ids({batch, positions}, gpt_symbols, 1), ids({batch, positions}, gpt_symbols, 2)}};
}

}  // namespace

std::vector<Training> gpt_char() { return {{"gpt_char", text(12, 64), network_of<Trained<4, 4, 128, 64>>}}; }
std::vector<Training> gpt_char_big() { return {{"gpt_char_big", text(8, 256), network_of<Trained<6, 6, 384, 256>>}}; }

}  // namespace heed::bench
