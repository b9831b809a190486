// Loaded before the C library (LD_PRELOAD), for fail_calls.py: lets one call of a kind on files below a folder fail, or
// that one and all after it.
//   HEED_FAULT="KIND N [on]", KIND being open, write, fsync, rename or close; HEED_FAULT_FOLDER=FOLDER
//   HEED_FAULT_COUNTS=FILE: at the end, how many calls of each kind there were
// Closing counts for files that were written; nobody needs to know whether another one could be closed.
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace {

enum Kind { kind_open, kind_write, kind_fsync, kind_rename, kind_close, kinds };
constexpr std::array<const char*, kinds> names = {"open", "write", "fsync", "rename", "close"};
std::array<std::atomic<long>, kinds> counts;

constexpr int most_files = 4096;
using Marks = std::array<std::atomic<bool>, most_files>;
Marks watched, written;
bool is(const Marks& files, int file) {
    return 0 <= file && file < most_files && files[static_cast<std::size_t>(file)];
}
void set(Marks& files, int file, bool value) {
    if (0 <= file && file < most_files) files[static_cast<std::size_t>(file)] = value;
}

std::string_view variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

bool is_below(const char* path) {
    const std::string_view folder = variable("HEED_FAULT_FOLDER");
    return !folder.empty() && std::string_view(path).starts_with(folder);
}

// Counts a call of this kind; true if it is to fail.
bool strikes(Kind kind, int error) {
    const long n = ++counts[kind];
    char wanted[16] = "", mode[8] = "";
    long at = 0;
    const std::string_view fault = variable("HEED_FAULT");
    if (std::sscanf(fault.data(), "%15s %ld %7s", wanted, &at, mode) < 2 || std::strcmp(wanted, names[kind]) != 0)
        return false;
    if (n != at && !(n > at && std::strcmp(mode, "on") == 0)) return false;
    errno = error;
    return true;
}

template <class F>
F real(const char* name) {
    return reinterpret_cast<F>(::dlsym(RTLD_NEXT, name));
}

int open_by(const char* call, const char* path, int flags, ::mode_t mode) {
    const bool below = is_below(path);
    if (below && strikes(kind_open, EIO)) return -1;
    const int file = real<int (*)(const char*, int, ...)>(call)(path, flags, mode);
    set(watched, file, below);
    set(written, file, false);
    return file;
}

::mode_t mode_of(int flags, std::va_list rest) {
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, ::mode_t) : 0;
}

struct Report {
    ~Report() {
        const char* path = std::getenv("HEED_FAULT_COUNTS");
        std::FILE* file = path ? std::fopen(path, "w") : nullptr;
        if (!file) return;
        for (std::size_t kind = 0; kind < kinds; ++kind)
            std::fprintf(file, "%s %ld\n", names[kind], counts[kind].load());
        std::fclose(file);
    }
} report;

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
    std::va_list rest;
    va_start(rest, flags);
    const ::mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_by("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) __attribute__((alias("open")));  // the same where off_t has 64 bits

::ssize_t write(int file, const void* from, std::size_t size) {
    if (is(watched, file) && strikes(kind_write, ENOSPC)) return -1;
    set(written, file, true);
    return real<::ssize_t (*)(int, const void*, std::size_t)>("write")(file, from, size);
}

int fsync(int file) { return is(watched, file) && strikes(kind_fsync, EIO) ? -1 : real<int (*)(int)>("fsync")(file); }

int rename(const char* from, const char* to) noexcept {
    return is_below(to) && strikes(kind_rename, EIO) ? -1 : real<int (*)(const char*, const char*)>("rename")(from, to);
}

int close(int file) {
    const bool counts_here = is(watched, file) && is(written, file);
    set(watched, file, false);
    const int done = real<int (*)(int)>("close")(file);
    return counts_here && strikes(kind_close, EIO) ? -1 : done;
}

}  // extern "C"
