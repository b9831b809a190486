// The progress of a training run on stderr.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <unistd.h>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/training/run/progress.hpp>

namespace heed::training {
namespace {
// A finished part of `share` in `width` columns; UTF-8 has half cells.
std::string bar(double share, Dim width, const Terminal& terminal) {
    const Dim halves = static_cast<Dim>(std::lround(share * 2 * static_cast<double>(width)));
    std::string done, rest;
    for (Dim i = 0; i < width; ++i) {
        const Dim filled = std::clamp<Dim>(halves - 2 * i, 0, 2);
        std::string& part = filled > 0 ? done : rest;
        if (terminal.utf8) part += filled == 2 ? "━" : filled == 1 ? "╸" : terminal.colour ? "━" : " ";
        else part += filled == 2 ? "=" : filled == 1 ? ">" : " ";
    }
    if (!terminal.colour) return terminal.utf8 ? "▕" + done + rest + "▏" : "[" + done + rest + "]";
    return fmt::format("\x1b[38;5;36m{}\x1b[38;5;240m{}\x1b[0m", done, rest);
}

std::string grouped(double number) {  // 12,345
    std::string digits = fmt::format("{:.0f}", number);
    if (!std::isfinite(number)) return digits;
    for (auto at = static_cast<Dim>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

struct Field {
    std::string text;
    int keep;  // fields with the smallest value go first when the window is narrow
};
}  // namespace

std::string duration(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0 || seconds > 999 * 3600.0) return "?";
    const auto s = static_cast<Dim>(std::lround(seconds));
    return s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                     : fmt::format("{}:{:02}", s / 60, s % 60);
}

ProgressHost stderr_host() {
    return {[] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); },
            [](std::string_view text) {
                while (!text.empty()) {
                    const ssize_t n = ::write(STDERR_FILENO, text.data(), text.size());
                    if (n <= 0) return;  // a closed stderr is no reason to stop training
                    text.remove_prefix(static_cast<std::size_t>(n));
                }
            },
            [] { return terminal_of(STDERR_FILENO); }};
}

ProgressHost leader_host(const Group& group, ProgressHost host) {
    if (!group.leads()) host.write = [](std::string_view) {};
    return host;
}

Progress::Progress(ProgressOptions options, ProgressHost host)
    : options_(std::move(options)), host_(std::move(host)), start_(host_.seconds()), last_update_(start_),
      last_draw_(start_), step_(options_.first) {
    const double memory = options_.memory_seconds, redraw = options_.redraw_seconds, line = options_.line_seconds;
    require(
        memory > 0 && redraw >= 0 && line >= 0, "Progress",
        [&] {
            return fmt::format(
                "memory_seconds {}, redraw_seconds {}, line_seconds {}; expected above 0, and twice 0 or more", memory,
                redraw, line);
        },
        Site::current());
}

Progress::~Progress() {
    try {
        finish();
    } catch (...) {  // out of memory for the text; nobody is left to report it to
        finished_ = true;
    }
}

double Progress::seconds_left() const {
    if (options_.total <= 0 || steps_ <= 0) return std::nan("");
    return static_cast<double>(std::max<Dim>(0, options_.total - step_)) * seconds_ / steps_;
}

void Progress::update(Dim step, double units, double loss) {
    const double now = host_.seconds(), passed = std::max(0.0, now - last_update_);
    const double kept = std::exp(-passed / options_.memory_seconds);
    const auto steps = static_cast<double>(std::max<Dim>(0, step - step_));
    seconds_ = seconds_ * kept + passed;
    units_ = units_ * kept + units;
    loss_ = loss_ * kept + loss * steps;
    steps_ = steps_ * kept + steps;
    last_update_ = now;
    step_ = step;
    if (now - last_draw_ >= (host_.terminal().in_place ? options_.redraw_seconds : options_.line_seconds)) {
        last_draw_ = now;
        redraw(false);
    }
}

bool Progress::shows_loss() const { return steps_ > 0 && !options_.counts; }
std::string Progress::unit_after_total() const { return options_.counts ? fmt::format(" {}", options_.counts) : ""; }

