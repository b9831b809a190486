#pragma once
// The progress of a training run, or of another long work, on stderr: one line rewritten in place on a terminal, else a
// plain line every few seconds.
#include <functional>
#include <string>
#include <string_view>
#include <heed/nn/training/run/group.hpp>
#include <heed/nn/training/run/terminal.hpp>

namespace heed::training {

struct ProgressOptions {
    const char* label = "train";   // they must outlive the progress
    const char* unit = "batches";  // what the rate counts, "batches/s": the units of a Loss, 1 unless it names them
    const char* counts = nullptr;  // what is counted where that is no steps, such as "MB"; then there is no loss
    Dim total = 0;                 // steps; 0 while unknown
    Dim first = 0;                 // steps done before (a resumed run)
    double redraw_seconds = 0.1;
    double line_seconds = 5;     // between plain lines
    double memory_seconds = 10;  // loss and rate are averages over about this long
};

// Where progress goes and what time it is; tests bring their own.
struct ProgressHost {
    std::function<double()> seconds;  // a monotonic clock
    std::function<void(std::string_view)> write;
    std::function<Terminal()> terminal;  // asked before every redraw: windows change their size
};
ProgressHost stderr_host();
// Of several processes the leading one alone writes.
ProgressHost leader_host(const Group& group, ProgressHost host = stderr_host());

class Progress {
public:
    explicit Progress(ProgressOptions options, ProgressHost host = stderr_host());
    ~Progress();  // as finish(), whatever happened
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    void set_total(Dim steps) { options_.total = steps; }
    // Step number `step` (from 1) is done, `units` since the last call.
    void update(Dim step, double units, double loss);
    void best(std::string text) { best_ = std::move(text); }  // shown from now on, such as "best wer 0.31"
    void note(std::string_view text);                         // a line of its own; the progress continues below it
    void finish();  // the last state, and a clean line after it; calling again does nothing

private:
    std::string plain_line(bool last) const;
    std::string terminal_line(const Terminal& terminal, bool last) const;
    std::string erase(const Terminal& terminal) const;
    void redraw(bool last);
    double seconds_left() const;
    bool shows_loss() const;
    std::string unit_after_total() const;

    ProgressOptions options_;
    ProgressHost host_;
    double start_, last_update_, last_draw_;
    Dim step_;
    double seconds_ = 0, steps_ = 0, units_ = 0, loss_ = 0;  // sums that fade with memory_seconds
    std::string best_;
    Dim drawn_ = 0;  // columns of the line that is on the terminal now
    bool finished_ = false;
};

std::string duration(double seconds);  // "0:42", "12:34", "1:02:03"; "?" for what is not finite or above 999 hours

}  // namespace heed::training
