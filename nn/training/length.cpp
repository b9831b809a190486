// How many steps a run has.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/training/length.hpp>
#include <heed/nn/training/run/folder.hpp>

namespace heed::training {

Dim steps_of_minutes(const FitOptions& o, const RunState& state) {
    if (state.step == 0 || state.seconds < std::min(20.0, o.minutes * 6)) return 0;
    const double left = o.minutes * 60 - state.seconds;
    return std::max(state.step + 1,
                    state.step + static_cast<Dim>(left * static_cast<double>(state.step) / state.seconds));
}

void set_length(const FitOptions& o, RunState& state, const RunState& resumed) {
    if (o.steps > 0) state.steps = o.steps, state.minutes = 0;
    else if (o.minutes != state.minutes) state.steps = steps_of_minutes(o, state), state.minutes = o.minutes;
    if (!has_new_length(state, resumed)) return;
    const auto refuse = [&](const std::string& done) {
        throw FolderError(
            fmt::format("{}: the run has {} behind it already; give a larger number", o.folder.string(), done));
    };
    if (o.steps > 0 && o.steps < state.step) refuse(fmt::format("{} steps", state.step));
    if (o.steps == 0 && o.minutes * 60 < state.seconds) refuse(fmt::format("{:.1f} minutes", state.seconds / 60));
    state.waiting = 0;  // whoever asks for more does not want it to end at once
}

bool has_new_length(const RunState& state, const RunState& resumed) {
    return resumed.step > 0 && (state.steps != resumed.steps || state.minutes != resumed.minutes);
}

std::string length_note(const FitOptions& o, const RunState& state, const RunState& resumed) {
    const auto length = [](Dim n) { return n > 0 ? fmt::format("{} steps", n) : "as many steps as fit"; };
    std::string text =
        fmt::format("after step {}: {} in all instead of {}", state.step, length(state.steps), length(resumed.steps));
    if (!o.rate || (state.steps > 0 && state.step >= state.steps)) return text;
    const std::string before = fmt::format("{:.3g}", o.rate(state.step, resumed.steps, state.metrics));
    const std::string next = fmt::format("{:.3g}", o.rate(state.step + 1, state.steps, state.metrics));
    if (before != next) text += fmt::format("; the learning rate jumps from {} to {}", before, next);
    return text;
}

}  // namespace heed::training
