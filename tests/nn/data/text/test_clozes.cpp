// Texts with a hidden name: what is read, and what is refused.
#include <heed/nn/data/text/clozes.hpp>
#include <heed/nn/data/text/vocabulary.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

namespace heed::text {

TEST_CASE("text: hidden names are read, cut, left out or refused by line", "[text]") {
    const std::vector<Cloze> all = parse_clozes(
        "Ada met Bob .\t@ was met\tBob\tBob Ada Carl\nno\t@\tBob\tBob\nAda met Bob\t@ met\tAda\tAda Bob\n", "c", 4);
    REQUIRE(all.size() == 2);  // the second one's name is not in its text
    CHECK(all[0].text == Texts{"Ada", "met", "Bob", "."});
    CHECK(all[0].question == Texts{"@", "was", "met"});
    CHECK(all[0].choices == Texts{"Ada", "Bob"});
    CHECK(parse_clozes("Ada met Bob\t@ met\tAda\tAda Bob\n", "c", 2).front().choices == Texts{"Ada"});
    for (const auto& [text, why] : {std::pair("a\tb\tc\td\n", "c:1: the question has no @"),
                                    {"a\t@\ta\ta\na\tb\tc\n", "c:2: expected a text"},
                                    {"a\t@\tb\tc\n", "c: holds no question"},
                                    {"", "c: holds no question"}})
        CHECK_THROWS_WITH(parse_clozes(text, "c", 9), StartsWith(why));
}

TEST_CASE("text: a typed text's choices are its words with a capital", "[text]") {
    const Cloze cloze = cloze_in("Ada met Bob here. @ met Carl. Ada left.");
    CHECK(cloze.text == Texts{"Ada", "met", "Bob", "here", "Ada", "left"});
    CHECK(cloze.question == Texts{"@", "met", "Carl"});
    CHECK(cloze.choices == Texts{"Ada", "Bob"});
    CHECK(cloze.asks());
    CHECK_FALSE(cloze_in("Ada met Bob.").asks());
    CHECK_FALSE(cloze_in("nobody is here. @ left.").asks());
    CHECK_FALSE(cloze_in("").asks());
}

TEST_CASE("text: frequent words are those that occur often enough", "[text]") {
    CHECK(frequent({{"b", 2}, {"a", 3}, {"c", 1}}, 2) == Texts{"a", "b"});
}

}  // namespace heed::text
