#pragma once
// log.jsonl: what happened in a run, one JSON object on each line.
#include <filesystem>
#include <heed/core/real.hpp>
#include <heed/nn/training/settings/record.hpp>

namespace heed::training {

class Log {
public:
    // A run that continues after step `step` (0: a new one) keeps the lines up to there: what a killed run wrote beyond
    // its checkpoint, and a line cut short, are dropped. Throws IoError.
    Log(std::filesystem::path path, Dim step);
    void write(const Record& record) const;  // appends a line; the record has a field "step". Throws IoError.

private:
    std::filesystem::path path_;
};

// The objects of a log, see from_json(); lines that are none are left out. Throws FileError.
std::vector<Record> read_log(const std::filesystem::path& path);

}  // namespace heed::training
