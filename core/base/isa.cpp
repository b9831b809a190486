// Which instruction sets this machine can run, and the choice of one.
#include <cstdlib>
#include <string>
#include <string_view>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/core/base/isa.hpp>

namespace heed::kernel {
namespace {

constexpr Isa best_first[] = {Isa::avx512, Isa::avx2, Isa::sse2, Isa::neon64};

std::string supported_names() {
    std::string names;
    for (const Isa isa : best_first)
        if (supported(isa)) names += (names.empty() ? "" : ", ") + std::string(name(isa));
    return names;
}

Isa choose() {
    const char* text = std::getenv("HEED_ISA");
    if (text != nullptr && *text == '\0') text = nullptr;
    for (const Isa isa : best_first) {
        if (!supported(isa)) continue;
        if (text == nullptr || std::string_view(text) == name(isa)) return isa;
    }
    for (const Isa isa : best_first)
        if (std::string_view(text) == name(isa))
            throw RangeError(fmt::format(
                "HEED_ISA: this machine cannot run {}; expected one of {}, or no HEED_ISA for the best of them", text,
                supported_names()));
    throw RangeError(
        fmt::format("HEED_ISA: '{}' is no instruction set of heed; expected one of {}", text, supported_names()));
}

}  // namespace

const char* name(Isa isa) {
    switch (isa) {
    case Isa::sse2: return "sse2";
    case Isa::avx2: return "avx2";
    case Isa::avx512: return "avx512";
    case Isa::neon64: return "neon64";
    }
    return "?";
}

bool supported(Isa isa) {
#if defined(HEED_NARROW) && defined(__x86_64__)
    return isa == Isa::sse2;
#elif defined(__x86_64__)
    // xsimd's own detection does not ask the operating system (XGETBV); the compilers' builtin does.
    switch (isa) {
    case Isa::sse2: return true;
    case Isa::avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::avx512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && supported(Isa::avx2);
    case Isa::neon64: return false;
    }
    return false;
#elif defined(__aarch64__)
    return isa == Isa::neon64;
#else
#error "heed's kernels need x86-64 or AArch64"
#endif
}

Isa isa() {
    static const Isa chosen = choose();
    return chosen;
}

}  // namespace heed::kernel
