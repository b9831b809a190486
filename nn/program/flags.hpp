#pragma once
// Settings as flags of a command line, by CLI11.
#include <span>
#include <string>
#include <string_view>
#include <vector>
#include <heed/nn/program/options.hpp>

namespace CLI {
class App;
}

namespace heed::program {

// Adds a flag, or an argument without one, for each setting that has one; --help then shows its default and its range.
// What is required must be on the command line, unless it may come from a file.
void add_flags(CLI::App& command, const training::Settings& settings, bool may_stand_in_file = false);

// The known name with the smallest edit distance to `name`, or "" where none is near (two letters may differ, in long
// names a third of them, in short ones fewer).
std::string nearest(std::string_view name, std::span<const std::string> known);

// Parses the command line. --help and --version print to standard output and throw CLI::Success; everything that is
// wrong throws UsageError, which names the nearest flag or sub-command for each unknown one. Both are for run_main().
void parse(CLI::App& app, int argc, const char* const* argv);

// With --resume and --config the settings are those of a file, but for those that may change: the length of a run, and
// where its data lie. Throws UsageError for a flag that would change another, with what to do instead, for one that a
// new run needs and lacks, and for a text that is not UTF-8; FileError for a file that is none. Without a file, a run
// of five minutes where no length was given.
void apply_config_file(const CLI::App& command, const training::Settings& settings, RunOptions& options,
                       const Launch& launch);

}  // namespace heed::program
