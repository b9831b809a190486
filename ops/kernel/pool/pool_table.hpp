#pragma once
// What each instruction set provides for pool.cpp: one image on one thread.
// Private to heed; not installed.
#include <heed/ops/kernel/pool/pool.hpp>
#include <heed/ops/kernel/simd/table.hpp>

namespace heed::kernel {

struct HEED_ABI WindowRange {  // of the windows that see a row or a column of the image: begin .. end - 1
    Dim begin, end;
};

// The ranges of each row of the image, and of each column.
struct HEED_ABI WindowsOver {
    const WindowRange *rows, *columns;
};

struct HEED_ABI PoolFamily {
    void (*max)(const Windows& w, const Real* x, Real* y, Place* places);
    void (*max_backward)(const Windows& w, const WindowsOver& over, const Place* places, const Real* dy, Real* dx);
    void (*mean)(const Windows& w, const Real* x, Real* y);
    void (*mean_backward)(const Windows& w, const WindowsOver& over, const Real* dy, Real* dx);
};
HEED_KERNEL_FAMILY(PoolFamily)

}  // namespace heed::kernel
