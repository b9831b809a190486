// The number of threads, and parallel_for().
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sched.h>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/thread_pool.hpp>

namespace heed {
namespace {

constexpr int most_threads = 1024, most_cores = 64;

int affine_cores() {
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return most_cores;
    return CPU_COUNT(&set);
}

// "200000 100000" in cpu.max: 200 ms of processor time in each 100 ms. "max": as much as there is.
int quota_cores() {
    double quota = 0, period = 0;
    std::ifstream file("/sys/fs/cgroup/cpu.max");
    if (!(file >> quota >> period) || quota <= 0 || period <= 0) return most_cores;
    return static_cast<int>(std::min<double>(most_cores, std::ceil(quota / period)));
}

// Of Open MPI, MPICH and Intel MPI, MVAPICH, and Slurm.
int processes_on_host() {
    for (const char* name :
         {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "MV2_COMM_WORLD_LOCAL_SIZE", "SLURM_NTASKS_PER_NODE"})
        if (const char* text = std::getenv(name)) return std::max(1, std::atoi(text));
    return 1;
}

int threads_from_environment() {
    const char* text = std::getenv("HEED_THREADS");
    if (text == nullptr || *text == '\0') return available_cores();
    int n = 0;
    const char* end = text + std::strlen(text);
    const auto parsed = std::from_chars(text, end, n);
    if (parsed.ec != std::errc() || parsed.ptr != end || n < 1 || n > most_threads)
        throw RangeError(
            fmt::format("HEED_THREADS: '{}'; expected a number of threads from 1 to {}", text, most_threads));
    return n;
}

Pool& pool() {
    static Pool one(threads_from_environment());
    return one;
}

}  // namespace

int available_cores() {
    const int of_host = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
    return std::max(1, std::min({affine_cores(), quota_cores(), of_host / processes_on_host(), most_cores}));
}

int threads() { return pool().size(); }

void set_threads(int n) {
    if (n < 1 || n > most_threads)
        throw RangeError(fmt::format("set_threads: n is {}; expected 1 to {}", n, most_threads));
    if (inside_chunk)
        throw RangeError(
            "set_threads: called from a chunk of parallel_for; expected a call from outside, because threads end here");
    pool().resize(n);
}

void parallel_for(Dim chunks, FunctionRef<void(Dim)> chunk) {
    constexpr Dim most_chunks = 0xffffffff;  // what the ticket counts
    if (chunks > 1 && chunks <= most_chunks && !inside_chunk && pool().size() > 1 && pool().run(chunks, chunk)) return;
    for (Dim i = 0; i < chunks; ++i) chunk(i);
}

}  // namespace heed
