// The three tasks with their symbols and metrics.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/examples/frames/task.hpp>

namespace heed::frames {

std::string Task::text(const Labels& labels) const {
    std::string text;
    for (const std::int64_t label : labels)
        text += (text.empty() ? "" : separator) + symbols.at(static_cast<std::size_t>(label));
    return text;
}

Labels Task::labels(const std::string& text) const {
    Labels labels;
    for (const char c : text) {
        const std::size_t label = symbols.find(c);
        require(
            label != std::string::npos, "frames",
            [&] { return fmt::format("'{}' is no symbol of {}; expected '{}'", c, name, symbols); }, Site::current());
        labels.push_back(static_cast<std::int64_t>(label));
    }
    return labels;
}

const Task& task_of(std::string_view name) {
    static const std::array tasks{
        Task{"digits", "0123456789", " ", true, "accuracy", "digit"},
        Task{"strings", "0123456789", " ", false, "der", "digit"},
        Task{"prompts", "abcdefghijklmnopqrstuvwxyz' ", "", false, "cer", "character"},
    };
    const auto found = std::ranges::find(tasks, name, &Task::name);
    require(
        found != tasks.end(), "frames",
        [&] { return fmt::format("there is no task '{}'; expected digits, strings or prompts", name); },
        Site::current());
    return *found;
}

}  // namespace heed::frames
