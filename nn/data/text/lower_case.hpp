#pragma once
// Lower-casing, in one of the ways that models were trained with.
#include <string>
#include <string_view>
#include <vector>

namespace heed::text {

// `unicode` is the way of the Unicode standard, as in Python's str.lower(): a sigma at the end of a word becomes the
// final one, and a dotted capital I an i and a dot. It takes libicu. The others know less: `letters` takes each letter
// by itself, as the C library's locale C.UTF-8 does, and `latin1` those of ASCII and Latin-1.
enum class LowerCase { unicode, letters, latin1 };

bool has_unicode_lower_case();                    // was this program built with libicu?
LowerCase best_lower_case(LowerCase without_it);  // `unicode` where there is libicu

// The names as models' folders store them.
const std::vector<std::string>& lower_case_names();
const std::string& name_of(LowerCase how);
LowerCase lower_case_named(const std::string& name);  // throws RangeError for another name

// Bytes that are not UTF-8 stay as they are. Throws Error for `unicode` without libicu, and for `letters` where the
// system has no C.UTF-8.
std::string lower_case(std::string_view text, LowerCase how);

}  // namespace heed::text
