#pragma once
// How well a model translates.
#include <heed/examples/translate/search.hpp>
#include <heed/nn/data/text/metrics/bleu.hpp>
#include <heed/nn/training/run/progress.hpp>

namespace heed::translate {

// Each sentence's translation, as one line of text without control characters; of an empty one an empty line. The
// processes of a group share the sentences, here and below.
std::vector<std::string> translate_text(const Model& model, const Bpe& bpe, const std::vector<std::string>& sentences,
                                        const SearchOptions& options, training::Group& group = training::one_process());

// The model's translations of the sources against the targets, some at a time, counted in `progress`.
text::Bleu measure(const Model& model, const Bpe& bpe, std::span<const TextPair> pairs, const SearchOptions& search,
                   const text::BleuOptions& options, training::Progress* progress = nullptr,
                   training::Group& group = training::one_process());

}  // namespace heed::translate
