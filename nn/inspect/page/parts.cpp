// base64, and text escaped for HTML and XML.
#include <cstdint>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/inspect/page/parts.hpp>

namespace heed::inspect {

std::string base64(std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) out += i + k <= bytes.size() ? digits[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const std::string& piece : utf8::code_points(utf8::printable(text))) {
        if (piece == "&") out += "&amp;";
        else if (piece == "<") out += "&lt;";
        else if (piece == ">") out += "&gt;";
        else if (piece == "\"") out += "&quot;";
        else if (piece == "'") out += "&#39;";
        else out += piece == "\xef\xbf\xbe" || piece == "\xef\xbf\xbf" ? "?" : piece;  // XML has no U+FFFE and U+FFFF
    }
    return out;
}

}  // namespace heed::inspect
