#pragma once
// Whether a checkpoint belongs to the run that wants to go on from it. Its notes hold the run's identity, such as Settings::identity(); those of
// before hold a hash of the configuration, whose text is in the folder's config.json.
#include <filesystem>
#include <map>
#include <string>

namespace heed::training {

using Notes = std::map<std::string, std::string>;

// Throws FileError, naming `checkpoint` and the fields that differ.
void require_identity(const Notes& notes, const std::filesystem::path& checkpoint, const std::string& identity);

// Of the run with a checkpoint of before, which does not say it: what its config.json asked for; 0: a number of steps.
double minutes_beside(const std::filesystem::path& checkpoint);

}  // namespace heed::training
