// answer stories and answer cloze: reading, and runs that learn in seconds.
#include <fstream>
#include <fmt/format.h>
#include <heed/examples/answer/cloze/commands.hpp>
#include <heed/examples/answer/stories/commands.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/examples/answer/towns.hpp>

namespace heed::answer {
namespace {

using test::Folder;

// Who is where: the last place counts.
void write_walks(const std::filesystem::path& path, std::uint64_t stories) {
    const RandomStream random(Key{5, 0}, 1);
    const char* const who[] = {"Anna", "Ben", "Carl"};
    const char* const where[] = {"garden", "hall", "shop", "park"};
    std::ofstream out(path);
    std::uint64_t draw = 0;
    for (std::uint64_t story = 0; story < stories; ++story) {
        std::string at[3];
        int since[3] = {};
        for (int line = 1; line <= 6; ++line) {
            const std::uint64_t person = random.bits(draw++) % 3;
            if (line % 3 != 0 || at[person].empty()) {
                at[person] = where[random.bits(draw++) % 4];
                since[person] = line;
                out << line << " " << who[person] << " went to the " << at[person] << ".\n";
            } else {
                out << line << " Where is " << who[person] << "? \t" << at[person] << "\t" << since[person] << "\n";
            }
        }
    }
}

}  // namespace

TEST_CASE("answer: learns where people are, and answers about a new story", "[answer][slow]") {
    const Folder folder("stories");
    write_walks(folder.path / "qa1_walks.txt", 1000);
    StoryOptions config;
    config.data = folder.path.string();
    config.model.width = 32;
    config.model.layers = 2;
    config.model.dropout = 0;
    config.warmup = 50;
    config.lr = 3e-3;
    config.batch = 32;
    config.steps = 600;
    const std::filesystem::path run = folder.path / "run";
    REQUIRE(train_stories(config, {.folder = run}) == 0);
    CHECK(test::text_of_file(run / "result.json").find("\"metric\": \"error\"") != std::string::npos);
    CHECK(evaluate_stories({.folder = run}) == 0);
    CHECK(predict_stories({{{.folder = run}, {"Anna went to the hall. Ben went to the park. Where is Anna?"}}}) == 0);
    CHECK(predict_stories({{{.folder = run}, {"Anna flew to the moon. Where is Anna?"}}}) == program::exit_bad_input);
    CHECK(predict_stories({{{.folder = run}, {"Anna went to the hall."}}}) == program::exit_bad_input);
    const std::filesystem::path html = folder.path / "page.html";
    CHECK(attend_stories({{.folder = run, .input = "Anna went to the hall. Where is Anna?", .html = html}}) == 0);
    CHECK(test::text_of_file(html).find("anna went to the hall") != std::string::npos);
    // The answers of the dev stories, right in nearly all cases.
    const auto trained = training::open_model<StoryModel>(run);
    const text::StoryParts parts = text::read_stories(folder.path);
    const StoryBatch batch = trained.model.batch(parts.dev);
    CHECK(mean(not_equal(Var(argmax(trained.model(batch))), Var(batch.wanted))).item() < 0.1);
}

TEST_CASE("answer: where facts are told, the first layer looks at them", "[answer][slow]") {
    const Folder folder("facts");
    write_walks(folder.path / "qa1_walks.txt", 1000);
    StoryOptions config;
    config.data = folder.path.string();
    config.model = {.width = 32, .layers = 2, .dropout = 0};
    config.warmup = 50;
    config.lr = 3e-3;
    config.batch = 32;
    config.steps = 400;
    config.support = 1;
    REQUIRE(train_stories(config, {.folder = folder.path / "run"}) == 0);
    const auto trained = training::open_model<StoryModel>(folder.path / "run");
    const StoryBatch batch = trained.model.batch(text::read_stories(folder.path).dev);
    std::vector<Var> weights;
    CHECK(mean(not_equal(Var(argmax(trained.model(batch, &weights))), Var(batch.wanted))).item() < 0.1);
    const Dim t = weights[0].dim(3);
    const Array seen = mean(weights[0], 1).value();
    double sum = 0;
    for (Dim i = 0; i < batch.size(); ++i) {
        CHECK(batch.facts(i, 0) >= 0);
        CHECK(batch.facts(i, 1) == -1);
        sum += static_cast<double>(seen(batch.questions(i) / t, batch.questions(i) % t, batch.facts(i, 0)));
    }
    CHECK(sum / static_cast<double>(batch.size()) > 0.8);
}

TEST_CASE("answer: a story's answers do not depend on the stories beside it", "[answer]") {
    const std::vector<Story> stories = text::parse_stories(
        "1 Anna went home.\n2 Where is Anna?\thome\n1 Ben sat.\n2 Anna sat.\n3 Where is Ben?\thome\n4 Who sat?\tben\n",
        "qa");
    const StoryModel model(nn::Params(1), {.words = {"anna", "ben", "home", "is", "sat", "went", "where", "who"},
                                           .answers = {"ben", "home"},
                                           .width = 8,
                                           .layers = 2,
                                           .heads = 2});
    const Array together = model(model.batch(stories)).value();
    Dim row = 0;
    for (const Story& story : stories) {
        const Array alone = model(model.batch({&story, 1})).value();
        for (Dim k = 0; k < alone.shape()[0]; ++k, ++row)
            for (Dim a = 0; a < 2; ++a) CHECK(alone(k, a) == Approx(together(row, a)).epsilon(1e-4).margin(1e-5));
    }
    CHECK(row == 3);
}

TEST_CASE("answer: hidden names are found, and refused where none is hidden", "[answer][slow]") {
    const Folder folder("cloze");
    const RandomStream random(Key{5, 0}, 1);
    const char* const names[] = {"Ada", "Bob", "Carl", "Dora"};
    std::string text;
    for (std::uint64_t i = 0; i < 1200; ++i) {
        const std::uint64_t a = random.bits(3 * i) % 4, b = (a + 1 + random.bits(3 * i + 1) % 3) % 4;
        const bool first = random.bits(3 * i + 2) % 2;
        text += fmt::format("{} met {} here .\t@ {}\t{}\tAda Bob Carl Dora\n", names[a], names[b],
                            first ? "met someone" : "was met", names[first ? a : b]);
    }
    std::ofstream(folder.path / "met.cloze") << text;
    ClozeOptions config;
    config.data = (folder.path / "met.cloze").string();
    config.model = {.embedding = 16, .width = 16, .dropout = 0};
    config.lr = 1e-2;
    config.steps = 300;
    const std::filesystem::path run = folder.path / "run";
    REQUIRE(train_cloze(config, {.folder = run}) == 0);
    CHECK(evaluate_cloze({.folder = run}) == 0);
    CHECK(predict_cloze({{{.folder = run}, {"Ada met Bob here. @ was met."}}}) == 0);
    CHECK(predict_cloze({{{.folder = run}, {"Ada met Bob here."}}}) == program::exit_bad_input);
    const std::filesystem::path html = folder.path / "page.html";
    CHECK(attend_cloze({{.folder = run, .input = "Ada met Bob here. @ was met.", .html = html}}) == 0);
    CHECK(test::text_of_file(html).find("Where the hidden name was looked for") != std::string::npos);
    const std::string result = test::text_of_file(run / "result.json");
    const std::size_t value = result.find("\"value\": ");
    REQUIRE(value != std::string::npos);
    CHECK(std::stod(result.substr(value + 9)) > 0.9);
}

}  // namespace heed::answer
