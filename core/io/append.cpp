// Files that grow while a program runs.
#include <fcntl.h>
#include <fmt/format.h>
#include <heed/core/io/append.hpp>
#include <heed/core/io/calls.hpp>

namespace heed::io {
namespace {

void require_done(const std::string& path, const char* step, int error) {
    if (error != 0)
        throw IoError(
            fmt::format("{}: cannot be written: {} failed: {}; {}", path, step, reason(error), advice(error)));
}

int open_to_append(const std::string& path, AppendFile::Use use) {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (use == AppendFile::Use::fresh ? O_EXCL : 0);
    const int file = repeat_interrupted([&] { return system_calls().open(path.c_str(), flags, 0666); });
    require_done(path, "open", file == -1 ? errno : 0);
    return file;
}

}  // namespace

AppendFile::AppendFile(std::string path, Use use) : path_(std::move(path)), file_(open_to_append(path_, use)) {}

void AppendFile::write(Bytes bytes) {
    std::uint64_t done = 0;
    require_done(path_, "write", write_all(file_.number(), bytes, done));
}

void AppendFile::close() { require_done(path_, "close", close_checked(file_)); }

}  // namespace heed::io
