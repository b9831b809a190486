#pragma once
// The task `cloze`: a name that is hidden in a sentence, found in the other sentences.
#include <heed/examples/answer/cloze/model.hpp>
#include <heed/examples/answer/run.hpp>

namespace heed::answer {

struct ClozeOptions : TaskOptions {
    static constexpr const char* about = "train a model on texts with hidden names";
    std::string data;
    ClozeModelOptions model;
    Dim least = 5;
    ClozeOptions() { warmup = 200; }
    void declare(training::Settings& s) {
        s.add("data", data,
              "lines of a text, a question, its name and choices, as tools/debian_descriptions writes them")
            .required()
            .may_change();
        s.add("least", least, "how often a word occurs to be known").within(1, 1000000);
        model.declare(s);
        TaskOptions::declare(s);
    }
};

int train_cloze(ClozeOptions config, const program::Launch& launch);
int evaluate_cloze(const program::CommandOptions& options);
int predict_cloze(const TextOptions& options);
int attend_cloze(const AttendOptions& options);

}  // namespace heed::answer
