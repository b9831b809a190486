// The table of system calls in use.
#include <atomic>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <heed/core/io/system.hpp>

namespace heed::io {
namespace {
constexpr SystemCalls real_calls = {
    .open = [](const char* path, int flags, ::mode_t mode) { return ::open(path, flags, mode); },
    .pread = [](int file, void* to, std::size_t size, ::off_t offset) { return ::pread(file, to, size, offset); },
    .write = [](int file, const void* from, std::size_t size) { return ::write(file, from, size); },
    .fsync = [](int file) { return ::fsync(file); },
    .rename = [](const char* from, const char* to) { return ::rename(from, to); },
    .close = [](int file) { return ::close(file); },
};
constinit std::atomic<const SystemCalls*> current = &real_calls;
}  // namespace

const SystemCalls& system_calls() { return *current.load(); }

ReplaceSystemCalls::ReplaceSystemCalls(const SystemCalls& calls) : before_(current.exchange(&calls)) {}
ReplaceSystemCalls::~ReplaceSystemCalls() { current.store(before_); }

}  // namespace heed::io
