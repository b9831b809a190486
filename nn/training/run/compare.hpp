#pragma once
// Two runs side by side.
#include <filesystem>
#include <string>

namespace heed::training {

// A text: the settings of config.json that differ, the fields of both result.json, and their curves from log.jsonl at
// the steps that both have: the mean of the losses since the step above, and the metrics. A run that has no result yet,
// or no log, is shown without. Throws FileError for a folder that holds no run, and for files that are not what a run
// writes.
std::string compare_runs(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace heed::training
