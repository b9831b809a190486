#pragma once
// English text as it is spoken, in letters alone.
#include <string>
#include <string_view>

namespace heed::text {

// Letters a to z, apostrophes inside words, and one space between words. Numbers ("12" twelve, "3.5" three
// point five, "2nd" second, "007" and more than nine digits one by one), signs (% percent, & and) and abbreviations
// before a point (Dr., Mr.) are read out; other signs part words. Empty for a text without anything to speak. Throws
// RangeError for a byte that is not ASCII.
std::string read_out(std::string_view text);

}  // namespace heed::text
