// The progress line, drawn into a string by a clock that the test moves.
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/training/run/progress.hpp>
#include <heed/tests/catch.hpp>

using namespace heed::training;
using namespace heed::utf8;
using heed::Dim;

namespace {
struct Screen {
    std::string out;
    double now = 100;
    Terminal terminal{.in_place = true, .colour = false, .utf8 = true, .width = 80};

    ProgressHost host() {
        return {[this] { return now; }, [this](std::string_view text) { out += text; }, [this] { return terminal; }};
    }
    std::string take() { return std::exchange(out, ""); }
};

// What a terminal of `width` columns shows: CR, erase to end of line and of screen, cursor up; colours are ignored.
struct Emulator {
    explicit Emulator(Dim width) : width(width) {}
    Dim width;
    std::vector<std::vector<std::string>> rows{1};
    std::size_t row = 0, column = 0;

    void feed(const std::string& text) {
        const auto pieces = code_points(text);
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (pieces[i] == "\r") column = 0;
            else if (pieces[i] == "\n") down();
            else if (pieces[i] == "\x1b") i = control(pieces, i + 2);
            else put(pieces[i]);
        }
    }
    std::string line(std::size_t i) const {
        std::string out;
        for (const auto& piece : rows.at(i)) out += piece;
        return out;
    }

private:
    void down() {
        ++row;
        column = 0;
        if (row == rows.size()) rows.emplace_back();
    }
    void put(const std::string& piece) {
        if (static_cast<Dim>(column) == width) down();
        if (rows[row].size() <= column) rows[row].resize(column + 1, " ");
        rows[row][column++] = piece;
    }
    std::size_t control(const std::vector<std::string>& pieces, std::size_t i) {
        std::string number;
        while (pieces[i] < "A") number += pieces[i++];
        if (pieces[i] == "K" || pieces[i] == "J") rows[row].resize(column);
        if (pieces[i] == "J") rows.resize(row + 1);
        if (pieces[i] == "A") row -= static_cast<std::size_t>(std::stoi(number));
        return i;
    }
};
}  // namespace

TEST_CASE("progress: the terminal is judged by the environment", "[training]") {
    const auto terminal = [](bool tty, std::map<std::string, const char*> variables, Dim width = 90) {
        return describe_terminal(
            tty, width, [=](const char* name) { return variables.contains(name) ? variables.at(name) : nullptr; });
    };
    const Terminal full = terminal(true, {{"TERM", "xterm-256color"}, {"LANG", "en_GB.UTF-8"}});
    CHECK((full.in_place && full.colour && full.utf8 && full.width == 90));
    CHECK_FALSE(terminal(true, {{"TERM", "xterm-256color"}, {"NO_COLOR", "1"}}).colour);
    CHECK(terminal(true, {{"TERM", "xterm-256color"}, {"NO_COLOR", "1"}}).in_place);
    CHECK(terminal(true, {{"TERM", "xterm-256color"}, {"NO_COLOR", ""}}).colour);
    CHECK_FALSE(terminal(true, {{"TERM", "dumb"}, {"COLORTERM", "truecolor"}}).in_place);
    CHECK_FALSE(terminal(true, {{"TERM", "dumb"}, {"COLORTERM", "truecolor"}}).colour);
    CHECK_FALSE(terminal(true, {}).in_place);
    CHECK_FALSE(terminal(true, {{"TERM", "vt100"}}).colour);
    CHECK_FALSE(terminal(false, {{"TERM", "xterm-256color"}}).in_place);
    CHECK_FALSE(terminal(false, {{"LC_ALL", "C"}, {"LANG", "C.UTF-8"}}).utf8);
    CHECK(terminal(false, {{"LC_ALL", ""}, {"LANG", "C.utf8"}}).utf8);
    CHECK(terminal(true, {}, 0).width == 80);
}

TEST_CASE("progress: durations", "[training]") {
    CHECK(duration(0) == "0:00");
    CHECK(duration(59.6) == "1:00");
    CHECK(duration(754) == "12:34");
    CHECK(duration(3723) == "1:02:03");
    for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity(), 1e18})
        CHECK(duration(bad) == "?");
}

TEST_CASE("progress: off a terminal plain lines appear every few seconds", "[training]") {
    Screen screen;
    screen.terminal = {};
    Progress progress({.unit = "words", .total = 1000}, screen.host());
    for (Dim step = 1; step <= 49; ++step) {
        screen.now += 0.1;
        progress.update(step, 64, 2.5);
    }
    CHECK(screen.take() == "");
    screen.now += 0.1001;
    progress.update(50, 64, 2.5);
    CHECK(screen.take() == "train: step 50 of 1000 (5 %), loss 2.5000, 640 words/s, 1:35 left\n");
    progress.note("dev: 31 % wrong");
    CHECK(screen.take() == "dev: 31 % wrong\n");
    screen.now += 0.1;
    progress.update(51, 64, 2.5);
    progress.finish();
    progress.finish();
    CHECK(screen.take() == "train: step 51 of 1000 (5 %), loss 2.5000, 640 words/s, took 0:05\n");
}

