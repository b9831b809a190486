// Grapheme to phoneme: a bidirectional GRU, additive attention and a GRU decoder.
#include <heed/bench/training.hpp>
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/recurrent.hpp>

namespace heed::bench {
namespace {

constexpr Dim batch = 64, width = 128, embedding = 64, source = 12, target = 12, letters = 32, phones = 45;

struct G2p {
    nn::Embedding letter, phone;
    nn::GRU encoder;
    nn::Linear bridge;
    nn::AdditiveAttention attend;
    nn::GRUCell cell;
    nn::Linear out;
    explicit G2p(const nn::Params& p)
        : letter(p / "letter", letters, embedding),
          phone(p / "phone", phones, embedding),
          encoder(p / "encoder", embedding, width, {.bidirectional = true}),
          bridge(p / "bridge", 2 * width, width),
          attend(p / "attend", width, 2 * width, width),
          cell(p / "cell", embedding + 2 * width, width),
          out(p / "out", 3 * width, phones) {
        attend.key.bias = (p / "attend" / "key").make("bias", {width}, nn::init::fan_in_uniform(2 * width));  // the yardstick's has one, too
    }

    Var infer(const Batch& b) const {  // ids: words, and the phones before each
        const nn::GRU::Result encoded = encoder(letter(b.ids[0]));
        Var h = tanh(bridge(encoded.last));
        const nn::AttentionMemory memory = attend.remember(encoded.outputs);
        const Var previous = phone(b.ids[1]);
        std::vector<Var> states;
        for (Dim t = 0; t < target; ++t) {
            const Var context = attend(h, memory);
            h = cell(concat({pick(previous, 1, t), context}), h);
            states.push_back(concat({h, context}));
        }
        return out(stack(states, 1));
    }
    Var loss(const Batch& b) const { return cross_entropy(infer(b), b.ids[2]); }
};

}  // namespace

std::vector<Training> g2p_bahdanau() {
    const Ints words = ids({batch, source}, letters, 1), previous = ids({batch, target}, phones, 2), wanted = ids({batch, target}, phones, 3);
    return {{"g2p_bahdanau", {{}, {words, previous, wanted}}, network_of<G2p>}};
}

}  // namespace heed::bench
