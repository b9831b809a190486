// Drawing attention weights with colours, block characters or ASCII.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/examples/pronounce/drawing.hpp>

namespace heed::pronounce {
namespace {

void check_alignment(const Alignment& a) {
    const std::size_t rows = a.phones.size(), columns = a.letters.size();
    require(
        rows > 0 && columns > 0 && a.weights.size() == rows * columns, "draw_text",
        [&] {
            return fmt::format("{} weights for {} phones and {} letters; expected {}, and at least one of each",
                               a.weights.size(), rows, columns, rows * columns);
        },
        Site::current());
    constexpr double rounding = 1e-3;  // of a softmax in float
    for (std::size_t i = 0; i < a.weights.size(); ++i) {
        require(
            a.weights[i] >= -rounding && a.weights[i] <= 1 + rounding, "draw_text",
            [&] {
                return fmt::format("weight {} of phone {} and letter {}; expected 0 to 1", a.weights[i], i / columns,
                                   i % columns);
            },
            Site::current());
    }
}

double weight_at(const Alignment& a, std::size_t phone, std::size_t letter) {
    return std::clamp(a.weights[phone * a.letters.size() + letter], 0.0, 1.0);
}

// Of the 256 colours, from nearly black over blue to nearly white, ever lighter: readable on dark and on light windows.
constexpr int colours[] = {235, 17, 18, 25, 32, 39, 81, 123, 195};
constexpr const char* blocks[] = {" ", "░", "▒", "▓", "█"};
constexpr const char* characters[] = {" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"};

template <class T, std::size_t N>
T level(const T (&ramp)[N], double weight) {
    return ramp[static_cast<std::size_t>(std::lround(weight * (N - 1)))];
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string out;
    while (times-- > 0) out += text;
    return out;
}

std::string cell(double weight, std::size_t width, const training::Terminal& terminal) {
    if (terminal.colour) return fmt::format("\x1b[48;5;{}m{}", level(colours, weight), repeat(" ", width));
    return repeat(terminal.utf8 ? level(blocks, weight) : level(characters, weight), width);
}

std::string padded(const std::string& text, std::size_t width) {
    return text + repeat(" ", width - std::min(width, utf8::columns(text)));
}

std::size_t widest(const std::vector<std::string>& labels) {
    std::size_t width = 0;
    for (const std::string& label : labels) width = std::max(width, utf8::columns(label));
    return width;
}
}  // namespace

std::string draw_text(const Alignment& a, const training::Terminal& terminal) {
    check_alignment(a);
    const std::string reset = terminal.colour ? "\x1b[0m" : "", edge = terminal.colour ? " "
                                                                       : terminal.utf8 ? "│"
                                                                                       : "|";
    const std::size_t label = widest(a.phones), longest = widest(a.letters), width = longest > 1 ? longest + 1 : 2;
    const std::size_t used = label + 5 + width * a.letters.size();
    const bool name_strongest = used + longest + 7 < static_cast<std::size_t>(std::max<Dim>(0, terminal.width));

    std::string out = repeat(" ", label + 4);
    for (const std::string& letter : a.letters) out += padded(utf8::printable(letter), width);
    out.erase(out.find_last_not_of(' ') + 1);
    out += "\n";
    for (std::size_t row = 0; row < a.phones.size(); ++row) {
        out += "  " + padded(utf8::printable(a.phones[row]), label) + " " + edge;
        std::size_t best = 0;
        for (std::size_t column = 0; column < a.letters.size(); ++column) {
            out += cell(weight_at(a, row, column), width, terminal);
            if (weight_at(a, row, column) > weight_at(a, row, best)) best = column;
        }
        out += reset + edge;
        if (name_strongest)
            out +=
                fmt::format(" {} {:.2f}", padded(utf8::printable(a.letters[best]), longest), weight_at(a, row, best));
        out += "\n";
    }
    out += repeat(" ", label + 4) + "0 ";
    const int steps = static_cast<int>(terminal.colour ? std::size(colours)
                                       : terminal.utf8 ? std::size(blocks)
                                                       : std::size(characters)) -
                      1;
    for (int i = 0; i <= steps; ++i) out += cell(static_cast<double>(i) / steps, 1, terminal);
    return out + reset + " 1\n";
}

}  // namespace heed::pronounce
