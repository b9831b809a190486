#pragma once
// The task `stories`: a word as the answer to a question about a story.
#include <heed/examples/answer/run.hpp>
#include <heed/examples/answer/stories/model.hpp>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/input.hpp>

namespace heed::answer {

struct StoryOptions : TaskOptions {
    static constexpr const char* about = "train a model on stories with questions";
    std::string data, apart = "qa16";
    StoryModelOptions model;
    StoryOptions() { batch = 64, warmup = 400; }
    void declare(training::Settings& s) {
        s.add("data", data, "folder of files qa*.txt; the last tenth of each is held out").required().may_change();
        s.add("apart", apart, "a task that the mean error leaves out");
        model.declare(s);
        TaskOptions::declare(s);
    }
};
int train_stories(StoryOptions config, const program::Launch& launch);

struct StoryEvalOptions : program::CommandOptions {
    static constexpr const char* about = "evaluate a model: wrong answers for each task";
};
int evaluate_stories(const StoryEvalOptions& options);

struct StoryPredictOptions : program::TextOptions {
    static constexpr const char* about = "answer each question of a story";
    void declare(training::Settings& s) {
        program::TextOptions::declare(s, "stories", "sentences, with questions among them");
    }
};
int predict_stories(const StoryPredictOptions& options);

struct StoryAttendOptions : program::AttendOptions {
    void declare(training::Settings& s) {
        program::AttendOptions::declare(s, "story", "sentences, and a question last");
    }
};
int attend_stories(const StoryAttendOptions& options);

}  // namespace heed::answer