std::string Progress::plain_line(bool last) const {
    std::string line = fmt::format("{}: {}{}", options_.label, options_.counts ? "" : "step ", step_);
    if (options_.total > 0)
        line += fmt::format(" of {}{} ({} %)", options_.total, unit_after_total(), 100 * step_ / options_.total);
    if (shows_loss()) line += fmt::format(", loss {:.4f}", loss_ / steps_);
    if (seconds_ > 0) line += fmt::format(", {:.0f} {}/s", units_ / seconds_, options_.unit);
    if (!best_.empty()) line += ", " + best_;
    if (last) line += fmt::format(", took {}", duration(last_update_ - start_));
    else if (options_.total > 0) line += fmt::format(", {} left", duration(seconds_left()));
    return line;
}

std::string Progress::terminal_line(const Terminal& terminal, bool last) const {
    const Dim room = std::max<Dim>(1, terminal.width - 1);  // the last column would wrap on some terminals
    const double share =
        options_.total > 0 ? std::clamp(static_cast<double>(step_) / static_cast<double>(options_.total), 0.0, 1.0) : 0;
    std::vector<Field> before{{options_.label, 1}}, after;
    if (options_.total > 0) {
        before.push_back({fmt::format("{:3.0f}%", std::floor(100 * share)), 2});
        after.push_back({grouped(static_cast<double>(step_)) + "/" + grouped(static_cast<double>(options_.total)) +
                             unit_after_total(),
                         6});
    } else {
        after.push_back({"step " + grouped(static_cast<double>(step_)), 6});
    }
    if (shows_loss()) after.push_back({fmt::format("loss {:.4f}", loss_ / steps_), 5});
    if (!best_.empty()) after.push_back({best_, 2});
    if (seconds_ > 0) after.push_back({grouped(units_ / seconds_) + " " + options_.unit + "/s", 3});
    if (last) after.push_back({"took " + duration(last_update_ - start_), 4});
    else if (options_.total > 0) after.push_back({duration(seconds_left()) + " left", 4});

    const auto join = [](const std::vector<Field>& fields, const char* between) {
        std::string out;
        for (const Field& f : fields) out += (out.empty() ? "" : between) + f.text;
        return out;
    };
    for (int drop = 0;; ++drop) {
        const auto gone = [drop](const Field& f) { return f.keep <= drop; };
        std::erase_if(before, gone);
        std::erase_if(after, gone);
        const std::string left = join(before, " "), right = join(after, terminal.utf8 ? " · " : "  ");
        const auto used = static_cast<Dim>(utf8::columns(left) + utf8::columns(right)) + (left.empty() ? 0 : 2);
        if (used > room && drop < 5) continue;
        const Dim cells = std::min<Dim>(30, room - used - 4);
        const std::string middle =
            drop == 0 && options_.total > 0 && cells >= 8 ? bar(share, cells, terminal) + "  " : "";
        std::string line = left + (left.empty() ? "" : "  ") + middle + right;
        if (used <= room) return line;
        std::string cut;
        for (const std::string& piece : utf8::code_points(line)) {
            if (static_cast<Dim>(utf8::columns(cut)) < room) cut += piece;
        }
        return cut;
    }
}

// Erases the line on the terminal. A window that got narrower has wrapped it onto several rows.
std::string Progress::erase(const Terminal& terminal) const {
    if (drawn_ == 0) return "";
    const Dim rows = (drawn_ - 1) / std::max<Dim>(1, terminal.width);
    return rows > 0 ? fmt::format("\r\x1b[{}A\x1b[J", rows) : "\r\x1b[K";
}

void Progress::redraw(bool last) {
    const Terminal terminal = host_.terminal();
    if (!terminal.in_place) return host_.write(plain_line(last) + "\n");
    const std::string line = terminal_line(terminal, last);
    host_.write(erase(terminal) + line + (last ? "\n" : ""));
    Dim visible = 0;
    bool escape = false;
    for (const std::string& piece : utf8::code_points(line)) {
        if (piece == "\x1b") escape = true;
        else if (!escape) ++visible;
        else if (piece == "m") escape = false;
    }
    drawn_ = last ? 0 : visible;
}

void Progress::note(std::string_view text) {
    const Terminal terminal = host_.terminal();
    if (!terminal.in_place) return host_.write(std::string(text) + "\n");
    host_.write(erase(terminal) + std::string(text) + "\n");
    const bool standing = drawn_ > 0;
    drawn_ = 0;
    if (standing) redraw(false);
}

void Progress::finish() {
    if (finished_) return;
    finished_ = true;
    if (steps_ > 0 || drawn_ > 0) redraw(true);
}

}  // namespace heed::training
