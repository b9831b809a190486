#pragma once
// The accuracy and the error rate of a model.
#include <heed/examples/frames/model.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/nn/training/run/progress.hpp>

namespace heed::frames {

struct Errors {
    Dim wrong = 0;   // edit distance: labels inserted, deleted or substituted
    Dim labels = 0;  // in the reference
    double rate() const { return static_cast<double>(wrong) / static_cast<double>(labels); }
};
// `progress` counts utterances; the processes of a group share them.
Errors errors_of(const Model& model, const Utterances& utterances, Dim beam = 1,
                 std::span<const ClipView> views = as_it_is, training::Progress* progress = nullptr,
                 training::Group& group = training::one_process());

// The task's metric: the share of single digits that are right, or the rate of errors.
double metric_of(const Task& task, const Errors& errors);

// The metric over all utterances in two ways: for several labels, greedily and by beam search; for single digits, of
// each clip as it is and over all views of it. Shows progress on standard error.
struct Measured {
    double value = 0;       // of the metric, by the second way
    double greedy = 0;      // by the first
    std::string text = {};  // for people
};
Measured measure(const Model& model, const Utterances& utterances, Dim beam,
                 training::Group& group = training::one_process());

}  // namespace heed::frames
