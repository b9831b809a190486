#pragma once
// Letters to phones, by one of two models.
#include <string>
#include <variant>
#include <vector>
#include <heed/examples/pronounce/batches.hpp>
#include <heed/examples/pronounce/recurrent.hpp>
#include <heed/examples/pronounce/transformer.hpp>
#include <heed/nn/data/text/lower_case.hpp>
#include <heed/nn/decode/variant_state.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::pronounce {

struct ModelOptions {
    std::vector<std::string> letters = {}, phones = {};  // of the dictionary: the vocabularies' symbols
    std::string model = "gru";
    Dim embedding = 128, width = 256, layers = 3, heads = 4;
    double dropout = 0.1;
    // How the words were put into lower case.
    std::string lower_casing = text::name_of(text::best_lower_case(text::LowerCase::latin1));
    std::vector<std::int64_t> seen = {};  // hashes of the words that it was trained on, sorted

    void declare(training::Settings& s);
    void put(nn::Checkpoint& file) const;
    void get(const nn::Checkpoint& file);
    Dim letter_count() const { return Vocabulary(letters).size(); }
    Dim phone_count() const { return Vocabulary(phones).size(); }
    bool was_seen(const std::string& word) const;
    text::LowerCase how() const { return text::lower_case_named(lower_casing); }
};
std::int64_t word_hash(const std::string& word);

class Model {
public:
    using Options = ModelOptions;
    static constexpr const char* program = "pronounce";
    // Throws RangeError for an unknown model, or sizes that do not fit.
    Model(nn::Params p, const ModelOptions& options);

    // Logits of every next phone, (b, t, phones), given the right phones before it. weights[t], if asked for,
    // is (b, s): where the decoder attended when it predicted phone t.
    Var operator()(const Batch& batch, std::vector<Var>* weights = nullptr) const;
    Var loss(const Batch& batch, double smoothing) const;

    using State = nn::VariantState<Recurrent::State, Transformer::State>;  // after some steps, of n hypotheses
    State start(const Ints& source /* (n, s) */, const Ints& lengths /* (n) */) const;
    // Takes the previous phone, (n), and gives log-probabilities of the next one, (n, phones).
    Var next(State& state, const Ints& previous) const;

private:
    std::variant<Recurrent, Transformer> kind_;
};

}  // namespace heed::pronounce
