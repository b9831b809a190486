#pragma once
// A plain read of memory at full speed: the baseline for algorithms that are bound by memory.
#include <heed/core/real.hpp>

namespace heed::bench {

// The sum of x's bytes, 64 at a time and in four chains.
using Line [[gnu::vector_size(64), gnu::may_alias]] = long long;
[[gnu::target_clones("avx512f", "avx2", "default")]] static long long read_lines(const Real* x, Dim n) {
    const Line* at = reinterpret_cast<const Line*>(x);
    Line s0{}, s1{}, s2{}, s3{};
    for (const Line* end = at + n * static_cast<Dim>(sizeof(Real)) / static_cast<Dim>(4 * sizeof(Line)) * 4; at < end;
         at += 4) {
        s0 += at[0];
        s1 += at[1];
        s2 += at[2];
        s3 += at[3];
    }
    return (s0 + s1 + s2 + s3)[0];
}
inline volatile long long seen;
static inline void read_memory(const Real* x, Dim n) { seen = read_lines(x, n); }

}  // namespace heed::bench
