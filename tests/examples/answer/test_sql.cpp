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
    const Codec codec(trained.options.symbols);
    const std::vector<Question> questions = database::read_questions(folder.path / "towns");
    CHECK(measure(trained.model, codec, questions, 3, {}).front().second > 0.95);
    CHECK(predict_sql({{{.folder = folder.path / "run"}, {"how high is the zebra"}}}) == program::exit_bad_input);
    CHECK(predict_sql({{{.folder = folder.path / "run"}, {"how big is town 17"}}}) == 0);
    std::string long_text;
    for (int i = 0; i < 100000; ++i) long_text += "town ";
    for (const std::string& refused : {std::string(" ?! "), long_text})
        CHECK(predict_sql({{{.folder = folder.path / "run"}, {refused}}}) == program::exit_bad_input);
    const fs::path html = folder.path / "page.html";
    CHECK(attend_sql({{.folder = folder.path / "run", .input = "how big is town 17", .html = html}}) == 0);
    CHECK(test::text_of_file(html).find("(copied)") != std::string::npos);
}

TEST_CASE("answer: a batch's statements do not depend on its neighbours", "[answer]") {
    SqlModelOptions options{.symbols = {.words = {"big", "high", "how", "is", "the"},
                                        .pieces = {"SELECT", "A", "B", "=", ";"},
                                        .kinds = {"town"},
                                        .names = {"town\ttown 1", "town\ttown 2"}},
                            .embedding = 6,
                            .width = 8};
    for (const char* sql : {"SELECT A = \"x\" ;", "SELECT B = \"x\" ;", "SELECT A ;"})
        for (std::string& pair : database::pairs_of(database::pieces_of(sql)))
            options.symbols.pairs.push_back(std::move(pair));
    const SqlModel model(nn::Params(3), options);
    const Codec codec(options.symbols);
    std::vector<Sample> samples;
    for (const char* question : {"how big is town 2", "high", "is town 1 high or is the town 2 big"})
        samples.push_back(codec.encode(question));
    for (const Dim beam : {1, 3}) {
        const std::vector<database::Ids> together = model.write(codec, samples, beam);
        for (std::size_t i = 0; i < samples.size(); ++i)
            CHECK(model.write(codec, {&samples[i], 1}, beam).front() == together[i]);
    }
}

TEST_CASE("answer: a database and its schema go together", "[answer]") {
    SqlOptions one_alone;
    one_alone.database = "a";
    CHECK_THROWS_AS(one_alone.check(), program::UsageError);
}

}  // namespace heed::answer
