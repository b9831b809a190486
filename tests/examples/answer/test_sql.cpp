// answer sql: reading, names, grammar, the database, and a run that learns in seconds.
#include <fstream>
#include <fmt/format.h>
#include <heed/examples/answer/sql/commands.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/examples/answer/towns.hpp>
#if __has_include(<sqlite3.h>)
#include <sqlite3.h>
#endif

namespace heed::answer {
namespace {

namespace fs = std::filesystem;
using test::Folder;

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("answer: questions are read with their values filled in", "[answer]") {
    const std::vector<Question> all = parse_questions(
        "how big is state_name0\tSELECT A FROM S WHERE N = \"state_name0\" ;\t{\"state_name0\": \"new mexico\"}\r\n\n"
        "which is larger\tSELECT MAX( A ) FROM S ;\t{}\n",
        "questions");
    REQUIRE(all.size() == 2);
    CHECK(all[0].text == "how big is new mexico");
    CHECK(all[0].sql == Texts{"SELECT", "A", "FROM", "S", "WHERE", "N", "=", "\"new mexico\"", ";"});
    CHECK(all[0].names == Texts{"state_name\tnew mexico"});
    CHECK(all[1].names.empty());
    CHECK(same_sql("SELECT  \"a b\" ;", "SELECT \"a b\" ; "));
    CHECK_FALSE(same_sql("SELECT \"a  b\" ;", "SELECT \"a b\" ;"));
    for (const auto& [text, why] : {std::pair("a\tb", "q:1: expected a question"),
                                    {"a\tb\t{}\na\tb\t[]", "q:2: what the placeholders"},
                                    {"a\tb\t{\"x\": 3}", "q:1: what the placeholders"},
                                    {" \tb\t{}", "q:1: the question is empty"},
                                    {"a\t\t{}", "q:1: the SQL is empty"},
                                    {"\n\n", "q: holds no question"}})
        CHECK_THROWS_WITH(parse_questions(text, "q"), StartsWith(why));
}

TEST_CASE("answer: names of a database are found in questions, the longest first", "[answer]") {
    const Names names({"city", "state"}, {"city\tNew York", "state\tnew york", "city\tyork", "river\tnew"});
    const std::vector<Unit> units = names.split("Is New York larger than York, or new?");
    Texts texts;
    for (const Unit& unit : units) texts.push_back(unit.text);
    CHECK(texts == Texts{"is", "new york", "larger", "than", "york", "or", "new"});
    CHECK(units[1].kinds == std::vector<Dim>{0, 1});
    CHECK(units[4].kinds == std::vector<Dim>{0});
    CHECK(units[6].kinds.empty());
    CHECK_THROWS_AS(names.split(" ?! "), program::InputError);
    std::string long_text;
    for (int i = 0; i < 100000; ++i) long_text += "word ";
    CHECK_THROWS_WITH(names.split(long_text), "a text of 100000 words is too long; give at most 1000");
}

TEST_CASE("answer: SQL is held to what may follow, to declared aliases and to closed parentheses", "[answer]") {
    const Texts known{"SELECT", "MAX(", "Talias0.A", "Salias0.B", ")",     "FROM", "T",
                      "S",      "AS",   "Talias0",   "Salias0",   "WHERE", "=",    ";"};
    const Pieces pieces(known);
    Texts pairs;
    for (const char* sql : {"SELECT MAX( Talias0.A ) FROM T AS Talias0 WHERE Talias0.A = \"x\" ;",
                            "SELECT Salias0.B FROM S AS Salias0 ;"})
        for (std::string& pair : pairs_of(pieces_of(sql))) pairs.push_back(std::move(pair));
    const Grammar grammar(pieces, pairs);
    const auto allows = [&](const char* before, const std::string& next) {
        std::vector<std::int64_t> ids;
        for (const std::string& piece : pieces_of(before)) ids.push_back(pieces.find(piece).value_or(pieces.size()));
        return grammar.may_follow(ids, next.empty() ? Pieces::end : pieces.find(next).value_or(pieces.size()));
    };
    CHECK(allows("", "SELECT"));
    CHECK_FALSE(allows("", "FROM"));
    CHECK(allows("SELECT MAX( Talias0.A", ")"));
    CHECK_FALSE(allows("SELECT Talias0.A", ")"));
    CHECK(allows("SELECT Salias0.B FROM S AS", "Salias0"));
    CHECK_FALSE(allows("SELECT Salias0.B FROM S AS", "Talias0"));
    CHECK(allows("SELECT Salias0.B FROM S AS Salias0", ";"));
    CHECK_FALSE(allows("SELECT MAX( Talias0.A ) FROM S AS Salias0", ";"));  // Talias0 is not declared
    CHECK(allows("SELECT MAX( Talias0.A ) FROM T AS Talias0 WHERE Talias0.A =", "\"new\""));
    CHECK_FALSE(allows("SELECT", "\"new\""));
    std::vector<std::int64_t> before_name;
    for (const std::string& piece : pieces_of("SELECT MAX( Talias0.A ) FROM T AS Talias0 WHERE Talias0.A ="))
        before_name.push_back(*pieces.find(piece));
    CHECK(grammar.may_follow(before_name, pieces.size()));
    CHECK_FALSE(grammar.may_follow(before_name, Pieces::copied));
    CHECK(allows("SELECT Salias0.B FROM S AS Salias0 ;", ""));
    CHECK_FALSE(allows("SELECT Salias0.B", ""));
}

TEST_CASE("answer: learns to ask about towns, and names what it does not understand", "[answer][slow]") {
    const Folder folder("sql");
    test::write_towns(folder.path / "towns", 400);
    SqlOptions config;
    config.data = (folder.path / "towns").string();
    config.model.embedding = config.model.width = 32;
    config.model.dropout = 0.1;
    config.lr = 5e-3;
    config.steps = 500;
    REQUIRE(train_sql(config, {.folder = folder.path / "run"}) == 0);
    CHECK(evaluate_sql({{.folder = folder.path / "run"}}) == 0);
    const auto trained = training::open_model<SqlModel>(folder.path / "run");
    const SqlText text = trained.options.text();
    const Grammar grammar(text.pieces, trained.options.pairs);
    const SqlScore score = measure(trained.model, text, grammar, read_questions(folder.path / "towns"), 3, nullptr);
    CHECK(score.share(score.right) > 0.95);
    CHECK(predict_sql({{.folder = folder.path / "run"}, {"how high is the zebra"}}) == program::exit_bad_input);
    CHECK(predict_sql({{.folder = folder.path / "run"}, {"how big is town 17"}}) == 0);
    const fs::path html = folder.path / "page.html";
    CHECK(attend_sql({{.folder = folder.path / "run", .input = "how big is town 17", .html = html}}) == 0);
    CHECK(test::text_of_file(html).find("(copied)") != std::string::npos);
}

TEST_CASE("answer: a batch's statements do not depend on its neighbours", "[answer]") {
    const Folder folder("rows");
    test::write_towns(folder.path / "towns", 60);
    SqlModelOptions options{.words = {"big", "high", "how", "is", "the"},
                            .pieces = {"SELECT", "A", "B", "=", ";"},
                            .kinds = {"town"},
                            .embedding = 6,
                            .width = 8};
    for (const char* sql : {"SELECT A = \"x\" ;", "SELECT B = \"x\" ;", "SELECT A ;"})
        for (std::string& pair : pairs_of(pieces_of(sql))) options.pairs.push_back(std::move(pair));
    options.names = {"town\ttown 1", "town\ttown 2"};
    const SqlModel model(nn::Params(3), options);
    const SqlText text = options.text();
    const Grammar grammar(text.pieces, options.pairs);
    std::vector<Sample> samples;
    for (const char* question : {"how big is town 2", "high", "is town 1 high or is the town 2 big"})
        samples.push_back(text.encode(question));
    for (const Dim beam : {1, 3}) {
        const std::vector<Ids> together = write_sql(model, text, grammar, samples, beam);
        for (std::size_t i = 0; i < samples.size(); ++i)
            CHECK(write_sql(model, text, grammar, {&samples[i], 1}, beam).front() == together[i]);
    }
}

TEST_CASE("answer: schemas are read or refused", "[answer]") {
    const Folder folder("schema");
    const fs::path file = folder.path / "schema.csv";
    std::ofstream(file)
        << "Table Name, Field Name, Is Primary Key\nCITY, NAME, y, n, text\n-, -, -\nCITY, SIZE, n, n, int\n";
    const std::vector<Column> columns = read_schema(file);
    REQUIRE(columns.size() == 2);
    CHECK((columns[0].name == "city.name" && columns[0].is_key));
    CHECK((columns[1].name == "city.size" && !columns[1].is_key));
    std::ofstream(file) << "Table Name\nCITY\n";
    CHECK_THROWS_WITH(read_schema(file), Containing("schema.csv:2: expected 'TABLE, FIELD, y or n, ...'"));
    std::ofstream(file) << "Table Name\n";
    CHECK_THROWS_WITH(read_schema(file), Containing("holds no column"));
    SqlOptions one_alone;
    one_alone.database = "a";
    CHECK_THROWS_AS(one_alone.check(), program::UsageError);
}

#if __has_include(<sqlite3.h>)
TEST_CASE("answer: a database is asked, and never changed", "[answer]") {
    const Folder folder("database");
    const std::string file = (folder.path / "towns.sqlite").string();
    sqlite3* db = nullptr;
    REQUIRE(sqlite3_open(file.c_str(), &db) == SQLITE_OK);
    REQUIRE(sqlite3_exec(db,
                         "CREATE TABLE city (name TEXT, size INT); INSERT INTO city VALUES ('Ulm', 3), ('Bonn', 5),"
                         "(NULL, 7)",
                         nullptr, nullptr, nullptr) == SQLITE_OK);
    const Database database(file);
    CHECK(database.columns() == Texts{"city.name", "city.size"});
    CHECK(database.names({"city.name", "lake.name"}) == Texts{"city.name\t", "city.name\tBonn", "city.name\tUlm"});
    CHECK(database.ask("SELECT size FROM city WHERE name = \"Ulm\" ;").text() == "3\n");
    CHECK(database.ask("SELECT name FROM city", {.rows = 2}).text() == "Ulm\nBonn\n...\n");
    CHECK(database.ask("SELECT 1 UNION SELECT 2 ORDER BY 1")
              .same_rows(database.ask("SELECT 1 UNION SELECT 2 ORDER BY 1 DESC")));
    for (const auto& [sql, why] : {std::pair("DELETE FROM city", "not authorized"),
                                   {"PRAGMA writable_schema = 1", "not authorized"},
                                   {"ATTACH 'other' AS o", "not authorized"},
                                   {"SELECT load_extension('x')", "not authorized"},
                                   {"SELECT 1; SELECT 2", "more than one statement"},
                                   {"SELECT absent FROM city", "no such column"},
                                   {"SELECT", "incomplete input"},
                                   {"", "no statement"}})
        CHECK_THROWS_WITH(database.ask(sql), Containing(why));
    CHECK_THROWS_WITH(
        database.ask("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n",
                     {.seconds = 0.05}),
        Containing("takes more than 0.05 seconds"));

    REQUIRE(sqlite3_exec(db, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
    CHECK_THROWS_WITH(Database(file), Containing("towns.sqlite: database is locked"));
    sqlite3_close(db);
    std::ofstream(folder.path / "text")
        << "this is no database, though it is longer than a header of one hundred bytes "
           "that a file of SQLite begins with";
    CHECK_THROWS_WITH(Database(folder.path / "text"), Containing("text: file is not a database"));
    CHECK_THROWS_AS(Database(folder.path / "nowhere"), FileError);
    CHECK_THROWS_AS(Database(folder.path), FileError);
}
#endif

}  // namespace heed::answer
