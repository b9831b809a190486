// Stories with questions: what is read, and what is refused.
#include <heed/nn/data/text/stories.hpp>
#include <heed/tests/catch.hpp>

namespace heed::text {

TEST_CASE("text: stories are read, or refused by line", "[text]") {
    const std::vector<Story> stories =
        parse_stories("1 Anna went home.\r\n2 Where is Anna? \thome\t1\n1 Ben sat.\n2 Who sat?\tBen\n", "qa1_x.txt");
    REQUIRE(stories.size() == 2);
    CHECK(stories[0].sentences[0].words == std::vector<std::string>{"anna", "went", "home"});
    CHECK(stories[0].sentences[0].answer.empty());
    CHECK(stories[0].sentences[1].answer == "home");
    CHECK(stories[1].sentences[1].answer == "Ben");
    CHECK(stories[0].sentences[1].facts == std::vector<Dim>{0});
    CHECK(stories[1].sentences[1].facts.empty());
    for (const auto& [text, why] : {std::pair("Anna went home.\n", "qa:1: expected the number"),
                                    {"1 Anna went.\n2 Where?\t\n", "qa:2: the question has no answer"},
                                    {"1 .\n", "qa:1: the sentence has no words"},
                                    {"1 A b.\n2 C?\td\tx\n", "qa:2: a supporting fact is 'x'; expected the number"},
                                    {"1 A b.\n2 C?\td\t1 0\n", "qa:2: a supporting fact is '0'"},
                                    {"1 A b.\n2 C?\td\t2\n", "qa:2: a supporting fact is '2'"},
                                    {"1 A?\tb\n2 C?\td\t1\n", "qa:2: a supporting fact is '1'"},
                                    {"1 A b.\n2 C d.\n1 E?\tf\t2\n", "qa:3: a supporting fact is '2'"},
                                    {"1 A b.\n2 C?\td\t99999999999\n", "qa:2: a supporting fact is '99999999999'"},
                                    {"1 Anna went.\n", "qa: holds no question"},
                                    {"", "qa: holds no question"}})
        CHECK_THROWS_WITH(parse_stories(text, "qa"), StartsWith(why));
}

TEST_CASE("text: supporting facts are found by their numbers, in the order in which they stand", "[text]") {
    const Story story =
        parse_stories("1 A is b.\n2 Who?\tx\t1\n3 C is d.\n7 E is f.\n8 Who?\ty\t7 3  1 \n", "qa").front();
    CHECK(story.sentences.back().facts == std::vector<Dim>{3, 2, 0});
}

TEST_CASE("text: a story as it is typed has its sentences and questions", "[text]") {
    const Story story = story_in("Anna went home. Where is Anna? Ben sat\n\nWho sat?!");
    REQUIRE(story.sentences.size() == 4);
    CHECK(story.sentences[1].words == std::vector<std::string>{"where", "is", "anna"});
    CHECK(story.sentences[1].answer == "?");
    CHECK(story.sentences[2].answer.empty());
    CHECK(story.asks());
    CHECK_FALSE(story_in("Anna went home. Ben sat").asks());
    CHECK(story_in(" .?! ").sentences.empty());
}

TEST_CASE("text: the symbols of stories are their words, answers and the longest sentence", "[text]") {
    const StorySymbols symbols =
        symbols_of(parse_stories("1 Ben is at home.\n2 Where is Ben?\thome\n3 Who?\tBen\n", "qa"));
    CHECK(symbols.words == std::vector<std::string>{"at", "ben", "home", "is", "where", "who"});
    CHECK(symbols.answers == std::vector<std::string>{"Ben", "home"});
    CHECK(symbols.longest == 4);
}

}  // namespace heed::text
