// The commands eval, predict and attend of SQL.
#include <cstdio>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/answer/sql/commands.hpp>
#include <heed/nn/data/text/words.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::answer {
namespace {

// A trained model, and the database that it is to ask.
struct Trained : training::Trained<SqlModel> {
    std::optional<Database> database;
    Codec codec;

    explicit Trained(const std::filesystem::path& folder, const std::string& file = {})
        : training::Trained<SqlModel>(training::open_model<SqlModel>(folder)), codec(options.symbols) {
        if (file.empty()) return;
        const std::vector<std::string>& kinds = options.symbols.kinds;
        database.emplace(file);
        database->require(kinds);
        const std::vector<std::string> names = database->names(kinds);
        if (!names.empty()) codec.names = text::Names(kinds, names);
    }

    Sample read(const std::string& question) const {
        program::check_length(text::lower_words(question).size());
        return codec.encode(question);
    }

    database::Ids write(const Sample& sample, Dim beam) const { return model.write(codec, {&sample, 1}, beam).front(); }
};

void answer_question(const Trained& trained, const std::string& question, const SqlPredictOptions& options) {
    const Sample sample = trained.read(question);
    if (!options.guess) program::refuse_unknown(trained.codec.not_understood(sample));
    const std::string sql = trained.codec.decode(sample, trained.write(sample, options.beam));
    fmt::print("{}\n", utf8::printable(sql));
    if (!trained.database) return;
    try {
        fmt::print("{}", utf8::escaped(trained.database->ask(sql).text()));
    } catch (const database::StatementError& e) {
        throw program::InputError(e.what());  // the other questions are still answered
    }
}

}  // namespace

int evaluate_sql(const SqlEvalOptions& options) {
    const auto config = program::read_options<SqlOptions>(options.folder);
    const Trained trained(options.folder, options.database.empty() ? config.database : options.database);
    const std::vector<Question> questions = options.data.empty()
                                                ? read_data(config, program::RunData::of(options.folder).cut()).dev
                                                : database::read_questions(options.data);
    return print(measure(trained.model, trained.codec, questions, options.beam, trained.database));
}

int predict_sql(const SqlPredictOptions& options) {
    const Trained trained(options.folder, options.database);
    return program::for_each_text(options.texts,
                                  [&](const std::string& question) { answer_question(trained, question, options); });
}

int attend_sql(const AttendOptions& options) {
    const Trained trained(options.folder);
    Sample sample = trained.read(options.input);
    sample.sql = trained.write(sample, 5);
    std::vector<std::string> words, pieces;
    for (const text::Unit& unit : sample.units) words.push_back(unit.text);
    for (const std::int64_t id : sample.sql)
        pieces.push_back(trained.codec.symbol(sample, id) + (id < trained.codec.pieces.size() ? "" : " (copied)"));
    pieces.push_back("end");
    const Lenses lenses;
    trained.model.loss(make_batch({&sample, 1}, trained.codec));
    inspect::Page page = inspect::page_of(
        lenses, fmt::format("How “{}” was read", utf8::printable(options.input)),
        {{.path = "attend", .queries = pieces, .keys = words, .from = "pieces of SQL", .to = "words"}});
    page.note = trained.codec.decode(sample, sample.sql);
    return program::write_attention(std::move(page), options);
}

}  // namespace heed::answer
