// Files that are there whole or not at all.
#include <fcntl.h>
#include <unistd.h>
#include <utility>
#include <fmt/format.h>
#include <sys/file.h>
#include <heed/core/io/atomic.hpp>
#include <heed/core/io/calls.hpp>

namespace heed::io {
namespace {

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)), temporary_(path_ + ".heed-tmp"), folder_(open_locked(folder_of(path_))),
      file_(open(temporary_, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW)) {}

AtomicFile::~AtomicFile() {
    if (!placed_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(Bytes part) {
    if (const int error = write_all(file_.number(), part, size_)) fail(fmt::format("write at byte {}", size_), error);
}

void AtomicFile::overwrite_start(Bytes part) {
    if (::lseek(file_.number(), 0, SEEK_SET) != 0) fail("seek to byte 0", errno);
    std::uint64_t done = 0;
    if (const int error = write_all(file_.number(), part, done)) fail(fmt::format("write at byte {}", done), error);
    if (::lseek(file_.number(), 0, SEEK_END) < 0) fail("seek to the end", errno);
}

void AtomicFile::put_in_place() {
    if (repeat_interrupted([&] { return system_calls().fsync(file_.number()); }) != 0) fail("fsync", errno);
    if (const int error = close_checked(file_)) fail("close", error);
    if (system_calls().rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename", errno);
    placed_ = true;
    // EINVAL: this file system cannot sync a folder.
    if (repeat_interrupted([&] { return system_calls().fsync(folder_.number()); }) != 0 && errno != EINVAL) {
        throw IoError(
            fmt::format("{}: is replaced, but fsync of its folder failed: {}; a power cut may bring the old content "
                        "back",
                        path_, reason(errno)));
    }
}

int AtomicFile::open(const std::string& name, int flags) const {
    const int file = repeat_interrupted([&] { return system_calls().open(name.c_str(), flags | O_CLOEXEC, 0666); });
    if (file == -1) fail(fmt::format("open of '{}'", name), errno);
    return file;
}

// Only whoever holds the lock touches the temporary file, so that its name can be fixed: what a killed process left is
// reused.
int AtomicFile::open_locked(const std::string& folder) const {
    const int file = open(folder, O_RDONLY | O_DIRECTORY);
    repeat_interrupted([&] { return ::flock(file, LOCK_EX); });
    return file;
}

void AtomicFile::fail(std::string_view step, int error) const {
    throw IoError(fmt::format("{}: cannot be written: {} failed: {}; the previous content is unchanged; {}", path_,
                              step, reason(error), advice(error)));
}

}  // namespace heed::io
