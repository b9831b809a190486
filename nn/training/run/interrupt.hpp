#pragma once
// ^C and SIGTERM ask a run to end; a second one ends it at once. SIGUSR1 asks it to save now.
#include <array>
#include <csignal>
#include <heed/nn/training/run/group.hpp>

namespace heed::training {

// While one of these lives: the first SIGINT or SIGTERM sets requested() (the run finishes its step, saves, and returns
// exit_code()), the second one leaves by _exit(128 + signal) without saving. A signal that was ignored before (nohup, a
// shell's background job) stays ignored. One at a time: a second one throws heed::Error. The old handlers come back at
// the end.
class Interrupt {
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    bool requested() const;
    int exit_code() const;  // 130 for SIGINT, 143 for SIGTERM, 0 where nothing was requested
    bool take_save();       // has SIGUSR1 come since the last call?

    // What all processes of a group do next: signals to any of them count, and whether it is time to save (`due`) by
    // the clock of the leading one.
    struct Asked {
        int exit_code = 0;  // of the signal that ends the run
        bool wanted = false, save = false;
    };
    Asked ask(Group& group, bool due);

private:
    std::array<struct sigaction, 3> before_{};
};

}  // namespace heed::training
