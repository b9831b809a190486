#pragma once
// The task `stories`: a word as the answer to a question about a story.
#include <heed/examples/answer/run.hpp>
#include <heed/examples/answer/stories/model.hpp>

namespace heed::answer {

struct StoryOptions : TaskOptions {
    static constexpr const char* about = "train a model on stories with questions";
    std::string data, apart = "qa16";
    double support = 0;
    StoryModelOptions model;
    StoryOptions() { batch = 64, warmup = 400; }
    void declare(training::Settings& s) {
        s.add("data", data, "folder of files qa*.txt; the last tenth of each is held out").required().may_change();
        s.add("apart", apart, "a task that the mean error leaves out");
        s.add("support", support,
              "weight of a second loss: each layer is to attend to a supporting fact of the question")
            .within(0, 1000)
            .added_later(0.0);
        model.declare(s);
        TaskOptions::declare(s);
    }
};

int train_stories(StoryOptions config, const program::Launch& launch);
int evaluate_stories(const program::CommandOptions& options);
int predict_stories(const TextOptions& options);
int attend_stories(const AttendOptions& options);

}  // namespace heed::answer
