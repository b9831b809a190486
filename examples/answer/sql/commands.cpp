// The commands eval, predict and attend of SQL, and its metrics.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/answer/sql/commands.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::answer {
namespace {

// A trained model, and the database that it is to ask.
struct Trained : training::Trained<SqlModel> {
    std::optional<Database> database;
    SqlText text;
    Grammar grammar;

    explicit Trained(const std::filesystem::path& folder, const std::string& file = {})
        : training::Trained<SqlModel>(training::open_model<SqlModel>(folder)), text(options.text()),
          grammar(text.pieces, options.pairs) {
        if (file.empty()) return;
        database.emplace(file);
        require_columns(file);
        const std::vector<std::string> names = database->names(options.kinds);
        if (!names.empty()) text.names = text::Names(options.kinds, names);
    }

    // Every column that the model may write must be there.
    void require_columns(const std::string& file) const {
        const std::vector<std::string> there = database->columns();
        std::vector<std::string> missing;
        for (const std::string& kind : options.kinds)
            if (kind.find('.') != kind.npos && std::ranges::find(there, kind) == there.end()) missing.push_back(kind);
        if (!missing.empty())
            throw FileError(fmt::format("{}: has another schema than the model was trained for: there is no {}", file,
                                        fmt::join(missing, ", ")));
    }

    Ids write(const Sample& sample, Dim beam) const {
        return write_sql(model, text, grammar, {&sample, 1}, beam).front();
    }
};

// The rows of a statement; none where the database does not answer it.
std::optional<database::Table> rows_of(const Database& database, const std::string& sql) {
    try {
        return database.ask(sql);
    } catch (const database::StatementError&) {
        return std::nullopt;
    }
}

void answer_question(const Trained& trained, const std::string& question, const SqlPredictOptions& options) {
    const Sample sample = trained.text.encode(question);
    if (!options.guess) program::refuse_unknown(trained.text.not_understood(sample));
    const std::string sql = trained.text.decode(sample, trained.write(sample, options.beam));
    fmt::print("{}\n", utf8::printable(sql));
    if (!trained.database) return;
    try {
        fmt::print("{}", utf8::escaped(trained.database->ask(sql).text()));
    } catch (const database::StatementError& e) {
        throw program::InputError(e.what());  // the other questions are still answered
    }
}

}  // namespace

bool same_sql(std::string_view a, std::string_view b) { return database::pieces_of(a) == database::pieces_of(b); }

SqlScore measure(const SqlModel& model, const SqlText& text, const Grammar& grammar,
                 const std::vector<Question>& questions, Dim beam, const Database* database) {
    SqlScore score{.questions = std::ssize(questions)};
    for (const Question& question : questions) {
        const Sample sample = text.encode(question.text);
        const std::string sql = text.decode(sample, write_sql(model, text, grammar, {&sample, 1}, beam).front()),
                          wanted = fmt::format("{}", fmt::join(question.sql, " "));
        score.right += same_sql(sql, wanted);
        if (!database) continue;
        const std::optional<database::Table> mine = rows_of(*database, sql), theirs = rows_of(*database, wanted);
        score.answered += mine && theirs && mine->same_rows(*theirs);
    }
    return score;
}

int evaluate_sql(const SqlEvalOptions& options) {
    const auto config = program::read_options<SqlOptions>(options.folder);
    const Trained trained(options.folder, options.database.empty() ? config.database : options.database);
    const std::vector<Question> questions = options.data.empty()
                                                ? read_data(config, program::RunData::of(options.folder).cut()).dev
                                                : database::read_questions(options.data);
    const SqlScore score = measure(trained.model, trained.text, trained.grammar, questions, options.beam,
                                   trained.database ? &*trained.database : nullptr);
    fmt::print("{} questions: SQL right {:.1f} %", score.questions, 100 * score.share(score.right));
    if (trained.database) fmt::print(", answers right {:.1f} %", 100 * score.share(score.answered));
    fmt::print("\n");
    return program::exit_ok;
}

int predict_sql(const SqlPredictOptions& options) {
    const Trained trained(options.folder, options.database);
    return program::for_each_text(options.texts,
                                  [&](const std::string& question) { answer_question(trained, question, options); });
}

int attend_sql(const SqlAttendOptions& options) {
    const Trained trained(options.folder);
    Sample sample = trained.text.encode(options.input);
    sample.sql = trained.write(sample, 5);
    std::vector<std::string> words, pieces;
    for (const text::Unit& unit : sample.units) words.push_back(unit.text);
    for (const std::int64_t id : sample.sql)
        pieces.push_back(trained.text.symbol(sample, id) + (id < trained.text.pieces.size() ? "" : " (copied)"));
    pieces.push_back("end");
    const std::size_t only = 0;
    const Lenses lenses;
    trained.model.loss(make_batch({&sample, 1}, {&only, 1}, trained.text));
    inspect::Page page = inspect::page_of(
        lenses, fmt::format("How “{}” was read", utf8::printable(options.input)),
        {{.path = "attend", .queries = pieces, .keys = words, .from = "pieces of SQL", .to = "words"}});
    page.note = trained.text.decode(sample, sample.sql);
    return program::write_attention(std::move(page), options);
}

}  // namespace heed::answer
