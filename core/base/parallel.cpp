// The number of threads, and parallel_for().
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/thread_pool.hpp>

namespace heed {
namespace {

constexpr int most_threads = 1024;

int threads_from_environment() {
    const char* text = std::getenv("HEED_THREADS");
    if (text == nullptr || *text == '\0') return 1;
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
