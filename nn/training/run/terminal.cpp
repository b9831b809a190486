// What a terminal can show.
#include <cstdlib>
#include <string_view>
#include <unistd.h>
#include <sys/ioctl.h>
#include <heed/nn/training/run/terminal.hpp>

namespace heed::training {

Terminal describe_terminal(bool is_terminal, Dim width, const std::function<const char*(const char*)>& variable) {
    const auto value = [&](const char* name) {
        const char* text = variable(name);
        return std::string_view(text == nullptr ? "" : text);
    };
    std::string_view locale;
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (locale.empty()) locale = value(name);
    }
    const std::string_view term = value("TERM");
    const bool many_colours = term.find("256color") != term.npos || !value("COLORTERM").empty();
    Terminal t;
    t.in_place = is_terminal && !term.empty() && term != "dumb";
    t.colour = t.in_place && many_colours && value("NO_COLOR").empty();
    for (const char* name : {"UTF-8", "utf-8", "UTF8", "utf8"}) t.utf8 |= locale.find(name) != locale.npos;
    if (width > 0) t.width = width;
    return t;
}

Terminal terminal_of(int fd) {
    winsize size{};
    const bool is_terminal = isatty(fd) == 1;
    const Dim width = is_terminal && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    return describe_terminal(is_terminal, width,
                             [](const char* name) { return static_cast<const char*>(std::getenv(name)); });
}

}  // namespace heed::training
