// Numbers in words, and reading out what is not written in letters.
#include <heed/nn/data/text/number_words.hpp>
#include <heed/nn/data/text/read_out.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::text;

TEST_CASE("text: numbers in words", "[text]") {
    CHECK(cardinal(0) == "zero");
    CHECK(cardinal(13) == "thirteen");
    CHECK(cardinal(40) == "forty");
    CHECK(cardinal(99) == "ninety nine");
    CHECK(cardinal(100) == "one hundred");
    CHECK(cardinal(1200) == "one thousand two hundred");
    CHECK(cardinal(1'000'001) == "one million one");
    CHECK(cardinal(18'446'744'073'709'551'615u).starts_with("eighteen quintillion four hundred forty six quadrillion"));
    const std::vector<std::pair<std::uint64_t, std::string>> ordinals{{1, "first"},
                                                                      {2, "second"},
                                                                      {3, "third"},
                                                                      {4, "fourth"},
                                                                      {5, "fifth"},
                                                                      {8, "eighth"},
                                                                      {9, "ninth"},
                                                                      {12, "twelfth"},
                                                                      {15, "fifteenth"},
                                                                      {20, "twentieth"},
                                                                      {22, "twenty second"},
                                                                      {100, "one hundredth"},
                                                                      {112, "one hundred twelfth"}};
    for (const auto& [n, words] : ordinals) CHECK(ordinal(n) == words);
    CHECK(digit_by_digit("0420") == "zero four two zero");
    CHECK(digit_by_digit("").empty());
    CHECK_THAT(text_of([] { digit_by_digit("1a"); }), StartsWith("digit_by_digit: 'a' is no digit"));
}

TEST_CASE("text: numbers, signs and abbreviations are read out", "[text]") {
    const std::vector<std::pair<std::string, std::string>> texts{
        {"Please enter your password.", "please enter your password"},
        {"  It isn't\tthat\nway -- 'quoted' ", "it isn't that way quoted"},
        {"You have 12 messages", "you have twelve messages"},
        {"12345", "twelve thousand three hundred forty five"},
        {"007 and 1234567890", "zero zero seven and one two three four five six seven eight nine zero"},
        {"3.5 or 2.", "three point five or two"},
        {"the 1st, 22nd and 30th", "the first twenty second and thirtieth"},
        {"2nds", "two nds"},
        {"50% & more: press # or *", "fifty percent and more press pound or star"},
        {"Mr. Smith, ext. 7; Dr No. etc.", "mister smith extension seven dr no et cetera"},
        {"a1b", "a one b"}};
    for (const auto& [written, said] : texts) {
        CAPTURE(written);
        CHECK(read_out(written) == said);
    }
    for (const char* nothing : {"", " \n", "..."}) CHECK(read_out(nothing).empty());
    CHECK_THAT(text_of([] { read_out("caf\xc3\xa9"); }), StartsWith("read_out: byte 0xc3 is not ASCII"));
}
