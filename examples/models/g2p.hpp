#pragma once
// Graphemes to phonemes: a GRU reads the letters, another one writes the phones and attends to what was read
// (Bahdanau, Cho and Bengio, 2015).
#include <vector>
#include <heed/heed.hpp>

namespace heed::models {

struct G2p {
    struct Options {
        Dim letters, phones, embedding = 64, width = 128;
    };

    nn::Embedding letter, phone;
    nn::GRU encoder;
    nn::Linear bridge;  // from the encoder's last state to the decoder's first
    nn::AdditiveAttention attend;
    nn::GRUCell cell;
    nn::Linear out;

    G2p(const nn::Params& p, const Options& o)
        : letter(p / "letter", o.letters, o.embedding), phone(p / "phone", o.phones, o.embedding),
          encoder(p / "encoder", o.embedding, o.width, {.bidirectional = true}),
          bridge(p / "bridge", 2 * o.width, o.width), attend(p / "attend", o.width, 2 * o.width, o.width),
          cell(p / "cell", o.embedding + 2 * o.width, o.width), out(p / "out", 3 * o.width, o.phones) {}

    // Words (b, s), and the phone before each wanted one (b, t) -> logits (b, t, phones).
    Var operator()(const Ints& words, const Ints& previous) const {
        const nn::GRU::Result read = encoder(letter(words));
        Var h = tanh(bridge(read.last));
        const nn::AttentionMemory memory = attend.remember(read.outputs);
        const Var before = phone(previous);
        std::vector<Var> states;
        for (Dim t = 0; t < before.dim(1); ++t) {
            const Var context = attend(h, memory);
            h = cell(concat({pick(before, 1, t), context}), h);
            states.push_back(concat({h, context}));
        }
        return out(stack(states, 1));
    }
};

}  // namespace heed::models
