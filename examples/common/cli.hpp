#pragma once
// What CLI11 lacks: validators that refuse nan, and a guess at what a misspelt flag was meant to be. CLI11 is slow to
// compile: only main programs include this.
#include <span>
#include <string>
#include <string_view>
#include <CLI/CLI.hpp>

namespace heed::examples {

CLI::Validator positive_number();       // a finite number above 0; refuses nan and inf, which CLI::PositiveNumber takes
CLI::Validator positive_integer();      // 1 to 2^63 - 1
CLI::Validator non_negative_integer();  // 0 to 2^63 - 1

// The known name with the smallest edit distance to `name`, or "" where none is near (two letters may differ, in long
// names a third of them, in short ones fewer).
std::string nearest(std::string_view name, std::span<const std::string> known);

// Parses the command line. --help and --version print to standard output and throw CLI::Success; everything that is
// wrong throws UsageError, which names the nearest flag or sub-command for each unknown one. Both are for run_main().
void parse(CLI::App& app, int argc, const char* const* argv);

}  // namespace heed::examples
