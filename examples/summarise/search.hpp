#pragma once
// From texts to summaries, and how good they are.
#include <heed/examples/summarise/model.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/metrics/rouge.hpp>
#include <heed/nn/training/run/group.hpp>

namespace heed::summarise {

struct SearchOptions {
    Dim beam = 4;  // hypotheses of each text; 1 is greedy
    // The log-probability of a finished hypothesis of n pieces, the end marker included, is divided by n to this power.
    // With 0 a beam scores worse than greedy search on Debian's descriptions: the most probable summaries are too
    // short.
    double length_penalty = 1;
    Dim no_repeat = 3;  // no sequence of so many pieces occurs twice in a summary; 0: any may
    Dim most = 60;      // pieces of a summary
    Dim at_once = 32;   // texts decoded together; changes no result

    void declare(training::Settings& s) {
        s.add("beam", beam, "hypotheses of a text; 1: greedy").within(1);
        s.add("length_penalty", length_penalty, "above 1 longer summaries, below 1 shorter ones").within(-10, 10);
        s.add("no_repeat", no_repeat, "no sequence of so many pieces occurs twice in a summary; 0: any may").within(0);
        s.add("most", most, "pieces of a summary").within(1, 1 << 14);
    }
};

struct Summary {
    std::string text = {};   // one line without control characters
    Ids ids = {};            // its pieces, without markers
    std::size_t pieces = 0;  // of the text, also where not all of them were read
};

// The summary of each text, of an empty one an empty one, by nn::beam_search. The processes of a group share the texts.
std::vector<Summary> summarise(const Model& model, const ModelOptions& options, const std::vector<std::string>& texts,
                               const SearchOptions& search, training::Group& group = training::one_process());

// The summary with each word behind `on` and before `off` that is copied: the larger part of its probability is that
// of copying its pieces.
std::string with_marks(const Model& model, const ModelOptions& options, const std::string& text, const Summary& summary,
                       std::string_view on, std::string_view off);

// Up to and with its first '.', '!' or '?' before a space: what a summary must be better than.
std::string_view first_sentence(std::string_view text);

text::Rouge measure(const Model& model, const ModelOptions& options, std::span<const text::TextPair> pairs,
                    const SearchOptions& search, training::Group& group = training::one_process());
text::Rouge measure_first_sentences(std::span<const text::TextPair> pairs);

}  // namespace heed::summarise
