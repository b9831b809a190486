// Training, evaluating and using the model of stories.
#include <algorithm>
#include <cstdio>
#include <set>
#include <fmt/ranges.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/answer/stories/commands.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/data/examples.hpp>
#include <heed/nn/data/text/words.hpp>
#include <heed/nn/layers/heads/attention_loss.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::answer {
namespace {

program::Examples examples_of(const std::vector<Story>& stories) {
    program::Examples examples;
    for (const Story& story : stories)
        for (const Sentence& s : story.sentences) examples.add({fmt::format("{}", fmt::join(s.words, " ")), s.answer});
    return examples;
}

// The share of wrong answers: of the tasks but for `apart` in the mean, and then of each. The processes of a group
// share the stories.
training::Metrics measure(const StoryModel& model, const std::vector<Story>& stories,
                          const std::vector<std::string>& tasks, const std::string& apart,
                          training::Group& group = training::one_process()) {
    const auto count_answers = [&](Dim begin, Dim end, std::span<double> to) {
        const StoryBatch batch = model.batch(
            std::span(stories).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
        if (batch.size() == 0) return;
        const Ints best = argmax(model(batch));
        for (Dim i = 0; i < batch.size(); ++i) {
            const std::size_t task = batch.tasks[static_cast<std::size_t>(i)];
            to[task] += 1;
            to[tasks.size() + task] += best(i) != batch.wanted(i);
        }
    };
    const std::vector<double> sums =
        training::sum_over_examples(group, std::ssize(stories), 64, 2 * tasks.size(), count_answers);
    const std::span asked(sums.data(), tasks.size()), wrong(sums.data() + tasks.size(), tasks.size());
    training::Metrics metrics{{"error", 0}};
    double counted = 0;
    for (std::size_t k = 0; k < tasks.size(); ++k) {
        metrics.emplace_back(tasks[k], asked[k] > 0 ? wrong[k] / asked[k] : 0);
        if (tasks[k] != apart) metrics.front().second += metrics.back().second, counted += 1;
    }
    metrics.front().second /= std::max(1.0, counted);
    return metrics;
}

// Over how many items the two losses of some stories are means.
struct Counts {
    double questions = 0, facts = 0;

    void add(const Story& story, Dim layers) {
        for (const Sentence& s : story.sentences)
            if (!s.answer.empty()) questions += 1, facts += static_cast<double>(std::min(layers, std::ssize(s.facts)));
    }
};

// Throws InputError for a text that holds no question.
Story story_of(const std::string& text) {
    program::check_length(text::lower_words(text).size());
    Story story = text::story_in(text);
    if (!story.asks()) throw program::InputError("the story has no question, which ends with a question mark");
    return story;
}

// The batch of one story; throws InputError for words that training did not have.
StoryBatch batch_of(const StoryModel& model, const Story& story) {
    std::vector<std::string> unknown;
    StoryBatch batch = model.batch({&story, 1}, &unknown);
    program::refuse_unknown(unknown);
    return batch;
}

}  // namespace

int train_stories(StoryOptions config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const text::StoryParts parts = text::read_stories(config.data);
    run.take(examples_of(parts.train), examples_of(parts.dev), "sentences");
    const text::StorySymbols symbols = text::symbols_of(parts.train);
    config.model.words = symbols.words, config.model.answers = symbols.answers, config.model.tasks = parts.tasks;
    config.model.longest = std::max(config.model.longest, symbols.longest);
    const nn::Params params(config.seed);
    const StoryModel model(params, config.model);
    const data::BatchSampler order(std::vector<data::BatchSampler::Lengths>(parts.train.size()),
                                   {.batch = config.batch, .seed = config.seed});
    fmt::print(stderr, "{} stories to train on, {} dev; {} words, {} answers; {} parameters; {} threads\n",
               parts.train.size(), parts.dev.size(), model.words.size(), model.answers.size(), params.count(),
               threads());
    return answer::run<StoryModel>(
        config, launch, run, params, parts.train, order,
        [&](std::span<const Story> some, const RandomStream&, Dim n) {
            StoryBatch batch = model.batch(some);
            if (config.support == 0) return batch;
            Counts part, whole;
            for (const Story& story : some) part.add(story, config.model.layers);
            for (const std::size_t i : order.at(n)) whole.add(parts.train[i], config.model.layers);
            if (part.facts > 0) batch.support = part.facts * whole.questions / (part.questions * whole.facts);
            return batch;
        },
        [&](const StoryBatch& b) {
            const auto questions = static_cast<double>(b.size());
            if (questions == 0) return training::Loss::of_nothing();
            std::vector<Var> weights;
            Var loss = cross_entropy(model(b, config.support > 0 ? &weights : nullptr), b.wanted);
            if (config.support > 0)
                loss += config.support * b.support * nn::attention_loss(weights, b.questions, b.facts);
            return training::Loss(std::move(loss), questions, questions);
        },
        false, [&] { return measure(model, parts.dev, config.model.tasks, config.apart, launch.group()); });
}

int evaluate_stories(const program::CommandOptions& options) {
    const auto config = program::read_options<StoryOptions>(options.folder);
    const auto trained = training::open_model<StoryModel>(options.folder);
    const text::StoryParts parts = text::read_stories(config.data);
    return print(measure(trained.model, parts.dev, parts.tasks, config.apart));
}

int predict_stories(const TextOptions& options) {
    const auto trained = training::open_model<StoryModel>(options.folder);
    return program::for_each_text(options.texts, [&](const std::string& text) {
        const StoryBatch batch = batch_of(trained.model, story_of(text));
        const Ints best = argmax(trained.model(batch));
        for (Dim i = 0; i < batch.size(); ++i) fmt::print("{}\n", trained.model.answers.symbol(best(i)));
    });
}

int attend_stories(const AttendOptions& options) {
    const auto trained = training::open_model<StoryModel>(options.folder);
    const Story story = story_of(options.input);
    std::vector<std::string> shown;
    for (const Sentence& s : story.sentences) shown.push_back(fmt::format("{}", fmt::join(s.words, " ")));
    const Lenses lenses;
    const Ints best = argmax(trained.model(batch_of(trained.model, story)));
    inspect::Page page = inspect::page_of(lenses, "How a story was read",
                                          {{.queries = shown, .from = "sentences", .to = "sentences before"}});
    page.note = trained.model.answers.symbol(best(count(best) - 1));
    page.layer = std::ssize(page.layers) - 1;
    return program::write_attention(std::move(page), options);
}

}  // namespace heed::answer
