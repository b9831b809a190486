#pragma once
// From a question to SQL: a bidirectional GRU reads the question, and a GRU with additive attention writes the SQL,
// each piece of which is generated or copied from the question.
#include <heed/nn/data/database/codec.hpp>
#include <heed/nn/layers/heads/copying_decoder.hpp>
#include <heed/nn/program/options.hpp>

namespace heed::answer {

using database::Codec, database::Sample;

struct SqlModelOptions {
    database::Symbols symbols = {};  // of the data
    Dim embedding = 64, width = 128;
    double dropout = 0.4;
    void declare(training::Settings& s);
};

class SqlModel {
public:
    using Options = SqlModelOptions;
    static constexpr const char* program = "answer sql";
    SqlModel(const nn::Params& p, const SqlModelOptions& options);

    Var loss(const database::Batch& batch) const;  // the mean over all target pieces, in nats

    // The best SQL of each sample, held to the grammar; at most `longest` pieces.
    static constexpr Dim longest = 120;
    std::vector<database::Ids> write(const Codec& codec, std::span<const Sample> samples, Dim beam) const;

private:
    nn::CopyingDecoder::State start(const database::Batch& batch) const;

    nn::Embedding word_, stem_;
    nn::Linear kind_;
    nn::Dropout drop_word_, drop_memory_;
    nn::GRU encoder_;
    nn::Linear start_;
    nn::CopyingDecoder decoder_;
};

}  // namespace heed::answer
