#pragma once
// From a trained model to phones: greedy and beam search, and where the model attended.
#include <heed/examples/pronounce/model.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::pronounce {

using PhoneIds = std::vector<std::int64_t>;

// The best phones of each word, without markers, by beam search of the given width over sums of log-probabilities;
// width 1 is greedy. Words are given as encode_word() makes them; a word of n letters gets at most 2 n + 4 phones. The
// processes of a group share the words. Throws RangeError for a width below 1.
std::vector<PhoneIds> pronounce(const Model& model, const std::vector<PhoneIds>& words, Dim width,
                                training::Group& group = training::one_process());

// Attention weights (phones + 1, letters), row-major: where the model attended for each phone and for the end.
std::vector<double> align(const Model& model, const PhoneIds& word, const PhoneIds& phones);

}  // namespace heed::pronounce
