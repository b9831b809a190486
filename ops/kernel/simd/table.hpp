#pragma once
// How a kernel family reaches the code of the chosen instruction set. A family is a struct of function pointers (marked
// HEED_ABI); its <family>_isa.cpp is compiled once per set with HEED_ISA_NS=sse2|avx2|avx512 (neon64 on AArch64) and
// defines heed::kernel::HEED_ISA_NS::fill(Family&). Such a file keeps its helpers in anonymous namespaces and uses no
// containers of the standard library: a weak symbol compiled for AVX-512 could be the one that an old machine runs.
// Private to heed; not installed.
#include <heed/core/base/isa.hpp>
#include <heed/core/real.hpp>

#if defined(__x86_64__) && defined(HEED_NARROW)
#define HEED_KERNEL_FAMILY(Family) \
    namespace sse2 {               \
    void fill(Family& family);     \
    }                              \
    inline void fill_for(Isa, Family& family) { sse2::fill(family); }
#elif defined(__x86_64__)
#define HEED_KERNEL_FAMILY(Family)                     \
    namespace sse2 {                                   \
    void fill(Family& family);                         \
    }                                                  \
    namespace avx2 {                                   \
    void fill(Family& family);                         \
    }                                                  \
    namespace avx512 {                                 \
    void fill(Family& family);                         \
    }                                                  \
    inline void fill_for(Isa isa, Family& family) {    \
        if (isa == Isa::avx512) avx512::fill(family);  \
        else if (isa == Isa::avx2) avx2::fill(family); \
        else sse2::fill(family);                       \
    }
#else
#define HEED_KERNEL_FAMILY(Family) \
    namespace neon64 {             \
    void fill(Family& family);     \
    }                              \
    inline void fill_for(Isa, Family& family) { neon64::fill(family); }
#endif

namespace heed::kernel {

// The family's functions for isa(). Throws what isa() throws.
template <class Family>
const Family& table() {
    static const Family filled = [] {
        Family family;
        fill_for(isa(), family);
        return family;
    }();
    return filled;
}

}  // namespace heed::kernel
