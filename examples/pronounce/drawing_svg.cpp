#include <cmath>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/core/utf8.hpp>
#include <heed/examples/pronounce/drawing.hpp>

namespace heed::pronounce {
namespace {
constexpr int cell = 34, gap = 2;  // pixels
constexpr int head = 112, left = 92, foot = 30, scale_room = 116;
constexpr int letter_width = 9;    // of the widest labels, on average

struct Colour {
    double red, green, blue;
};
// From paper to ink, ever darker, so that it survives a black and white print.
constexpr Colour ramp[] = {{244, 246, 250}, {190, 214, 236}, {104, 165, 211}, {33, 102, 172}, {8, 38, 92}};

std::string colour(double weight) {
    constexpr int last = static_cast<int>(std::size(ramp)) - 1;
    const double place = weight * last;
    const int i = std::min(static_cast<int>(place), last - 1);
    const Colour &a = ramp[i], &b = ramp[i + 1];
    const auto mix = [part = place - i](double from, double to) { return static_cast<int>(std::lround(from + part * (to - from))); };
    return fmt::format("#{:02x}{:02x}{:02x}", mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue));
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

std::string text(int x, int y, std::string_view attributes, std::string_view words) {
    return fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", x, y, attributes, escaped(words));
}

std::string cells(const Alignment& a, int from) {
    std::string out;
    for (std::size_t row = 0; row < a.phones.size(); ++row) {
        for (std::size_t column = 0; column < a.letters.size(); ++column) {
            const double weight = detail::weight_at(a, row, column);
            const int x = from + cell * static_cast<int>(column), y = head + cell * static_cast<int>(row);
            out += fmt::format("<g><title>{} reads {}: {:.3f}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" fill=\"{}\"/>",
                               escaped(a.phones[row]), escaped(a.letters[column]), weight, x, y, cell - gap, cell - gap, colour(weight));
            if (weight >= 0.095) {
                out += fmt::format("<text x=\"{}\" y=\"{}\" font-size=\"12\" text-anchor=\"middle\" fill=\"{}\">{:.0f}</text>", x + (cell - gap) / 2,
                                   y + (cell - gap) / 2 + 4, weight > 0.5 ? "#ffffff" : "#1a2433", 100 * weight);
            }
            out += "</g>\n";
        }
    }
    return out;
}

std::string scale(int x, int height) {
    std::string out = "<defs><linearGradient id=\"scale\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">";
    for (int i = 0; i <= 8; ++i) out += fmt::format("<stop offset=\"{}\" stop-color=\"{}\"/>", i / 8.0, colour(i / 8.0));
    out += "</linearGradient></defs>\n";
    out += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"{}\" rx=\"3\" fill=\"url(#scale)\"/>\n", x, head, height);
    for (const auto& [label, share] : {std::pair("100 %", 0.0), {"50 %", 0.5}, {"0 %", 1.0}}) {
        out += text(x + 22, head + static_cast<int>(std::lround(share * (height - 10))) + 10, "font-size=\"12\" fill=\"#52606d\"", label);
    }
    return out;
}
}  // namespace

std::string draw_svg(const Alignment& a) {
    detail::check_alignment(a, "draw_svg");
    const std::string title = "How “" + a.word + "” was read";
    const std::string subtitle = "attention of each phone over the letters, in percent";
    const int columns = static_cast<int>(a.letters.size()), rows = static_cast<int>(a.phones.size());
    std::size_t longest = 0;
    for (const std::string& phone : a.phones) longest = std::max(longest, utf8::columns(phone));
    const int from = std::max(left, 60 + letter_width * static_cast<int>(longest));
    const int across = cell * columns - gap, down = cell * rows - gap;
    const int words = 24 + 10 * static_cast<int>(std::max(utf8::columns(title) + 2, utf8::columns(subtitle) * 3 / 4));
    const int width = std::max(from + across + scale_room, words), height = head + std::max(down, 60) + foot;

    std::string out = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\" "
        "font-family=\"'DejaVu Sans', Verdana, Arial, sans-serif\">\n<title>{2}</title>\n<desc>{3}; rows are phones, columns are letters.</desc>\n"
        "<rect width=\"{0}\" height=\"{1}\" fill=\"#ffffff\"/>\n",
        width, height, escaped(title), escaped(subtitle));
    out += text(24, 34, "font-size=\"18\" font-weight=\"bold\" fill=\"#1a2433\"", title);
    out += text(24, 54, "font-size=\"12\" fill=\"#52606d\"", subtitle);
    out += text(from + across / 2, head - 32, "font-size=\"12\" text-anchor=\"middle\" fill=\"#52606d\"", "letters");
    const int middle = head + down / 2;
    out += text(30, middle,
                fmt::format("font-size=\"12\" text-anchor=\"middle\" fill=\"#52606d\" transform=\"rotate(-90 30 {})\"", middle), "phones");
    for (int i = 0; i < columns; ++i) {
        const std::string& letter = a.letters[static_cast<std::size_t>(i)];
        out += text(from + cell * i + (cell - gap) / 2, head - 10, "font-size=\"16\" text-anchor=\"middle\" fill=\"#1a2433\"", letter);
    }
    for (int i = 0; i < rows; ++i) {
        const std::string& phone = a.phones[static_cast<std::size_t>(i)];
        out += text(from - 10, head + cell * i + (cell - gap) / 2 + 5, "font-size=\"14\" text-anchor=\"end\" fill=\"#1a2433\"", phone);
    }
    out += cells(a, from) + scale(from + across + 26, std::max(down, 60));
    return out + "</svg>\n";
}

void write_svg(const std::filesystem::path& path, const Alignment& alignment) {
    io::write_atomically(path.string(), io::bytes_of(draw_svg(alignment)));
}

}  // namespace heed::pronounce
