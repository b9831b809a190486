// Signals that ask a run to end or to save.
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <unistd.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/training/run/interrupt.hpp>

namespace heed::training {
namespace {
constexpr std::array signals{SIGINT, SIGTERM, SIGUSR1};

std::atomic<bool> installed{false};
std::atomic<int> received{0};
std::atomic<bool> wants_save{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free,
              "a signal handler may use lock-free atomics only");

extern "C" void on_signal(int signal) {
    if (signal == SIGUSR1) {
        wants_save = true;
        return;
    }
    int expected = 0;
    if (!received.compare_exchange_strong(expected, signal)) _exit(128 + signal);
    constexpr char text[] = "\nstopping after this step; once more stops at once, without saving\n";
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    errno = error;
}
}  // namespace

Interrupt::Interrupt() {
    if (installed.exchange(true)) throw Error("Interrupt: one is alive already; signals can have only one handler");
    received = 0;
    wants_save = false;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;  // reading and writing continue as if nothing had happened
    sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        sigaction(signals[i], nullptr, &before_[i]);
        if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);
    }
}

Interrupt::~Interrupt() {
    for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
    installed = false;
}

bool Interrupt::requested() const { return received != 0; }
int Interrupt::exit_code() const { return received == 0 ? 0 : 128 + received; }
bool Interrupt::take_save() { return wants_save.exchange(false); }

Interrupt::Asked Interrupt::ask(Group& group, bool due) {
    const std::array mine{static_cast<double>(exit_code()), static_cast<double>(take_save()), static_cast<double>(due)};
    const std::vector<double> all = group.all_gather(mine);
    Asked asked;
    for (std::size_t i = 0; i < all.size(); i += mine.size()) {
        asked.exit_code = std::max(asked.exit_code, static_cast<int>(all[i]));
        asked.wanted |= all[i + 1] != 0;
    }
    asked.save = asked.exit_code != 0 || asked.wanted || all[2] != 0;
    return asked;
}

}  // namespace heed::training
