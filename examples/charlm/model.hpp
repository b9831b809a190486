#pragma once
// A causal Transformer over characters: rotary positions (Su et al., 2021), norms first, the table of characters tied
// to the output.
#include <string>
#include <vector>
#include <heed/nn/layers/transformer.hpp>
#include <heed/nn/program/options.hpp>
#include <heed/ops/attention/stretches.hpp>

namespace heed::charlm {

struct ModelOptions {
    std::vector<std::string> symbols = {};  // of the text: its characters
    Dim block = 128;
    Dim width = 128, layers = 4, heads = 4;
    double dropout = 0.1;

    void declare(training::Settings& s) {
        using namespace program;
        s.add("block", block, "characters in a window").within(1, most_rows);
        declare_stack(s, "width", width, "of the states", layers, "of attention and feed-forward", heads);
        declare_dropout(s, dropout);
        s.add("symbols", symbols).of_data();
    }
};

class Model {
public:
    using Options = ModelOptions;
    static constexpr const char* program = "charlm";
    Model(nn::Params p, const ModelOptions& options);

    Var operator()(const Ints& text /* (b, t) */) const;  // logits of the character after each, (b, t, symbols)
    // Those of the stretches that this process has of a longer text, each (b, size), in the order of
    // stretches.of(rank).
    std::vector<Var> operator()(const std::vector<Ints>& text, const Stretches& stretches) const;
    // The same for the characters that come after those in the cache, which are not computed again.
    Var next(const Ints& text /* (b, t) */, nn::StackCache& cache) const;
    // Of one batch, in nats a character.
    Var loss(const Ints& text, const Ints& next) const { return cross_entropy((*this)(text), next); }

private:
    Var table_;  // (symbols, width)
    nn::Dropout drop_;
    nn::TransformerEncoder layers_;
};

}  // namespace heed::charlm
