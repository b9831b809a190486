#pragma once
// Work split over a pool of threads. Which thread runs a chunk never changes a result: callers derive the chunks from
// shapes, and each chunk writes elements of its own.
#include <algorithm>
#include <heed/core/base/dim.hpp>
#include <heed/core/base/function_ref.hpp>

namespace heed {

// The number of threads that share the work of parallel_for, the caller included: available_cores(), unless
// HEED_THREADS or set_threads sets another number. Throws RangeError if HEED_THREADS is no number from 1 to 1024;
// empty, it counts as unset.
int threads();

// The cores that this process may use, at most 64: those of its affinity mask, no more than its control group's quota
// allows, and of several processes that mpirun or srun started on this host its share.
int available_cores();

// Sets that number. Waits for work that other threads have in progress. Throws RangeError if n is outside 1..1024, or
// when called from inside a chunk.
void set_threads(int n);

// Calls chunk(0), ..., chunk(chunks - 1), each once, and returns when all have ended. Inside a chunk, and while another
// thread uses the pool, the chunks run one after the other on the caller. If chunks throw, the exception of the lowest
// one reaches the caller. For work below about 10 microseconds pass one chunk: waking a thread costs as much.
void parallel_for(Dim chunks, FunctionRef<void(Dim)> chunk);

// Calls range(begin, end) for consecutive blocks of `block` elements that cover 0..n; the last may be shorter.
template <class F>
void parallel_blocks(Dim n, Dim block, F&& range) {
    if (n <= block) {
        if (n > 0) range(Dim{0}, n);
        return;
    }
    parallel_for((n + block - 1) / block, [&](Dim chunk) { range(chunk * block, std::min(n, (chunk + 1) * block)); });
}

}  // namespace heed
