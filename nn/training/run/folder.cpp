// The folder of a run.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <vector>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <heed/core/io/standard_files.hpp>
#include <heed/nn/training/run/folder.hpp>

namespace heed::training {
namespace {

// The folders that are open in this process.
std::mutex open_mutex;
std::vector<std::filesystem::path> open_folders;

std::filesystem::path one_name(const std::filesystem::path& folder) {
    std::error_code error;
    return std::filesystem::weakly_canonical(folder, error);
}

// `made`: whether there was no such folder before.
int locked(const std::filesystem::path& folder, RunFolder::Use use, bool& made) {
    if (use == RunFolder::Use::none) return -1;
    io::reserve_standard_files();  // the lock stays open while progress is written
    if (use == RunFolder::Use::resume && !RunFolder::holds_run(folder))
        throw FileError(
            fmt::format("{}: holds no run (neither config.json nor checkpoint.safetensors)", folder.string()));
    std::error_code error;
    made = std::filesystem::create_directories(folder, error);
    if (error) throw IoError(fmt::format("{}: the folder cannot be made: {}", folder.string(), error.message()));
    const std::string path = (folder / "lock").string();
    io::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (file.number() == -1) throw IoError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
    const bool busy = ::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    struct stat of_lock {};
    // Without a name it is the lock of a run that was refused just now, and of no folder.
    if (busy || (::fstat(file.number(), &of_lock) == 0 && of_lock.st_nlink == 0))
        throw FolderError(fmt::format(
            "{}: another process is training here, or another part of this one; wait for it, stop it, or give another "
            "folder",
            folder.string()));
    if (use == RunFolder::Use::fresh && RunFolder::holds_run(folder))
        throw FolderError(fmt::format("{} holds a run already; continue it (--resume), or give another folder (--out)",
                                      folder.string()));
    return file.release();
}

}  // namespace

std::filesystem::path RunFolder::config_of(const std::filesystem::path& folder) {
    std::filesystem::path config = folder / "config.json";
    if (!std::filesystem::exists(config))
        throw FileError(fmt::format("{}: holds no run (no config.json)", folder.string()));
    return config;
}

bool RunFolder::holds_run(const std::filesystem::path& folder) {
    return std::ranges::any_of(std::array{"config.json", "checkpoint.safetensors", "checkpoint.safetensors.previous"},
                               [&](const char* name) { return std::filesystem::exists(folder / name); });
}

bool RunFolder::is_open(const std::filesystem::path& folder) {
    const std::lock_guard guard(open_mutex);
    return std::ranges::find(open_folders, one_name(folder)) != open_folders.end();
}

RunFolder::RunFolder(std::filesystem::path path, Use use) : path_(std::move(path)), lock_(locked(path_, use, made_)) {
    if (use == Use::none) return;
    const std::lock_guard guard(open_mutex);
    open_folders.push_back(one_name(path_));
}

RunFolder::~RunFolder() {
    if (lock_.number() == -1) return;
    const std::lock_guard guard(open_mutex);
    std::erase(open_folders, one_name(path_));
    if (holds_run(path_)) return;
    std::error_code ignored;
    std::filesystem::remove(path_ / "lock", ignored);
    if (made_) std::filesystem::remove(path_, ignored);  // if it is empty
}

std::unique_ptr<RunFolder> open_run(const std::filesystem::path& folder, bool resume) {
    if (folder.empty()) return nullptr;
    const bool has_run = RunFolder::holds_run(folder);
    if (!RunFolder::is_open(folder))
        return std::make_unique<RunFolder>(folder, resume && has_run ? RunFolder::Use::resume : RunFolder::Use::fresh);
    if (!resume && has_run)
        throw FolderError(fmt::format("{}: fit is to begin a run, but the folder holds one", folder.string()));
    return nullptr;
}

}  // namespace heed::training
