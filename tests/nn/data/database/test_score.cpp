// Scores of statements: text2sql-data's rule.
#include <nlohmann/json.hpp>
#include <heed/nn/data/database/score.hpp>
#include <heed/tests/io_files.hpp>

namespace heed::database {

TEST_CASE("database: statements are right as text2sql-data's quick_eval.py counts them", "[database]") {
    const nlohmann::json file = nlohmann::json::parse(content_of(HEED_SOURCE_DIR "/tests/files/text2sql.json"));
    REQUIRE(file.at("cases").size() >= 200);
    SqlAccuracy score;
    for (const auto& one : file.at("cases")) {
        const std::string wanted = one[0], written = one[1];
        CAPTURE(wanted, written);
        CHECK(same_sql(written, wanted) == one[2].get<bool>());
        score.add(written, wanted, {});
    }
    CHECK(score.answered == 0);
    CHECK(score.share(score.right) == Approx(file.at("accuracy").get<double>()));
    CHECK(SqlAccuracy().share(0) == 0);
}

}  // namespace heed::database
