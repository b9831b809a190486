#pragma once
// The folder of a run: config.json (what it was asked to do), checkpoint.safetensors, log.jsonl, TensorBoard's events, result.json.
#include <filesystem>
#include <heed/core/error.hpp>
#include <heed/core/io/file.hpp>

namespace heed::training {

// A folder that cannot take this run: it holds one already, or a longer one, or another process is at work in it.
struct FolderError : Error { using Error::Error; };

// Holds the folder's lock while it is alive; a process that is killed holds it no longer.
class RunFolder {
public:
    enum class Use { fresh, resume, none };
    // fresh: makes the folder; throws FolderError if it holds a run. resume: throws FileError if it holds none. Both throw FolderError if
    // another process has locked it, IoError if the system refuses. none, for a trial that writes nothing: neither made nor locked.
    RunFolder(std::filesystem::path path, Use use);

    // Of the run that `folder` holds; throws FileError if it holds none.
    static std::filesystem::path config_of(const std::filesystem::path& folder);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path config() const { return path_ / "config.json"; }

private:
    std::filesystem::path path_;
    io::Descriptor lock_;
};

}  // namespace heed::training
