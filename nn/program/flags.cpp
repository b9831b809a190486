// Settings as flags of a command line.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <heed/core/base/edit_distance.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/flags.hpp>
#include <heed/nn/training/run/folder.hpp>

namespace heed::training {

// The parts of a Setting that its flag needs; the rest is for files.
struct Flags {
    template <class T>
    static bool read_number(const std::string& text, T& value) {  // the whole text
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size();
    }

    // Checks that a number is in its range. CLI11's own validators let nan and inf pass.
    template <class T>
    static void restrict(CLI::Option& option, const Setting& s) {
        const char* const number = std::is_integral_v<T> ? "a whole number" : "a finite number";
        std::string range;
        if (s.above_) range = fmt::format(" above {}", s.least_);
        else if (std::isfinite(s.least_)) range = fmt::format(" from {}", s.least_);
        if (std::isfinite(s.most_)) range += fmt::format(" to {}", s.most_);
        const auto check = [&s, range, number](std::string& text) {
            T value = 0;
            if (read_number(text, value) && s.takes(static_cast<double>(value))) return std::string();
            return fmt::format("{} is not {}{}", utf8::in_quotes(text), number, range);
        };
        option.check(CLI::Validator(check, ""))
            ->type_name(fmt::format("{}{}", std::is_integral_v<T> ? "INT" : "NUMBER", range));
    }

    static void add(CLI::App& command, const Setting& s, bool may_stand_in_file) {
        std::string name = s.flag();
        std::visit(
            [&]<class T>(T* value) {
                CLI::Option* option = nullptr;
                if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::optional<bool>>) {
                    if (!s.negated_.empty()) name += ",!--" + s.negated_;
                    else if (std::is_same_v<T, bool> && s.is_on()) name += ",!--no-" + name.substr(2);
                    if constexpr (std::is_same_v<T, bool>) option = command.add_flag(name, *value, s.help_);
                    else
                        option = command.add_flag_function(
                            name, [value](std::int64_t count) { *value = count > 0; }, s.help_);
                } else {
                    option = command.add_option(name, *value, s.help_);
                    if constexpr (std::is_arithmetic_v<T>) restrict<T>(*option, s);
                    if (!s.texts_.empty()) option->check(CLI::IsMember(s.texts_));
                    const bool is_text = std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>;
                    if ((std::is_arithmetic_v<T> || is_text) && !s.zero_ && !s.has_no_text())
                        option->capture_default_str();
                }
                if (s.required_ && !may_stand_in_file) option->required();
            },
            s.target_);
    }

    static bool is_shown(const Setting& s) { return s.flagged_; }
    static bool is_of_call(const Setting& s) { return s.kind_ == Setting::Kind::call; }
    static bool is_missing(const Setting& s) { return s.required_ && s.has_no_text(); }
    static bool may_change(const Setting& s) { return s.changes_; }
    static const std::list<Setting>& all(const Settings& settings) { return settings.all_; }
};

}  // namespace heed::training

namespace heed::program {
namespace {

using training::Flags, training::Setting, training::Settings;

constexpr double default_minutes = 5;

// The sub-command that the command line chose last, or the program itself.
const CLI::App& chosen(const CLI::App& app) {
    const auto subcommands = app.get_subcommands();
    return subcommands.empty() ? app : chosen(*subcommands.back());
}

std::vector<std::string> flags_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
        for (const std::string& name : option->get_snames()) names.push_back("-" + name);
    }
    return names;
}

std::string unknown(const CLI::App& app, const std::string& argument) {
    const bool is_flag = argument.starts_with('-');
    std::vector<std::string> known;
    if (is_flag) {
        known = flags_of(app);
    } else {
        for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
            known.push_back(sub->get_name());
    }
    const std::string hint = nearest(argument.substr(0, argument.find('=')), known);
    const std::string_view what = is_flag ? "unknown flag" : known.empty() ? "unexpected argument" : "unknown command";
    return fmt::format("{} {}{}", what, utf8::in_quotes(argument),
                       hint.empty() ? "" : fmt::format("; did you mean {}?", hint));
}
}  // namespace

void add_flags(CLI::App& command, const Settings& settings, bool may_stand_in_file) {
    for (const Setting& s : Flags::all(settings))
        if (Flags::is_shown(s)) Flags::add(command, s, may_stand_in_file);
}

std::string nearest(std::string_view name, std::span<const std::string> known) {
    std::string best;
    const auto length = static_cast<Dim>(name.size());
    Dim best_distance = (length < 3   ? 0
                         : length < 5 ? 1
                                      : std::max<Dim>(2, length / 3)) +
                        1;  // one more than what is near
    for (const std::string& candidate : known) {
        const Dim distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

void parse(CLI::App& app, int argc, const char* const* argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& e) {
        app.exit(e);
        throw;
    } catch (const CLI::ParseError& e) {
        const CLI::App& command = chosen(app);
        std::string text;
        for (const std::string& argument : app.remaining(true)) {
            if (argument.starts_with('-') || text.empty())
                text += (text.empty() ? "" : "\n") + unknown(command, argument);
        }
        const std::string usage = &command == &app ? app.get_name() : app.get_name() + " " + command.get_name();
        throw UsageError(fmt::format("{}\nsee: {} --help", text.empty() ? e.what() : text, usage));
    }
}

namespace {

// The settings that flags gave and that may differ from those of the file `from`; throws UsageError for others.
std::vector<std::string> changes_to(const std::filesystem::path& from, const CLI::App& command, const Launch& launch,
                                    const Settings& settings) {
    constexpr std::array length{"steps", "minutes", "epochs"};
    std::vector<std::string> changes;
    for (const Setting& s : Flags::all(settings)) {
        const CLI::Option* option = Flags::is_shown(s) ? command.get_option_no_throw(s.flag()) : nullptr;
        if (!option || option->count() == 0 || Flags::is_of_call(s)) continue;
        if (!Flags::may_change(s))
            throw UsageError(
                fmt::format("{} cannot be given with {}: all settings are those of {}, but for the length of the run "
                            "and where its data "
                            "lie. To train with another one, copy that file, edit the copy, and begin a new run by "
                            "--config COPY --out ANOTHER",
                            s.flag(), launch.resume ? "--resume" : "--config", from.string()));
        if (std::find(length.begin(), length.end(), s.name()) == length.end()) changes.push_back(s.name());
        else changes.insert(changes.end(), length.begin(), length.end());  // one length replaces the others
    }
    return changes;
}

}  // namespace

void apply_config_file(const CLI::App& command, const Settings& settings, RunOptions& options, const Launch& launch) {
    if (launch.resume && !launch.config.empty())
        throw UsageError("--resume continues with the run's own configuration; --config cannot be given with it");
    if (launch.resume || !launch.config.empty()) {
        const std::filesystem::path from = launch.resume ? launch.folder / "config.json" : launch.config;
        const std::vector<std::string> changes = changes_to(from, command, launch, settings);
        if (launch.resume) training::RunFolder::config_of(launch.folder);
        settings.load(from, changes);
    }
    if (options.minutes == 0 && options.epochs == 0 && options.steps == 0) options.minutes = default_minutes;
    if (auto broken = settings.not_utf8()) {
        const auto& [name, text] = *broken;
        throw UsageError(
            fmt::format("{} {} is not UTF-8, as what config.json holds has to be; rename it, or give a link to it",
                        settings.find(name)->flag(), utf8::in_quotes(text)));
    }
    for (const Setting& s : Flags::all(settings))
        if (Flags::is_missing(s)) throw UsageError(fmt::format("{} is needed: {}", s.flag(), s.help()));
}

}  // namespace heed::program
