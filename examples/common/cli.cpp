#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <limits>
#include <vector>
#include <fmt/format.h>
#include <heed/core/utf8.hpp>
#include <heed/examples/common/cli.hpp>
#include <heed/examples/common/edit_distance.hpp>
#include <heed/examples/common/exit_code.hpp>

namespace heed::examples {
namespace {
// The whole of the text as a number, or false.
template <class T>
bool read_number(const std::string& text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

CLI::Validator integer_from(std::int64_t least, const std::string& shown) {
    return {[least](std::string& text) {
                std::int64_t value = 0;
                if (read_number(text, value) && value >= least) return std::string();
                return fmt::format("{} is not a whole number from {} to {}", utf8::in_quotes(text), least, std::numeric_limits<std::int64_t>::max());
            },
            shown};
}

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
        for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) known.push_back(sub->get_name());
    }
    const std::string hint = nearest(argument.substr(0, argument.find('=')), known);
    const std::string_view what = is_flag ? "unknown flag" : known.empty() ? "unexpected argument" : "unknown command";
    return fmt::format("{} {}{}", what, utf8::in_quotes(argument), hint.empty() ? "" : fmt::format("; did you mean {}?", hint));
}
}  // namespace

CLI::Validator positive_number() {
    return {[](std::string& text) {
                double value = 0;
                if (read_number(text, value) && std::isfinite(value) && value > 0) return std::string();
                return fmt::format("{} is not a finite number above 0", utf8::in_quotes(text));
            },
            "NUMBER>0"};
}

CLI::Validator positive_integer() { return integer_from(1, "INT>0"); }
CLI::Validator non_negative_integer() { return integer_from(0, "INT>=0"); }

std::string nearest(std::string_view name, std::span<const std::string> known) {
    std::string best;
    const auto length = static_cast<Dim>(name.size());
    Dim best_distance = (length < 3 ? 0 : length < 5 ? 1 : std::max<Dim>(2, length / 3)) + 1;  // one more than what is near
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
            if (argument.starts_with('-') || text.empty()) text += (text.empty() ? "" : "\n") + unknown(command, argument);
        }
        const std::string usage = &command == &app ? app.get_name() : app.get_name() + " " + command.get_name();
        throw UsageError(fmt::format("{}\nsee: {} --help", text.empty() ? e.what() : text, usage));
    }
}

}  // namespace heed::examples
