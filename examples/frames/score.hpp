#pragma once
// How much of what was said a model gets wrong.
#include <heed/examples/frames/model.hpp>
#include <heed/examples/frames/task.hpp>

namespace heed::frames {

struct Errors {
    Dim wrong = 0;   // labels put in, left out or taken for another, at the least
    Dim labels = 0;  // that were said
    double rate() const { return static_cast<double>(wrong) / static_cast<double>(labels); }
};
Errors errors_of(const Model& model, std::span<const Utterance> utterances, Dim beam = 1,
                 std::span<const View> views = as_it_is);

// The number that the task is judged by: the share of single digits that are right, or of what was said that is wrong.
double metric_of(const Task& task, const Errors& errors);

// All of them, in two ways: what has several labels greedily and by beam search, single digits as they are and from all views around that.
struct Measured {
    double value = 0;   // of the metric, by the second way
    double greedy = 0;  // by the first
    std::string text = {};  // for people
};
Measured measure(const Model& model, std::span<const Utterance> utterances, Dim beam);

}  // namespace heed::frames
