#pragma once
// How files are written by system calls, for the files that do it: interrupted calls are repeated, partial writes are
// continued.
// Private to heed; not installed.
#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>
#include <heed/core/io/file.hpp>
#include <heed/core/io/system.hpp>

namespace heed::io {

inline constexpr std::size_t largest_call = std::size_t{1} << 30;  // Linux moves at most 2 GiB per call

inline std::string reason(int error) { return std::generic_category().message(error); }

template <class Call>
auto repeat_interrupted(Call call) {
    auto result = call();
    while (result == -1 && errno == EINTR) result = call();
    return result;
}

// Writes all of `part`. The reason where that fails, else 0; `done` counts the bytes that were written.
inline int write_all(int file, Bytes part, std::uint64_t& done) {
    while (!part.empty()) {
        const ::ssize_t n = repeat_interrupted(
            [&] { return system_calls().write(file, part.data(), std::min(part.size(), largest_call)); });
        if (n <= 0) return n == 0 ? ENOSPC : errno;
        part = part.subspan(static_cast<std::size_t>(n));
        done += static_cast<std::uint64_t>(n);
    }
    return 0;
}

// After EINTR Linux has closed the file. The reason where it fails, else 0.
inline int close_checked(Descriptor& file) {
    return system_calls().close(file.release()) != 0 && errno != EINTR ? errno : 0;
}

inline const char* advice(int error) {
    return error == ENOSPC || error == EDQUOT ? "free some space and write again" : "check the folder and the disk";
}

}  // namespace heed::io
