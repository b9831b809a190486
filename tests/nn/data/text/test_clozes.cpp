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

TEST_CASE("text: of a text with a hidden name, words have ids, and marks of the question's words and the choices",
          "[text]") {
    const Cloze cloze{.text = {"Ada", "Met", "zig", "Bob", "zag"},
                      .question = {"@", "met", "zag", "zog"},
                      .name = "Ada",
                      .choices = {"Ada", "Bob"}};
    const ClozeIds ids = ids_of(cloze, Vocabulary({"ada", "met"}, cloze_markers));
    CHECK(ids.text == std::vector<std::int64_t>{42, 43, 2, 3, 4});
    CHECK(ids.question == std::vector<std::int64_t>{1, 43, 4, 5});
    CHECK(ids.marks == std::vector<std::int64_t>{2, 1, 0, 2, 1});
}

TEST_CASE("text: a batch of texts with a hidden name says where it is hidden, where it stands, and what may be it",
          "[text]") {
    const std::vector<Cloze> two =
        parse_clozes("Ada met Bob\t@ was met\tBob\tAda Bob\nBob sat\tit was @\tBob\tBob\n", "c", 9);
    CHECK(frequent_words(two, 2) == Texts{"bob", "met", "was"});
    const ClozeBatch batch = make_batch(two, Vocabulary({"bob", "met", "was"}, cloze_markers));
    CHECK(batch.size() == 2);
    const auto all = [](const Ints& x) { return std::vector<Dim>(x.storage().begin(), x.storage().end()); };
    CHECK(all(batch.text) == std::vector<Dim>{2, 43, 42, 42, 2, 0});
    CHECK(all(batch.text_lengths) == std::vector<Dim>{3, 2});
    CHECK(all(batch.marks) == std::vector<Dim>{2, 1, 2, 2, 0, 0});
    CHECK(all(batch.question) == std::vector<Dim>{1, 44, 43, 3, 44, 1});
    CHECK(all(batch.hidden) == std::vector<Dim>{0, 5});
    CHECK(batch.choices.shape() == Shape{2, 1, 1, 3});
    CHECK(elements(batch.choices) == std::vector<double>{1, 0, 1, 1, 0, 0});
    CHECK(elements(batch.right) == std::vector<double>{0, 0, 1, 1, 0, 0});
    CHECK_THROWS_AS(make_batch(std::span<const Cloze>(), Vocabulary()), RangeError);
}

TEST_CASE("text: a choice is as probable as the weights at its places together", "[text]") {
    const Cloze cloze{.text = {"Ada", "met", "Bob", "Ada"}, .choices = {"Ada", "Bob"}};
    const Array weights{{Real{1}, 0, 0, 0}, {Real(0.25), Real(0.125), Real(0.375), Real(0.25)}};
    CHECK(best_choice(weights, 1, cloze) == std::pair<std::string, double>("Ada", 0.5));
}

TEST_CASE("text: frequent words are those that occur often enough", "[text]") {
    CHECK(frequent({{"b", 2}, {"a", 3}, {"c", 1}}, 2) == Texts{"a", "b"});
}

}  // namespace heed::text
