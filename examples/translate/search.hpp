#pragma once
// From a trained model to sentences: greedy and beam search.
#include <heed/examples/translate/model.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::translate {

struct SearchOptions {
    Dim beam = 5;  // hypotheses of each sentence; 1 is greedy
    // The log-probability of a finished hypothesis of n pieces, the end marker included, is divided by n to this power.
    double length_penalty = 1;
    Dim at_once = 64;  // sentences decoded together; changes no result
};

// The best translation of each source by nn::beam_search, in pieces without markers. Sources are as
// text::encode_source() makes them; one of n pieces gets at most 1.5 n + 10. The processes of a group share the
// sources. Throws RangeError for options out of range.
std::vector<Ids> translate(const Model& model, const std::vector<Ids>& sources, const SearchOptions& options,
                           training::Group& group = training::one_process());

}  // namespace heed::translate
