#pragma once
// Letters to phones, by one of two models.
#include <string>
#include <variant>
#include <heed/examples/pronounce/batches.hpp>
#include <heed/examples/pronounce/recurrent.hpp>
#include <heed/examples/pronounce/transformer.hpp>

namespace heed::pronounce {

struct ModelOptions {
    Dim letters = 0;           // sizes of the vocabularies
    Dim phones = 0;
    std::string model = "gru"; // or "transformer"
    Dim embedding = 128;       // gru: width of letters and phones
    Dim width = 256;           // of the states
    Dim layers = 3;            // transformer: of the encoder, and of the decoder
    Dim heads = 4;             // transformer: a divisor of the width
    double dropout = 0.2;
};

class Model {
public:
    // Throws RangeError for an unknown model, or sizes that do not fit.
    Model(nn::Params p, const ModelOptions& options);

    // Logits of every next phone, (b, t, phones), given the right phones before it. weights[t], if asked for, is (b, s): where the decoder
    // looked when it said phone t.
    Var operator()(const Batch& batch, std::vector<Var>* weights = nullptr) const;
    Var loss(const Batch& batch, double smoothing) const;

    // A decoder after some steps, for n hypotheses.
    class State {
    public:
        Dim size() const;                // n
        void reorder(const Ints& rows);  // hypotheses by number, again or anew

    private:
        friend Model;
        using Kind = std::variant<Recurrent::State, Transformer::State>;
        explicit State(Kind kind) : kind_(std::move(kind)) {}
        Kind kind_;
    };
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Takes the phone said last, (n), and gives log-probabilities of the next one, (n, phones).
    Var next(State& state, const Ints& previous) const;

private:
    std::variant<Recurrent, Transformer> kind_;
};

}  // namespace heed::pronounce
