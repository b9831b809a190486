#pragma once
// The system calls that heed's files go through, in one table: tests put in others to make the n-th call fail.
#include <cstddef>
#include <sys/types.h>

namespace heed::io {

// Each as in POSIX: -1 and errno on failure.
struct SystemCalls {
    int (*open)(const char* path, int flags, ::mode_t mode);
    ::ssize_t (*pread)(int file, void* to, std::size_t size, ::off_t offset);
    ::ssize_t (*write)(int file, const void* from, std::size_t size);
    int (*fsync)(int file);
    int (*rename)(const char* from, const char* to);
    int (*close)(int file);
};

const SystemCalls& system_calls();

// Replaces the table, for all threads, while it is alive. `calls` must outlive it.
class ReplaceSystemCalls {
public:
    explicit ReplaceSystemCalls(const SystemCalls& calls);
    ~ReplaceSystemCalls();
    ReplaceSystemCalls(const ReplaceSystemCalls&) = delete;
    ReplaceSystemCalls& operator=(const ReplaceSystemCalls&) = delete;

private:
    const SystemCalls* before_;
};

}  // namespace heed::io
