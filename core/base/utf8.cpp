// UTF-8: code points, lower case, and text made safe to print.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>

namespace heed::utf8 {

std::size_t code_point_bytes(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char first = byte(0);
    if (first < 0x80) return 1;
    const std::size_t n = first >= 0xc2 && first < 0xe0   ? 2
                          : (first & 0xf0) == 0xe0        ? 3
                          : first >= 0xf0 && first < 0xf5 ? 4
                                                          : 0;
    if (n == 0 || at + n > text.size()) return 0;
    for (std::size_t i = 1; i < n; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    const unsigned char second = byte(1);
    const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool surrogate = first == 0xed && second >= 0xa0;
    const bool too_big = first == 0xf4 && second >= 0x90;
    return overlong || surrogate || too_big ? 0 : n;
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = code_point_bytes(text, i);
        if (n == 0) return false;
        i += n;
    }
    return true;
}

std::string latin1_to_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            out += c;
        } else {
            out += static_cast<char>(0xc0 | (byte >> 6));
            out += static_cast<char>(0x80 | (byte & 0x3f));
        }
    }
    return out;
}

std::vector<std::string> code_points(std::string_view text) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = std::max<std::size_t>(1, code_point_bytes(text, i));
        out.emplace_back(text.substr(i, n));
        i += n;
    }
    return out;
}

std::uint32_t code_of(std::string_view c) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(c[i])); };
    if (c.size() == 1) return byte(0);
    std::uint32_t code = byte(0) & (0x7Fu >> c.size());
    for (std::size_t i = 1; i < c.size(); ++i) code = code << 6 | (byte(i) & 0x3F);
    return code;
}

void append(std::string& text, std::uint32_t c) {
    const auto next = [](std::uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
    if (c < 0x80) text += static_cast<char>(c);
    else if (c < 0x800) text += {static_cast<char>(0xC0 | c >> 6), next(c)};
    else if (c < 0x10000) text += {static_cast<char>(0xE0 | c >> 12), next(c >> 6), next(c)};
    else text += {static_cast<char>(0xF0 | c >> 18), next(c >> 12), next(c >> 6), next(c)};
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i < out.size();) {
        const std::size_t n = code_point_bytes(out, i);
        if (n == 1 && out[i] >= 'A' && out[i] <= 'Z') out[i] = static_cast<char>(out[i] + ('a' - 'A'));
        // U+00C0 to U+00DE are C3 80 to C3 9E; their lower case is 0x20 higher. U+00D7 is the multiplication sign.
        if (n == 2 && out[i] == '\xc3') {
            const auto second = static_cast<unsigned char>(out[i + 1]);
            if (second <= 0x9e && second != 0x97) out[i + 1] = static_cast<char>(second + 0x20);
        }
        i += std::max<std::size_t>(1, n);
    }
    return out;
}

bool is_control(std::string_view code_point) {
    if (code_point.size() == 1) return static_cast<unsigned char>(code_point[0]) < 0x20 || code_point[0] == 0x7f;
    return code_point.size() == 2 && code_point[0] == '\xc2' && static_cast<unsigned char>(code_point[1]) < 0xa0;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t n = code_point_bytes(text, i);
        if (n == 0) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
        else out += text.substr(i, n);
        i += std::max<std::size_t>(1, n);
    }
    return out;
}

std::string in_quotes(std::string_view text, std::size_t longest) {
    std::string out = "'";
    std::size_t shown = 0;
    for (std::size_t i = 0; i < text.size(); ++shown) {
        if (shown == longest) return out + "...'";
        const std::size_t n = code_point_bytes(text, i);
        const std::string_view piece = text.substr(i, std::max<std::size_t>(1, n));
        if (n == 0 || is_control(piece)) {
            for (const char c : piece) out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            out += piece;
        }
        i += piece.size();
    }
    return out + "'";
}

std::string printable(std::string_view text) {
    std::string out;
    for (const std::string& piece : code_points(text)) {
        out += code_point_bytes(piece, 0) == 0 || is_control(piece) ? "?" : piece;
    }
    return out;
}

std::size_t columns(std::string_view text) { return code_points(text).size(); }

}  // namespace heed::utf8
