#pragma once
// A recurrent decoder that writes pieces of a vocabulary, or copies them from what it reads.
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/heads/pointer.hpp>
#include <heed/nn/layers/recurrent.hpp>

namespace heed::nn {

struct CopyingDecoderOptions {
    Dim pieces;               // of the vocabulary
    Dim embedding, width;     // of a piece, and of the state
    Dim memory;               // width of what it attends to
    double dropout = 0;       // of what it reads, and of what predicts
    std::int64_t copied = 0;  // the piece that stands for all that are copied, where the decoder reads them
};

// A GRU that is given the previous piece and context (input feeding: Luong, Pham, Manning, 2015), attends with its new
// state by additive attention (Bahdanau, Cho, Bengio, 2015), and predicts from both with a PointerGenerator, whose
// extended ids these are.
struct HEED_ABI CopyingDecoder {
    Embedding piece;
    Dropout drop_piece, drop_out;
    GRUCell cell;
    AdditiveAttention attend;
    Linear before, out;
    PointerGenerator pointer;
    std::int64_t copied;
    CopyingDecoder(Params p, const CopyingDecoderOptions& options);

    // After some steps, of n hypotheses.
    struct HEED_ABI State {
        Ints copies, lengths;  // (n, s): the extended id of each source position, (n)
        Dim symbols;           // extended ids
        AttentionMemory memory;
        Var h, context;  // (n, width), (n, memory)
        void reorder(const Ints& rows);
    };
    // memory (b, s, memory); h (b, width): the state before the first step.
    State start(In memory, const Ints& lengths /* (b) */, const Ints& copies, Dim symbols, Var h) const;

    // Log-probabilities (b, t) of the targets, given the right pieces before them; finite
    // (PointerGenerator::of_targets).
    Var operator()(State state, const Ints& previous /* (b, t) */, const Ints& targets /* (b, t) */) const;
    // Takes the previous piece, (n), and gives log-probabilities of the next one, (n, symbols).
    Var next(State& state, const Ints& previous) const;

private:
    Var embed(const Ints& pieces) const;
    Var step(State& state, In previous, Var* weights) const;  // what predicts, (n, width)
};

}  // namespace heed::nn
