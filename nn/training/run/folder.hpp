#pragma once
// The folder of a run: config.json (what it was asked to do), checkpoint.safetensors, log.jsonl, TensorBoard's events,
// result.json.
#include <filesystem>
#include <memory>
#include <heed/core/base/error.hpp>
#include <heed/core/io/file.hpp>

namespace heed::training {

// A folder that cannot take this run: it holds one already, or a longer one, or another run is training in it.
struct FolderError : Error {
    using Error::Error;
};

// Holds the folder's lock while it is alive; a process that is killed holds it no longer. A fresh folder in which no
// run has begun goes again: one that is refused leaves nothing.
class RunFolder {
public:
    enum class Use { fresh, resume, none };
    // fresh: makes the folder; throws FolderError if it holds a run. resume: throws FileError if it holds none. Both
    // throw FolderError if another process, or another RunFolder of this one, has locked it, IoError if the system
    // refuses. none, for a trial that writes nothing: neither made nor locked.
    RunFolder(std::filesystem::path path, Use use);
    ~RunFolder();
    RunFolder(RunFolder&&) = default;
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    static bool holds_run(const std::filesystem::path& folder);  // its configuration, or a checkpoint
    static bool is_open(const std::filesystem::path& folder);    // by a RunFolder of this process
    // Of the run that `folder` holds; throws FileError if it holds none.
    static std::filesystem::path config_of(const std::filesystem::path& folder);

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path config() const { return path_ / "config.json"; }

private:
    std::filesystem::path path_;
    bool made_ = false;  // there was no such folder before
    io::Descriptor lock_;
};

// The folder of a run, for as long as it trains: that of a run to continue, if `resume` is set and there is one, else a
// fresh one. None where the path is empty, and where the caller holds a RunFolder of it. Throws as RunFolder does, also
// where the caller's folder holds a run that is not to be resumed.
std::unique_ptr<RunFolder> open_run(const std::filesystem::path& folder, bool resume);

}  // namespace heed::training
