# The instruction sets that kernels are compiled for, and the flags of each.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(isas sse2 avx2 avx512)
  set(isa_flags_sse2 -msse2)
  set(isa_flags_avx2 -mavx2 -mfma)
  set(isa_flags_avx512 -mavx512f -mavx512cd -mavx512dq -mavx512bw -mavx512vl -mavx2 -mfma -mprefer-vector-width=512
    "$<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized;-Wno-maybe-uninitialized>")  # g++ 12 warns of its own _mm512_undefined_pd (GCC bug 105593)
  # What some machines of the widest set have beyond it: products of bfloat16, of floats alone.
  set(isa_bfloat16 avx512bf16)
  set(isa_flags_avx512bf16 ${isa_flags_avx512} -mavx512bf16)
  if(HEED_NARROW)
    set(isas sse2)
    unset(isa_bfloat16)
  endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(isas neon64)
else()
  message(FATAL_ERROR "heed's kernels need x86-64 or AArch64, not ${CMAKE_SYSTEM_PROCESSOR}")
endif()
