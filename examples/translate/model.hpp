#pragma once
// From one language to another, by one of two models. One table of pieces is both their input embedding and their
// output layer (Press and Wolf, 2017).
#include <string>
#include <variant>
#include <heed/examples/models/encoder_decoder.hpp>
#include <heed/examples/models/pieces.hpp>
#include <heed/examples/translate/recurrent.hpp>
#include <heed/nn/data/text/pair_batches.hpp>
#include <heed/nn/data/text/stream.hpp>
#include <heed/nn/decode/variant_state.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::translate {

using models::EncoderDecoder, text::Bpe, text::Ids, text::TextPair;

struct ModelOptions : models::Pieces, EncoderDecoder::Options {
    std::string kind = "transformer";
    void declare(training::Settings& s);
};

class Model {
public:
    using Options = ModelOptions;
    static constexpr const char* program = "translate";
    // Throws RangeError for an unknown kind, or sizes that do not fit.
    Model(nn::Params p, const ModelOptions& options);

    // Logits (b, t, vocabulary) of every next piece, given the right pieces before it.
    Var operator()(const Ints& source /* (b, s) */, const Ints& lengths /* (b) */,
                   const Ints& previous /* (b, t) */) const;
    Var loss(const text::PairBatch& batch, double smoothing) const;  // the mean over all target positions, in nats

    using State = nn::VariantState<Recurrent::State, EncoderDecoder::State>;  // after some steps, of n hypotheses
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Takes the previous piece, (n), and gives log-probabilities of the next one, (n, vocabulary).
    Var next(State& state, const Ints& previous) const;

private:
    Var embed(const Ints& ids) const;  // (...) -> (..., width)
    Var logits(In x) const;            // (..., width) -> (..., vocabulary)
    Var states(const Ints& source, const Ints& lengths, const Ints& previous) const;

    Var table_;  // (vocabulary, width)
    double scale_;
    nn::Dropout drop_source_, drop_previous_;
    std::variant<Recurrent, EncoderDecoder> kind_;
};

}  // namespace heed::translate
