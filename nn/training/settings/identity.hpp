#pragma once
// Whether a checkpoint belongs to the run that wants to go on from it. Its notes hold the run's identity; those of before hold a hash of the
// configuration, whose text is in the folder's config.json.
#include <filesystem>
#include <map>
#include <heed/nn/training/settings/record.hpp>

namespace heed::training {

using Notes = std::map<std::string, std::string>;

// What tells a run from others, such as Settings::identity().
struct Identity {
    Record fields = {};
    Record added_later = {};  // of fields that a checkpoint may lack: the values that they had then
};

// The fields of a configuration that is JSON; of another, itself as one field.
Record fields_of(const std::string& config);

// Throws FileError, naming `checkpoint` and the fields that differ. `config` is the run's configuration, for a checkpoint that has a hash of it.
void require_identity(const Notes& notes, const std::filesystem::path& checkpoint, const Identity& identity, const std::string& config);

// Of the run with a checkpoint of before, which does not say it: what its config.json asked for; 0: a number of steps.
double minutes_beside(const std::filesystem::path& checkpoint);

}  // namespace heed::training
