// Lower case as older models were trained with it, and by the rules of Unicode, as Python's str.lower().
#include <heed/core/base/error.hpp>
#include <heed/examples/pronounce/dictionary.hpp>
#include <heed/examples/pronounce/vocabulary.hpp>
#include <heed/nn/data/text/lower_case.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed::text;
using namespace std::string_literals;

TEST_CASE("lower case: letter by letter, as older models have it", "[examples]") {
    CHECK(lower_case("ÀÉ Ž Σ", LowerCase::latin1) == "àé Ž Σ");
    CHECK(lower_case("ÀÉ ŽΣΑΣ Ж", LowerCase::letters) == "àé žσασ ж");
    for (const LowerCase how : {LowerCase::latin1, LowerCase::letters})
        CHECK(lower_case("A\xff\xc3Z", how) == "a\xff\xc3z");
    for (const LowerCase how : {LowerCase::unicode, LowerCase::letters, LowerCase::latin1})
        CHECK(lower_case_named(name_of(how)) == how);
    CHECK_THROWS_WITH(lower_case_named("x"),
                      StartsWith("lower_case: there is no way 'x'; expected unicode, letters, latin1"));
    CHECK(best_lower_case(LowerCase::latin1) == (has_unicode_lower_case() ? LowerCase::unicode : LowerCase::latin1));
}

TEST_CASE("lower case: that of Unicode", "[examples]") {
    if (!has_unicode_lower_case()) {
        CHECK_THAT(error_of<heed::Error>([] { lower_case("É", LowerCase::unicode); }), Containing("libicu"));
        WARN("built without libicu: lower case by the rules of Unicode was not tested");
        return;
    }
    // By Python 3.11.
    for (const auto& [text, wanted] : {std::pair{"ΟΔΥΣΣΕΥΣ", "οδυσσευς"},
                                       {"ΣΑΣ Σ ΑΣ. Α'Σ ΑΣ'Α", "σας σ ας. α'ς ασ'α"},
                                       {"İSTANBUL I", "i\xcc\x87stanbul i"},
                                       {"ÉÀ ŽĐ ẞ Ǆ ЖИЗНЬ 𐐀 Å", "éà žđ ß ǆ жизнь 𐐨 å"}})
        CHECK(lower_case(text, LowerCase::unicode) == wanted);
    CHECK(lower_case("ΑΣ\xff\xc3Ç\xe2\x82", LowerCase::unicode) == "ας\xff\xc3ç\xe2\x82");  // what is not UTF-8 stays
    CHECK(lower_case(std::string(1000, 'A') + "İİİİ", LowerCase::unicode).size() == 1000 + 4 * 3);
}

TEST_CASE("lower case: a dictionary's words and those to predict are treated alike", "[examples][pronounce]") {
    using namespace heed::pronounce;
    const std::string text = "ΣΟΦΟΣ S O F O S\nÉTÉ E T E\n";
    const auto words = [&](LowerCase how) {
        std::vector<std::string> all;
        for (const Entry& entry : parse_dictionary(text, "words", how)) all.push_back(entry.word);
        return all;
    };
    CHECK(words(LowerCase::latin1) == std::vector<std::string>{"ΣΟΦΟΣ", "été"});
    if (!has_unicode_lower_case()) return;
    CHECK(words(LowerCase::unicode) == std::vector<std::string>{"σοφος", "été"});
    const heed::pronounce::Vocabulary letters = letters_of(parse_dictionary(text, "words", LowerCase::unicode));
    CHECK(encode_word(letters, "ΣΟΦΟΣ", LowerCase::unicode) == encode_word(letters, "σοφος"));
    CHECK_THROWS_AS(encode_word(letters, "ΣΟΦΟΣ", LowerCase::latin1), UnknownLetter);
}
