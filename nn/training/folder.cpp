#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <fmt/format.h>
#include <heed/core/io/standard_files.hpp>
#include <heed/nn/training/folder.hpp>

namespace heed::training {
namespace {

int locked(const std::filesystem::path& folder, RunFolder::Use use) {
    if (use == RunFolder::Use::none) return -1;
    io::reserve_standard_files();  // the lock stays open while progress is written
    if (use == RunFolder::Use::resume) RunFolder::config_of(folder);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw IoError(fmt::format("{}: the folder cannot be made: {}", folder.string(), error.message()));
    const std::string path = (folder / "lock").string();
    io::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (file.number() == -1) throw IoError(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        throw FolderError(fmt::format("{}: another process is training here; wait for it, stop it, or give another folder", folder.string()));
    if (use == RunFolder::Use::fresh && std::filesystem::exists(folder / "config.json"))
        throw FolderError(fmt::format("{} holds a run already; go on with it by --resume, or give another --out", folder.string()));
    return file.release();
}

}  // namespace

std::filesystem::path RunFolder::config_of(const std::filesystem::path& folder) {
    std::filesystem::path config = folder / "config.json";
    if (!std::filesystem::exists(config)) throw FileError(fmt::format("{}: holds no run (no config.json)", folder.string()));
    return config;
}

RunFolder::RunFolder(std::filesystem::path path, Use use) : path_(std::move(path)), lock_(locked(path_, use)) {}

}  // namespace heed::training
