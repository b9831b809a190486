// Training, evaluating and using the model of hidden names.
#include <cstdio>
#include <fmt/ranges.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/answer/cloze/commands.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/data/examples.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::answer {
namespace {

constexpr std::size_t longest = 200;  // words of a text

data::Parts<Cloze> read_data(const std::string& path, std::optional<Dim> cut) {
    return data::hold_out(text::parse_clozes(text::read_text(path), path, longest), cut, path);
}

program::Examples examples_of(const std::vector<Cloze>& all) {
    program::Examples examples;
    for (const Cloze& c : all)
        examples.add(
            {fmt::format("{}", fmt::join(c.text, " ")), fmt::format("{}", fmt::join(c.question, " ")), c.name});
    return examples;
}

// The processes of a group share the texts.
training::Metrics measure(const ClozeModel& model, const std::vector<Cloze>& all,
                          training::Group& group = training::one_process()) {
    const auto count_right = [&](Dim begin, Dim end, std::span<double> to) {
        const std::span<const Cloze> some =
            std::span(all).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
        const Var weights = model(model.batch(some));
        for (std::size_t i = 0; i < some.size(); ++i)
            to[0] += best_choice(weights.value(), static_cast<Dim>(i), some[i]).first == some[i].name;
    };
    const double right = training::sum_over_examples(group, std::ssize(all), 64, 1, count_right)[0];
    return {{"accuracy", right / static_cast<double>(all.size())}};
}

Cloze cloze_of(const std::string& text) {
    Cloze cloze = text::cloze_in(text);
    program::check_length(cloze.text.size() + cloze.question.size(), longest);
    if (!cloze.asks())
        throw program::InputError("expected sentences with names, and one with @ for the name that is hidden");
    return cloze;
}

}  // namespace

int train_cloze(ClozeOptions config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const data::Parts<Cloze> parts = read_data(config.data, run.cut());
    run.take(examples_of(parts.train), examples_of(parts.dev), "questions");
    config.model.words =
        run.made<std::vector<std::string>>("words", [&] { return text::frequent_words(parts.train, config.least); });
    const nn::Params params(config.seed);
    const ClozeModel model(params, config.model);
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Cloze& c : parts.train) lengths.emplace_back(c.text.size(), c.question.size());
    const data::BatchSampler order(std::move(lengths), {.batch = config.batch, .seed = config.seed});
    fmt::print(stderr, "{} questions to train on, {} dev; {} words; {} parameters; {} threads\n", parts.train.size(),
               parts.dev.size(), config.model.words.size(), params.count(), threads());
    return answer::run<ClozeModel>(
        config, launch, run, params, parts.train, order,
        [&](std::span<const Cloze> some, const RandomStream&, Dim) { return model.batch(some); },
        [&](const ClozeBatch& b) {
            const auto questions = static_cast<double>(b.size());
            return training::Loss(-mean(log(sum(model(b) * Var(b.right), 1) + 1e-9)), questions, questions);
        },
        true, [&] { return measure(model, parts.dev, launch.group()); });
}

int evaluate_cloze(const program::CommandOptions& options) {
    const auto config = program::read_options<ClozeOptions>(options.folder);
    const auto trained = training::open_model<ClozeModel>(options.folder);
    const data::Parts<Cloze> parts = read_data(config.data, program::RunData::of(options.folder).cut());
    return print(measure(trained.model, parts.dev));
}

int predict_cloze(const TextOptions& options) {
    const auto trained = training::open_model<ClozeModel>(options.folder);
    return program::for_each_text(options.texts, [&](const std::string& text) {
        const Cloze cloze = cloze_of(text);
        const auto [name, p] = best_choice(trained.model(trained.model.batch({&cloze, 1})).value(), 0, cloze);
        fmt::print("{}  {:.1f} %\n", name, 100 * p);
    });
}

int attend_cloze(const AttendOptions& options) {
    const auto trained = training::open_model<ClozeModel>(options.folder);
    const Cloze cloze = cloze_of(options.input);
    const Lenses lenses;
    const Var weights = trained.model(trained.model.batch({&cloze, 1}));
    inspect::Page page = inspect::page_of(lenses, "Where the hidden name was looked for",
                                          {{.queries = {fmt::format("{}", fmt::join(cloze.question, " "))},
                                            .keys = cloze.text,
                                            .from = "question",
                                            .to = "words"}});
    page.note = best_choice(weights.value(), 0, cloze).first;
    return program::write_attention(std::move(page), options);
}

}  // namespace heed::answer
