// What may be spoken.
#include <set>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/speak/text.hpp>
#include <heed/nn/data/text/read_out.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::speak {
namespace {

void require_letters(std::string_view text) {
    if (!utf8::is_utf8(text)) throw program::InputError("the text is not UTF-8");
    std::set<std::string> unknown;
    for (const std::string& letter : utf8::code_points(text))
        if (letter.size() > 1) unknown.insert(utf8::in_quotes(letter));
    if (!unknown.empty())
        throw program::InputError(
            fmt::format("there is no sound for {}; spell the text with letters a to z, digits and "
                        "the signs of ASCII",
                        fmt::join(unknown, ", ")));
}

}  // namespace

std::string spoken(std::string_view text) {
    if (text.size() > 100 * most_letters)  // also before anything is done with it
        throw program::InputError(
            fmt::format("the text has {} bytes; expected at most {} letters", text.size(), most_letters));
    require_letters(text);
    const std::string all = text::read_out(text);
    if (all.empty()) throw program::InputError("the text has nothing to speak; expected letters or digits");
    if (all.size() > most_letters)
        throw program::InputError(
            fmt::format("the text has {} letters when read out; expected at most {}", all.size(), most_letters));
    return all;
}

}  // namespace heed::speak
