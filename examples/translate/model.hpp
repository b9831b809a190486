#pragma once
// From one language to another, by one of two models. One table of pieces is both their input embedding and their
// output layer (Press and Wolf, 2017).
#include <string>
#include <variant>
#include <heed/examples/translate/batches.hpp>
#include <heed/examples/translate/recurrent.hpp>
#include <heed/examples/translate/transformer.hpp>
#include <heed/nn/decode/variant_state.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::translate {

struct ModelOptions {
    Bpe bpe = {};
    Dim vocabulary = 0;  // the number of pieces, set by use()
    std::string kind = "transformer";
    Dim width = 128, layers = 4, heads = 4, hidden = 256;
    double dropout = 0.1;

    void declare(training::Settings& s);
    void use(Bpe pieces);
    void put(nn::Checkpoint& file) const;
    void get(const nn::Checkpoint& file);  // throws FileError for invalid merges
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
    Var loss(const Batch& batch, double smoothing) const;  // the mean over all target positions, in nats

    using State = nn::VariantState<Transformer::State, Recurrent::State>;  // after some steps, of n hypotheses
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
    std::variant<Transformer, Recurrent> kind_;
};

}  // namespace heed::translate
