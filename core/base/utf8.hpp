#pragma once
// UTF-8 text: checking, taking apart, and showing it safely in messages and terminals.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heed::utf8 {

// The bytes of the code point at `at`: 1 to 4, or 0 where the text is not UTF-8 (overlong forms, surrogates and cut-off
// sequences included). Throws nothing; `at` must be inside the text.
std::size_t code_point_bytes(std::string_view text, std::size_t at);

bool is_utf8(std::string_view text);
std::string latin1_to_utf8(std::string_view text);

// One string per code point; a byte that is not UTF-8 stands alone.
std::vector<std::string> code_points(std::string_view text);

// The number of a code point, given as one element of code_points(); of a byte that is not UTF-8, the byte. And such a
// number as text.
std::uint32_t code_of(std::string_view code_point);
void append(std::string& text, std::uint32_t code);

// ASCII and Latin-1 letters (U+0041 to U+00DE) in lower case; everything else stays as it is.
std::string lower_case(std::string_view text);

// True for C0 and C1 control characters and DEL: what could steer a terminal. Takes one element of code_points().
bool is_control(std::string_view code_point);

// The text, its bytes that are not UTF-8 as \xNN.
std::string escaped(std::string_view text);

// 'text' for messages: control characters and bytes that are not UTF-8 become \xNN, and what is long is cut.
std::string in_quotes(std::string_view text, std::size_t longest = 60);

// The text with control characters and broken bytes replaced by '?': fit for a terminal or an SVG file.
std::string printable(std::string_view text);

// Columns that the text fills in a terminal, taking every code point as one column wide.
std::size_t columns(std::string_view text);

}  // namespace heed::utf8
