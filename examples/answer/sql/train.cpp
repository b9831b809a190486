// The training run of SQL.
#include <cstdio>
#include <set>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/answer/sql/commands.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/data/hold_out.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::answer {
namespace {

program::Examples examples_of(const std::vector<Question>& questions) {
    program::Examples examples;
    for (const Question& q : questions) examples.add({q.text, fmt::format("{}", fmt::join(q.sql, " "))});
    return examples;
}

std::vector<std::string> names_of(const SqlOptions& config, const SqlData& data) {
    if (config.database.empty()) {
        std::set<std::string> names;
        for (const Question& q : data.train) names.insert(q.names.begin(), q.names.end());
        return {names.begin(), names.end()};
    }
    std::vector<std::string> keys;
    for (const database::Column& column : database::read_schema(config.schema))
        if (column.is_key) keys.push_back(column.name);
    return Database(config.database).names(keys);
}

// What the model is made of: words, pieces, and which may follow which.
void take_symbols(SqlModelOptions& model, const std::vector<Question>& questions) {
    const text::Names names(model.kinds, model.names);
    std::set<std::string> words, pieces, pairs;
    for (const Question& q : questions) {
        for (const text::Unit& unit : names.split(q.text))
            if (unit.kinds.empty()) words.insert(unit.text);
        for (const std::string& piece : q.sql)
            if (!database::is_literal(piece)) pieces.insert(piece);
        for (std::string& pair : database::pairs_of(q.sql)) pairs.insert(std::move(pair));
    }
    model.words = {words.begin(), words.end()};
    model.pieces = {pieces.begin(), pieces.end()};
    model.pairs = {pairs.begin(), pairs.end()};
}

std::vector<Sample> samples_of(const SqlText& text, const std::vector<Question>& questions) {
    std::vector<Sample> samples;
    for (const Question& q : questions)
        if (std::optional<Sample> sample = text.encode(q)) samples.push_back(std::move(*sample));
    if (samples.empty()) throw FileError("no question holds the names that its SQL does: there is nothing to copy");
    if (samples.size() < questions.size())
        fmt::print(stderr, "{} questions are left out, since their SQL has a name that is no name in them\n",
                   questions.size() - samples.size());
    return samples;
}

struct Batch : SqlBatch {
    Dim size() const { return wanted.shape()[0]; }
};

}  // namespace

SqlData read_data(const SqlOptions& config, std::optional<Dim> cut) {
    SqlData data{database::read_questions(config.data), {}};
    data.dev = config.dev.empty() ? data::hold_out(data.train, cut, config.data) : database::read_questions(config.dev);
    return data;
}

void SqlOptions::check() const {
    if (database.empty() != schema.empty()) throw program::UsageError("--database and --schema go together");
}

int train_sql(SqlOptions config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const SqlData data = read_data(config, run.cut());
    run.take(examples_of(data.train), examples_of(data.dev), "questions");
    using Texts = std::vector<std::string>;
    config.model.names = run.made<Texts>("names", [&] { return names_of(config, data); });
    config.model.kinds = run.made<Texts>("kinds", [&] { return text::kinds_of(config.model.names); });
    if (config.model.kinds.empty()) config.model.kinds = {"none"};  // a layer takes no rows of width 0
    take_symbols(config.model, data.train);
    for (const auto& [name, texts] :
         {std::pair("words", &config.model.words), {"pieces", &config.model.pieces}, {"pairs", &config.model.pairs}})
        *texts = run.made<Texts>(name, [&texts = texts] { return *texts; });
    const SqlText text = config.model.text();
    const Grammar grammar(text.pieces, config.model.pairs);
    const std::vector<Sample> samples = samples_of(text, data.train);
    const nn::Params params(config.seed);
    const SqlModel model(params, config.model);
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Sample& s : samples) lengths.emplace_back(s.sql.size(), s.words.size());
    const data::BatchSampler order(std::move(lengths), {.batch = config.batch, .seed = config.seed, .pool = 4});
    fmt::print(stderr, "{} questions to train on, {} dev; {} words, {} pieces, {} names; {} parameters; {} threads\n",
               samples.size(), data.dev.size(), text.words.size(), text.pieces.size(), config.model.names.size(),
               params.count(), threads());
    std::optional<Database> database;
    if (!config.database.empty()) database.emplace(config.database);
    return answer::run<SqlModel>(
        config, launch, run, params, order.per_epoch(),
        [&](Dim n) {
            return Batch{make_batch(samples, order.at(n), text, config.forget,
                                    RandomStream(Key{config.seed, static_cast<std::uint64_t>(n)}, 1))};
        },
        [&](const Batch& b) { return model.loss(b); }, true,
        [&] {
            const SqlScore score = measure(model, text, grammar, data.dev, 5, database ? &*database : nullptr);
            training::Metrics metrics{{"exact", score.share(score.right)}};
            if (database) metrics.emplace_back("answers", score.share(score.answered));
            return metrics;
        });
}

}  // namespace heed::answer
