// examples/speak: texts that are refused.
#include <heed/examples/speak/model.hpp>
#include <heed/examples/speak/text.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::speak;

namespace {

std::string refusal(const std::string& text) {
    return error_of<program::InputError>([&] { spoken(text); });
}

}  // namespace

TEST_CASE("speak: texts that cannot be spoken are refused", "[speak][hostile]") {
    for (const char* nothing : {"", " \n", "...", "-"})
        CHECK(refusal(nothing) == "the text has nothing to speak; expected letters or digits");
    CHECK(refusal("caf\xc3\xa9 na\xc3\xafve caf\xc3\xa9") ==
          "there is no sound for '\xc3\xa9', '\xc3\xaf'; spell the text with letters a to z, digits and the signs of "
          "ASCII");
    CHECK(refusal("a\xff") == "the text is not UTF-8");
    std::string words;
    for (int i = 0; i < 100'000; ++i) words += "word ";
    CHECK(refusal(words) == "the text has 500000 bytes; expected at most 2000 letters");
    CHECK(refusal(words.substr(0, 5000)) == "the text has 4999 letters when read out; expected at most 2000");
    CHECK(refusal(std::string(900, '7')).starts_with("the text has "));  // long only when it is read out
    CHECK(spoken("Dial 12.") == "dial twelve");
    CHECK(ids_of("a z") == std::vector<Dim>{0, 1, 28, 26, 0});
    CHECK_THAT(text_of([] { ids_of("a1"); }), StartsWith("speak: '1' is no letter; expected 'abc"));
}
