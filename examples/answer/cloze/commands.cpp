// Training, evaluating and using the model of hidden names.
#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/answer/cloze/commands.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/data/hold_out.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/lower_case.hpp>
#include <heed/nn/data/text/words.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::answer {
namespace {

struct ClozeParts {
    std::vector<Cloze> train, dev;  // dev: the last tenth
};

ClozeParts read_parts(const std::string& path, std::optional<Dim> cut) {
    ClozeParts parts{parse_clozes(text::read_text(path), path), {}};
    parts.dev = data::hold_out(parts.train, cut, path);
    return parts;
}

program::Examples examples_of(const std::vector<Cloze>& all) {
    program::Examples examples;
    for (const Cloze& c : all)
        examples.add(
            {fmt::format("{}", fmt::join(c.text, " ")), fmt::format("{}", fmt::join(c.question, " ")), c.name});
    return examples;
}

std::vector<std::string> frequent_words(const std::vector<Cloze>& all, Dim least) {
    std::map<std::string, Dim> counts;
    for (const Cloze& c : all)
        for (const auto* words : {&c.text, &c.question})
            for (const std::string& word : *words) ++counts[text::lower_case(word, text::LowerCase::latin1)];
    std::vector<std::string> frequent;
    for (const auto& [word, n] : counts)
        if (n >= least && word != "@") frequent.push_back(word);
    return frequent;
}

std::size_t best_of(const std::vector<double>& p) {
    return static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
}

training::Metrics measure(const ClozeModel& model, const std::vector<Cloze>& all) {
    constexpr std::size_t at_once = 64;
    std::vector<std::size_t> which(all.size());
    std::iota(which.begin(), which.end(), std::size_t{0});
    Dim right = 0;
    for (std::size_t from = 0; from < all.size(); from += at_once) {
        const auto some = std::span(which).subspan(from, std::min(at_once, all.size() - from));
        const Var weights = model(model.batch(all, some));
        for (std::size_t i = 0; i < some.size(); ++i) {
            const Cloze& cloze = all[some[i]];
            const auto p = ClozeModel::probabilities(weights.value(), static_cast<Dim>(i), cloze);
            right += cloze.choices[best_of(p)] == cloze.name;
        }
    }
    return {{"accuracy", static_cast<double>(right) / static_cast<double>(all.size())}};
}

// A text as it is typed: the sentence with the @ is the question, and what has a capital is a choice.
Cloze cloze_of(const std::string& text) {
    Cloze cloze;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find(". ", begin), text.size());
        const std::string sentence = text.substr(begin, end - begin);
        std::vector<std::string>& to = sentence.find('@') == sentence.npos ? cloze.text : cloze.question;
        for (std::string& word : text::cased_words(sentence)) to.push_back(std::move(word));
        begin = end + 2;
    }
    program::check_length(cloze.text.size() + cloze.question.size(), most_text);
    for (const std::string& word : cloze.text)
        if (std::ranges::any_of(word, [](char c) { return c >= 'A' && c <= 'Z'; })) cloze.choices.push_back(word);
    std::ranges::sort(cloze.choices);
    cloze.choices.erase(std::unique(cloze.choices.begin(), cloze.choices.end()), cloze.choices.end());
    if (std::ranges::find(cloze.question, "@") == cloze.question.end() || cloze.choices.empty())
        throw program::InputError("expected sentences with names, and one with @ for the name that is hidden");
    return cloze;
}

}  // namespace

int train_cloze(ClozeOptions config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const ClozeParts parts = read_parts(config.data, run.cut());
    run.take(examples_of(parts.train), examples_of(parts.dev), "questions");
    config.model.words =
        run.made<std::vector<std::string>>("words", [&] { return frequent_words(parts.train, config.least); });
    const nn::Params params(config.seed);
    const ClozeModel model(params, config.model);
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Cloze& c : parts.train) lengths.emplace_back(c.text.size(), c.question.size());
    const data::BatchSampler order(std::move(lengths), {.batch = config.batch, .seed = config.seed});
    fmt::print(stderr, "{} questions to train on, {} dev; {} words; {} parameters; {} threads\n", parts.train.size(),
               parts.dev.size(), config.model.words.size(), params.count(), threads());
    return answer::run<ClozeModel>(
        config, launch, run, params, order.per_epoch(), [&](Dim n) { return model.batch(parts.train, order.at(n)); },
        [&](const ClozeBatch& b) { return -mean(log(sum(model(b) * Var(b.right), 1) + 1e-9)); }, true,
        [&] { return measure(model, parts.dev); });
}

int evaluate_cloze(const ClozeEvalOptions& options) {
    const auto config = program::read_options<ClozeOptions>(options.folder);
    const auto trained = training::open_model<ClozeModel>(options.folder);
    const ClozeParts parts = read_parts(config.data, program::RunData::of(options.folder).cut());
    fmt::print("{} questions: {:.1f} % right\n", parts.dev.size(),
               100 * measure(trained.model, parts.dev).front().second);
    return program::exit_ok;
}

int predict_cloze(const ClozePredictOptions& options) {
    const auto trained = training::open_model<ClozeModel>(options.folder);
    return program::for_each_text(options.texts, [&](const std::string& text) {
        const Cloze cloze = cloze_of(text);
        const std::size_t only = 0;
        const Var weights = trained.model(trained.model.batch({&cloze, 1}, {&only, 1}));
        const auto p = ClozeModel::probabilities(weights.value(), 0, cloze);
        fmt::print("{}  {:.1f} %\n", cloze.choices[best_of(p)], 100 * p[best_of(p)]);
    });
}

int attend_cloze(const ClozeAttendOptions& options) {
    const auto trained = training::open_model<ClozeModel>(options.folder);
    const Cloze cloze = cloze_of(options.input);
    const std::size_t only = 0;
    const Lenses lenses;
    const Var weights = trained.model(trained.model.batch({&cloze, 1}, {&only, 1}));
    inspect::Page page = inspect::page_of(lenses, "Where the hidden name was looked for",
                                          {{.queries = {fmt::format("{}", fmt::join(cloze.question, " "))},
                                            .keys = cloze.text,
                                            .from = "question",
                                            .to = "words"}});
    page.note = cloze.choices[best_of(ClozeModel::probabilities(weights.value(), 0, cloze))];
    return program::write_attention(std::move(page), options);
}

}  // namespace heed::answer
