#pragma once
// Whether a checkpoint belongs to the run that is to continue from it. Its notes hold the run's identity; those of
// earlier versions hold a hash of the configuration, whose text is in the folder's config.json.
#include <filesystem>
#include <map>
#include <heed/nn/training/settings/record.hpp>

namespace heed::training {

using Notes = std::map<std::string, std::string>;

// What distinguishes a run from others, such as Settings::identity().
struct Identity {
    Record fields = {};
    Record added_later = {};  // of fields that a checkpoint may lack: the values that they had then
};

// The fields of a configuration that is JSON; of another, itself as one field.
Record fields_of(const std::string& config);

// Throws FileError, naming `checkpoint` and the fields that differ. `config` is the run's configuration, for a
// checkpoint that has a hash of it.
void require_identity(const Notes& notes, const std::filesystem::path& checkpoint, const Identity& identity,
                      const std::string& config);

// The minutes of a run whose checkpoint is of an earlier version and lacks them: those in its config.json; 0: it has a
// number of steps.
double minutes_beside(const std::filesystem::path& checkpoint);

}  // namespace heed::training
