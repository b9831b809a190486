// The training run of SQL.
#include <cstdio>
#include <set>
#include <fmt/ranges.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/answer/sql/commands.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::answer {
namespace {

program::Examples examples_of(const std::vector<Question>& questions) {
    program::Examples examples;
    for (const Question& q : questions) examples.add({q.text, fmt::format("{}", fmt::join(q.sql, " "))});
    return examples;
}

std::vector<std::string> names_of(const SqlOptions& config, const std::vector<Question>& questions) {
    if (!config.database.empty()) return Database(config.database).names(database::read_keys(config.schema));
    std::set<std::string> names;
    for (const Question& q : questions) names.insert(q.names.begin(), q.names.end());
    return {names.begin(), names.end()};
}

std::vector<Sample> samples_of(const Codec& codec, const std::vector<Question>& questions) {
    std::vector<Sample> samples;
    for (const Question& q : questions)
        if (std::optional<Sample> sample = codec.encode(q)) samples.push_back(std::move(*sample));
    if (samples.empty()) throw FileError("no question holds the names that its SQL does: there is nothing to copy");
    if (samples.size() < questions.size())
        fmt::print(stderr, "{} questions are left out, since their SQL has a name that is no name in them\n",
                   questions.size() - samples.size());
    return samples;
}

}  // namespace

data::Parts<Question> read_data(const SqlOptions& config, std::optional<Dim> cut) {
    std::vector<Question> all = database::read_questions(config.data);
    if (config.dev.empty()) return data::hold_out(std::move(all), cut, config.data);
    return {std::move(all), database::read_questions(config.dev)};
}

training::Metrics measure(const SqlModel& model, const Codec& codec, const std::vector<Question>& questions, Dim beam,
                          const std::optional<Database>& database, training::Group& group) {
    const auto score_of = [&](Dim i, Dim, std::span<double> to) {
        const Question& question = questions[static_cast<std::size_t>(i)];
        const Sample sample = codec.encode(question.text);
        database::SqlAccuracy one;
        one.add(codec.decode(sample, model.write(codec, {&sample, 1}, beam).front()),
                fmt::format("{}", fmt::join(question.sql, " ")), database);
        to[0] = static_cast<double>(one.right), to[1] = static_cast<double>(one.answered);
    };
    const Dim all = std::ssize(questions);
    const std::vector<double> sums = training::sum_over_examples(group, all, 1, 2, score_of);
    const database::SqlAccuracy score{all, static_cast<Dim>(sums[0]), static_cast<Dim>(sums[1])};
    training::Metrics metrics{{"exact", score.share(score.right)}};
    if (database) metrics.emplace_back("answers", score.share(score.answered));
    return metrics;
}

void SqlOptions::check() const {
    if (database.empty() != schema.empty()) throw program::UsageError("--database and --schema go together");
}

int train_sql(SqlOptions config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const data::Parts<Question> data = read_data(config, run.cut());
    run.take(examples_of(data.train), examples_of(data.dev), "questions");
    config.model.symbols = database::symbols_of(data.train, names_of(config, data.train));
    for (const auto& [name, texts] : config.model.symbols.by_name())
        *texts = run.made<std::vector<std::string>>(name, [&texts = texts] { return *texts; });
    const Codec codec(config.model.symbols);
    const std::vector<Sample> samples = samples_of(codec, data.train);
    const nn::Params params(config.seed);
    const SqlModel model(params, config.model);
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Sample& s : samples) lengths.emplace_back(s.sql.size(), s.words.size());
    const data::BatchSampler order(std::move(lengths), {.batch = config.batch, .seed = config.seed, .pool = 4});
    fmt::print(stderr, "{} questions to train on, {} dev; {} words, {} pieces, {} names; {} parameters; {} threads\n",
               samples.size(), data.dev.size(), codec.words.size(), codec.pieces.size(),
               config.model.symbols.names.size(), params.count(), threads());
    std::optional<Database> database;
    if (!config.database.empty()) database.emplace(config.database);
    return answer::run<SqlModel>(
        config, launch, run, params, samples, order,
        [&](std::span<const Sample> some, const RandomStream& random, Dim) {
            return make_batch(some, codec, config.forget, random);
        },
        [&](const database::Batch& b) {
            return training::Loss(model.loss(b), static_cast<double>(b.size()), static_cast<double>(b.pieces()));
        },
        true, [&] { return measure(model, codec, data.dev, 5, database, launch.group()); });
}

}  // namespace heed::answer
