#pragma once
// The instruction set that the kernels use, chosen once, when the first kernel runs.

namespace heed::kernel {

enum class Isa { sse2, avx2, avx512, neon64 };

const char* name(Isa isa);  // "avx2"

// True if this machine (and its operating system) can run the kernels of that set. avx2 includes fma; avx512 means
// f, cd, dq, bw and vl.
bool supported(Isa isa);

// The best supported set, or the one that HEED_ISA=sse2|avx2|avx512 asks for. Throws RangeError if HEED_ISA names
// none, or one that this machine cannot run.
Isa isa();

}  // namespace heed::kernel