TEST_CASE("progress: a terminal line is rewritten in place and left clean", "[training]") {
    for (const bool colour : {false, true}) {
        for (const bool utf8 : {false, true}) {
            Screen screen;
            screen.terminal.colour = colour;
            screen.terminal.utf8 = utf8;
            Emulator emulator(80);
            {
                Progress progress({.unit = "words", .total = 400}, screen.host());
                for (Dim step = 1; step <= 200; ++step) {
                    screen.now += 0.125;
                    progress.update(step, 500, 1.25);
                    if (step == 100) progress.note("dev: 31 % wrong");
                }
                CHECK((screen.out.find("\x1b[38") != std::string::npos) == colour);
                emulator.feed(screen.take());
                REQUIRE(emulator.rows.size() == 2);
                CHECK(emulator.line(0) == "dev: 31 % wrong");
                CHECK_THAT(emulator.line(1), StartsWith("train  50%  "));
                for (const char* part : {"200/400", "loss 1.2500", "4,000 words/s", "0:25 left"})
                    CHECK_THAT(emulator.line(1), Containing(part));
                CHECK(static_cast<Dim>(emulator.rows[1].size()) <= 79);
            }
            emulator.feed(screen.take());
            REQUIRE(emulator.rows.size() == 3);
            CHECK_THAT(emulator.line(1), Containing("took 0:25"));
            CHECK(emulator.line(2) == "");
        }
    }
}

TEST_CASE("progress: fits every width and drops the least important first", "[training]") {
    for (Dim width = 1; width <= 130; ++width) {
        Screen screen;
        screen.terminal.width = width;
        Progress progress({.unit = "words", .total = 10000}, screen.host());
        screen.now += 1;
        progress.update(3700, 5000, 1.234);
        Emulator emulator(width);
        emulator.feed(screen.take());
        CAPTURE(width);
        CHECK(emulator.rows.size() == 1);
        CHECK(static_cast<Dim>(emulator.rows[0].size()) <= std::max<Dim>(1, width - 1));
        if (width >= 28) CHECK_THAT(emulator.line(0), Containing("3,700/10,000"));
        if (width >= 40) CHECK_THAT(emulator.line(0), Containing("loss 1.2340"));
        if (width >= 90) CHECK_THAT(emulator.line(0), Containing("━"));
    }
}

TEST_CASE("progress: the best metric so far is shown where there is room", "[training]") {
    Screen screen;
    screen.terminal.width = 100;
    Progress progress({.unit = "words", .total = 100}, screen.host());
    progress.best("best wer 0.31");
    screen.now += 1;
    progress.update(10, 50, 1.5);
    CHECK_THAT(screen.take(), Containing("loss 1.5000 · best wer 0.31 · 50 words/s"));
    screen.terminal = {.width = 100};
    screen.now += 6;
    progress.update(20, 50, 1.5);
    CHECK_THAT(screen.take(), Containing("words/s, best wer 0.31, "));
}

TEST_CASE("progress: a window made narrower leaves no rests of the wrapped line", "[training]") {
    Screen screen;
    screen.terminal.width = 100;
    Progress progress({.unit = "words", .total = 10000}, screen.host());
    screen.now += 1;
    progress.update(10, 5000, 1.234);
    const std::string wide = screen.take();
    screen.terminal.width = 40;
    screen.now += 1;
    progress.update(20, 5000, 1.234);
    Emulator narrow(40);  // shows the old line wrapped, as a terminal does after the change
    narrow.feed("$ pronounce train\n" + wide + screen.take());
    REQUIRE(narrow.rows.size() == 2);
    CHECK(narrow.line(0) == "$ pronounce train");
    CHECK_THAT(narrow.line(1), Containing("20/10,000"));
}

TEST_CASE("progress: no total, no time passed, NaN, resumed runs", "[training]") {
    Screen screen;
    screen.terminal = {};
    {
        Progress progress({.label = "eval", .unit = "words", .line_seconds = 0}, screen.host());
        progress.update(1, 10, 1);
        CHECK(screen.take() == "eval: step 1, loss 1.0000\n");
        screen.now += 1;
        progress.update(2, 10, std::nan(""));
        CHECK_THAT(screen.take(), Containing("loss nan"));
    }
    CHECK_THAT(screen.take(), Containing("took 0:01"));
    Progress resumed({.unit = "words", .total = 1000, .first = 900, .line_seconds = 0}, screen.host());
    screen.now += 1;
    resumed.update(910, 100, 1);
    CHECK(screen.take() == "train: step 910 of 1000 (91 %), loss 1.0000, 100 words/s, 0:09 left\n");
    { Progress unused({}, screen.host()); }
    CHECK(screen.take() == "");
}
