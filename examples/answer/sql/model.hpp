#pragma once
// From a question to SQL: a bidirectional GRU reads the question, and a GRU with additive attention writes the SQL,
// each piece of which is generated or copied from the question.
#include <heed/examples/answer/sql/text.hpp>
#include <heed/nn/layers/attention.hpp>
#include <heed/nn/layers/pointer.hpp>
#include <heed/nn/layers/recurrent.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::answer {

struct SqlModelOptions {
    std::vector<std::string> words = {}, pieces = {}, pairs = {}, kinds = {}, names = {};  // of the data
    Dim embedding = 64, width = 128;
    double dropout = 0.4;
    void declare(training::Settings& s);
    SqlText text() const { return {words, pieces, text::Names(kinds, names)}; }
};

class SqlModel {
public:
    using Options = SqlModelOptions;
    static constexpr const char* program = "answer sql";
    SqlModel(const nn::Params& p, const SqlModelOptions& options);

    Var loss(const SqlBatch& batch) const;  // the mean over all target pieces, in nats

    // After some steps, of n hypotheses.
    struct State {
        Ints copies, lengths;  // (n, s), (n)
        Dim symbols;
        nn::AttentionMemory memory;
        Var h, context;  // (n, width), (n, memory)
        void reorder(const Ints& rows);
    };
    State start(const SqlBatch& batch) const;
    // Takes the previous piece, (n), and gives log-probabilities of the next one, (n, symbols).
    Var next(State& state, const Ints& previous) const;

private:
    Var embed(const Ints& pieces) const;
    Var step(State& state, In piece, Var* weights) const;  // what the output is made from; updates the state

    Dim pieces_;
    nn::Embedding word_, stem_, piece_;
    nn::Linear kind_;
    nn::Dropout drop_word_, drop_memory_, drop_piece_, drop_out_;
    nn::GRU encoder_;
    nn::Linear start_;
    nn::GRUCell decoder_;
    nn::AdditiveAttention attend_;
    nn::Linear before_, out_;
    nn::PointerGenerator pointer_;
};

// The best SQL of each sample, held to the grammar; at most `longest_sql` pieces.
inline constexpr Dim longest_sql = 120;
std::vector<Ids> write_sql(const SqlModel& model, const SqlText& text, const Grammar& grammar,
                           std::span<const Sample> samples, Dim beam);

}  // namespace heed::answer
