#pragma once
// From a long text to a short one: a Transformer, whose decoder either writes a piece or copies one of the source
// (See, Liu, Manning, "Get To The Point", 2017). One table of pieces is both the input embedding and the output layer.
#include <heed/examples/models/encoder_decoder.hpp>
#include <heed/examples/models/pieces.hpp>
#include <heed/nn/data/text/pair_batches.hpp>
#include <heed/nn/layers/heads/pointer.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::summarise {

using text::Bpe, text::Ids;

struct ModelOptions : models::Pieces, models::EncoderDecoder::Options {
    Dim longest = 128;  // pieces of a text that are read
    ModelOptions() { layers = 3; }
    void declare(training::Settings& s);
};

// The pieces of a text that a model reads, at most `longest` and the end marker, and how many it has.
struct Source {
    Ids ids;
    std::size_t pieces;
};
Source encode_source(const ModelOptions& options, std::string_view text);

class Model {
public:
    using Options = ModelOptions;
    static constexpr const char* program = "summarise";
    Model(nn::Params p, const ModelOptions& options);  // throws RangeError for sizes that do not fit

    // The mean over all target positions, in nats, and `coverage` times the mean of coverage_loss().
    Var loss(const text::PairBatch& batch, double coverage) const;

    // Of one source and its summary: for each piece and the end marker after it, which share of its probability is that
    // of copying it, 0 to 1.
    std::vector<double> copied(const text::PairBatch& batch) const;

    struct State {  // after some steps, of n hypotheses
        models::EncoderDecoder::State decoder;
        nn::AttentionMemory source;
        Ints pieces;  // (n, s): of each hypothesis' source
        void reorder(const Ints& rows);
    };
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Takes the previous piece, (n), and gives log-probabilities of the next one, (n, vocabulary).
    Var next(State& state, const Ints& previous) const;

private:
    struct Outputs {
        Var x;        // (n, t, width), or of one step without t: what predicts
        Var logits;   // (n, t, vocabulary): of pieces that are written
        Var weights;  // (n, t, s): where the source is copied from
    };
    Var embed(const Ints& ids) const;  // (...) -> (..., width)
    Outputs outputs(In decoded, const State& state) const;
    Outputs outputs(const text::PairBatch& batch) const;

    Var table_;  // (vocabulary, width)
    double scale_;
    nn::Dropout drop_source_, drop_previous_;
    models::EncoderDecoder stacks_;
    nn::Linear before_;
    nn::DotProductAttention point_;
    nn::Linear join_;
    nn::PointerGenerator pointer_;
};

}  // namespace heed::summarise
