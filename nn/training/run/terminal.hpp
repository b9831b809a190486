#pragma once
// What the terminal behind a stream can show.
#include <functional>
#include <heed/core/real.hpp>

namespace heed::training {

struct Terminal {
    bool in_place = false;  // lines can be rewritten
    bool colour = false;    // the 256 colours
    bool utf8 = false;
    Dim width = 80;  // columns
};

// Asks the system about file descriptor `fd`, and the environment: NO_COLOR (not empty) turns colour off, TERM=dumb or
// no TERM turns rewriting off too, the locale's variables tell whether UTF-8 is shown. Cheap enough for every redraw.
Terminal terminal_of(int fd);

// The same from its inputs, for tests; `variable` is getenv.
Terminal describe_terminal(bool is_terminal, Dim width, const std::function<const char*(const char*)>& variable);

}  // namespace heed::training
