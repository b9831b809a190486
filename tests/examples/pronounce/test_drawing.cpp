// Alignments as text.
#include <cmath>
#include <sstream>
#include <heed/core/base/error.hpp>
#include <heed/examples/pronounce/drawing.hpp>
#include <heed/tests/catch.hpp>

using namespace heed::pronounce;
using heed::training::Terminal;

namespace {
const Alignment cat{.letters = {"c", "a", "t"},
                    .phones = {"K", "AE", "T"},
                    .weights = {0.9, 0.1, 0, 0.25, 0.75, 0, 0, 0.5, 0.5}};

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
}

int count(const std::string& text, const std::string& part) {
    int n = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++n;
    return n;
}
}  // namespace

TEST_CASE("drawing: plain, block and coloured cells are under their letters", "[pronounce]") {
    CHECK(draw_text(cat, {}) ==
          "      c a t\n"
          "  K  |%%..  | c 0.90\n"
          "  AE |::##  | a 0.75\n"
          "  T  |  ++++| a 0.50\n"
          "      0  .:-=+*#%@ 1\n");
    CHECK(draw_text(cat, {.utf8 = true}) ==
          "      c a t\n"
          "  K  │██    │ c 0.90\n"
          "  AE │░░▓▓  │ a 0.75\n"
          "  T  │  ▒▒▒▒│ a 0.50\n"
          "      0  ░▒▓█ 1\n");
    const std::string coloured = draw_text(cat, {.in_place = true, .colour = true, .utf8 = true});
    CHECK(count(coloured, "\x1b[48;5;") == 9 + 9);
    for (const std::string& line : lines(coloured)) {
        if (line.find('\x1b') == std::string::npos) continue;
        CHECK(line.rfind("\x1b[0m") > line.rfind("\x1b[48"));  // no colour runs on past its row
    }
}

TEST_CASE("drawing: labels of several characters keep the columns apart, narrow windows lose the names",
          "[pronounce]") {
    Alignment wide = cat;
    wide.letters = {"c", "é", "end"};
    CHECK(lines(draw_text(wide, {.utf8 = true}))[0] == "      c   é   end");
    CHECK(lines(draw_text(wide, {.utf8 = true}))[1] == "  K  │████        │ c   0.90");
    CHECK(lines(draw_text(cat, {.width = 18}))[1] == "  K  |%%..  |");
}

TEST_CASE("drawing: text cannot steer the terminal", "[pronounce]") {
    Alignment hostile = cat;
    hostile.letters[1] = "\x1b";
    hostile.phones[0] = "\n";
    const std::string text = draw_text(hostile, {.utf8 = true});
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(lines(text).size() == 5);
    CHECK(lines(text)[0] == "      c ? t");
}

TEST_CASE("drawing: weights that do not fit are refused", "[pronounce]") {
    Alignment a = cat;
    a.weights.pop_back();
    CHECK_THROWS_WITH(draw_text(a, {}), Containing("8 weights for 3 phones and 3 letters; expected 9"));
    CHECK_THROWS_AS(draw_text({}, {}), heed::RangeError);
    for (const double bad : {-0.1, 1.1, std::nan(""), HUGE_VAL}) {
        a = cat;
        a.weights[5] = bad;
        CHECK_THROWS_WITH(draw_text(a, {}), Containing("of phone 1 and letter 2"));
    }
    a = cat;
    a.weights[0] = 1.0000002;
    a.weights[2] = -1e-9;
    CHECK_NOTHROW(draw_text(a, {}));
}
