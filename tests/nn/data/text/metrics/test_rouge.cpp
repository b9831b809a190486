// ROUGE against rouge_score, and stems against NLTK's.
#include <nlohmann/json.hpp>
#include <heed/nn/data/text/metrics/rouge.hpp>
#include <heed/nn/data/text/metrics/stem.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

namespace heed::text {

TEST_CASE("text: stems are those of NLTK's PorterStemmer", "[text]") {
    const nlohmann::json file = nlohmann::json::parse(content_of(HEED_SOURCE_DIR "/tests/files/rouge.json"));
    REQUIRE(file.at("stems").size() > 800);
    for (const auto& pair : file.at("stems")) {
        CAPTURE(pair[0].get<std::string>());
        CHECK(porter_stem(pair[0].get<std::string>()) == pair[1].get<std::string>());
    }
    CHECK(porter_stem("").empty());
}

TEST_CASE("text: ROUGE is rouge_score's", "[text]") {
    const nlohmann::json file = nlohmann::json::parse(content_of(HEED_SOURCE_DIR "/tests/files/rouge.json"));
    REQUIRE(file.at("cases").size() >= 200);
    Rouge all;
    double sum = 0;
    for (const auto& one : file.at("cases")) {
        const std::string summary = one[0], reference = one[1];
        CAPTURE(summary, reference);
        const RougeScores found = rouge(summary, reference);
        CHECK(found.one == Approx(one[2].get<double>()).epsilon(1e-12));
        CHECK(found.two == Approx(one[3].get<double>()).epsilon(1e-12));
        CHECK(found.l == Approx(one[4].get<double>()).epsilon(1e-12));
        all.add(summary, reference);
        sum += one[2].get<double>();
    }
    CHECK(all.scores().one == Approx(100 * sum / static_cast<double>(all.texts)));
}

TEST_CASE("text: ROUGE of empty texts is 0, its words are ASCII's alone, and a very long text is no trouble",
          "[text]") {
    CHECK(rouge("", "").one == 0);
    CHECK(rouge("a", "").l == 0);
    CHECK(Rouge().text() == "ROUGE-1/2/L 0.00/0.00/0.00");
    CHECK(rouge_words("Ein Mädchen's 2nd RUNNING \xff, \u0130X") ==
          std::vector<std::string>{"ein", "m", "dchen", "s", "2nd", "run", "i", "x"});
    std::string longest;
    for (int i = 0; i < 100000; ++i) longest += "word" + std::to_string(i % 1000) + ' ';
    CHECK(rouge(longest, "word7 word8").two == Approx(2.0 / (99999 + 1)));
}

}  // namespace heed::text
