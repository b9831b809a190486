// answer sql: questions, and a run that learns in seconds.
#include <heed/examples/answer/sql/commands.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/examples/answer/towns.hpp>

namespace heed::answer {
namespace {

namespace fs = std::filesystem;
using test::Folder;

}  // namespace

TEST_CASE("answer: a question without words, or with too many, is refused", "[answer]") {
    const SqlText text({}, {}, {{}, {}});
    CHECK_THROWS_AS(text.encode(" ?! "), program::InputError);
    std::string long_text;
    for (int i = 0; i < 100000; ++i) long_text += "word ";
    CHECK_THROWS_WITH(text.encode(long_text), "a text of 100000 words is too long; give at most 1000");
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
    const SqlScore score =
        measure(trained.model, text, grammar, database::read_questions(folder.path / "towns"), 3, nullptr);
    CHECK(score.share(score.right) > 0.95);
    CHECK(predict_sql({{{.folder = folder.path / "run"}, {"how high is the zebra"}}}) == program::exit_bad_input);
    CHECK(predict_sql({{{.folder = folder.path / "run"}, {"how big is town 17"}}}) == 0);
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
        for (std::string& pair : database::pairs_of(database::pieces_of(sql))) options.pairs.push_back(std::move(pair));
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

TEST_CASE("answer: statements of the same pieces are the same", "[answer]") {
    CHECK(same_sql("SELECT  \"a b\" ;", "SELECT \"a b\" ; "));
    CHECK_FALSE(same_sql("SELECT \"a  b\" ;", "SELECT \"a b\" ;"));
}

TEST_CASE("answer: a database and its schema go together", "[answer]") {
    SqlOptions one_alone;
    one_alone.database = "a";
    CHECK_THROWS_AS(one_alone.check(), program::UsageError);
}

}  // namespace heed::answer
