// Lower-casing, letter by letter and by libicu.
#include <algorithm>
#include <clocale>
#include <cwctype>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/data/text/lower_case.hpp>
#if HEED_ICU
#include <unicode/ucasemap.h>
#endif

namespace heed::text {
namespace {

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string lower_case_by_letter(std::string_view text) {
    static const ::locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (locale == nullptr)
        throw Error("the system has no locale C.UTF-8, which lower-casing needs; leave out the option");
    std::string out;
    for (const std::string& c : utf8::code_points(text)) {
        if (utf8::code_point_bytes(c, 0) == 0) out += c;
        else
            utf8::append(out,
                         static_cast<std::uint32_t>(::towlower_l(static_cast<std::wint_t>(utf8::code_of(c)), locale)));
    }
    return out;
}

#if HEED_ICU
// Of text that is UTF-8.
std::string by_icu(std::string_view text) {
    ::UErrorCode error = U_ZERO_ERROR;
    static const ::UCaseMap* const map = ::ucasemap_open("", 0, &error);  // no language's own rules
    std::string out(text.size(), '\0');
    for (int attempt = 0; attempt < 2 && map != nullptr; ++attempt) {  // may need more room, and returns how much
        error = U_ZERO_ERROR;
        const auto size = ::ucasemap_utf8ToLower(map, out.data(), static_cast<std::int32_t>(out.size()), text.data(),
                                                 static_cast<std::int32_t>(text.size()), &error);
        out.resize(static_cast<std::size_t>(std::max(0, size)));
        if (U_SUCCESS(error)) return out;
    }
    throw Error(fmt::format("libicu cannot lower-case: {}", ::u_errorName(error)));
}

std::string unicode(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t valid = 0;
        for (std::size_t n = 0; valid < text.size() && (n = utf8::code_point_bytes(text, valid)) > 0;) valid += n;
        out += by_icu(text.substr(0, valid));
        if (valid < text.size()) out += text[valid++];
        text.remove_prefix(valid);
    }
    return out;
}
#else
std::string unicode(std::string_view) {
    throw Error(
        "lower-casing by the rules of Unicode needs libicu, which this program was built without "
        "(Debian: libicu-dev)");
}
#endif

}  // namespace

bool has_unicode_lower_case() { return HEED_ICU; }
LowerCase best_lower_case(LowerCase without_it) { return has_unicode_lower_case() ? LowerCase::unicode : without_it; }

const std::vector<std::string>& lower_case_names() {
    static const std::vector<std::string> names{"unicode", "letters", "latin1"};  // in the order of LowerCase
    return names;
}

const std::string& name_of(LowerCase how) { return lower_case_names()[static_cast<std::size_t>(how)]; }

LowerCase lower_case_named(const std::string& name) {
    const auto found = std::ranges::find(lower_case_names(), name);
    require(
        found != lower_case_names().end(), "lower_case",
        [&] {
            return fmt::format("there is no way {}; expected {}", utf8::in_quotes(name),
                               fmt::join(lower_case_names(), ", "));
        },
        Site::current());
    return static_cast<LowerCase>(found - lower_case_names().begin());
}

std::string lower_case(std::string_view text, LowerCase how) {
    if (how == LowerCase::latin1 || is_ascii(text)) return utf8::lower_case(text);
    return how == LowerCase::letters ? lower_case_by_letter(text) : unicode(text);
}

}  // namespace heed::text
