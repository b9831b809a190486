// Words, and the names among them.
#include <heed/core/base/error.hpp>
#include <heed/nn/data/text/lines.hpp>
#include <heed/nn/data/text/names.hpp>
#include <heed/nn/data/text/words.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

namespace heed::text {

TEST_CASE("text: words are without spaces and punctuation around them", "[text]") {
    CHECK(cased_words(" (Ada's) well-known\tU.S. \"Bob\"?!\r\n . ") == Texts{"Ada's", "well-known", "U.S", "Bob"});
    CHECK(lower_words("Is ÄRGER \u03a3?") == Texts{"is", "ärger", "\u03a3"});
    CHECK(cased_words(" ?! ").empty());
}

TEST_CASE("text: lines are read without their ends, and errors name them", "[text]") {
    Texts lines;
    for_each_line("a\r\n\nb c\nd", "x", [&](std::string_view line) { lines.emplace_back(line); });
    CHECK(lines == Texts{"a", "b c", "d"});
    const auto refuse = [](std::string_view line) {
        if (line == "b") throw FileError("no b");
    };
    CHECK_THROWS_WITH(for_each_line("a\n\nb", "x", refuse), "x:3: no b");
}

TEST_CASE("text: names are found in texts, the longest first", "[text]") {
    const Names names({"city", "state"}, {"city\tNew York", "state\tnew york", "city\tyork", "river\tnew"});
    const std::vector<Unit> units = names.split("Is New York larger than York, or new?");
    Texts texts;
    for (const Unit& unit : units) texts.push_back(unit.text);
    CHECK(texts == Texts{"is", "new york", "larger", "than", "york", "or", "new"});
    CHECK(units[1].kinds == std::vector<Dim>{0, 1});
    CHECK(units[4].kinds == std::vector<Dim>{0});
    CHECK(units[6].kinds.empty());
    CHECK(names.split(" ?! ").empty());
    CHECK(kinds_of({"b\tx", "a\ty", "b\tz"}) == Texts{"a", "b"});
}

}  // namespace heed::text
