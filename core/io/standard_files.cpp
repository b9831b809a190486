// Opens /dev/null for standard files that are closed.
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/core/io/calls.hpp>
#include <heed/core/io/standard_files.hpp>

namespace heed::io {

void reserve_standard_files() {
    constexpr int flags[] = {O_WRONLY, O_RDONLY, O_WRONLY};  // not to be read; not to be written to; written to in vain
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file) {
        if (::fcntl(file, F_GETFD) != -1 || errno != EBADF) continue;
        const int opened = ::open("/dev/null", flags[file]);  // all lower numbers are taken
        if (opened != file)
            throw IoError(
                fmt::format("standard file {} is closed, and /dev/null cannot stand for it: {}", file, reason(errno)));
    }
}

}  // namespace heed::io
