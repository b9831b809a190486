#pragma once
// Running results along one axis, of sums and products alike.
// Private to heed; not installed.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/real.hpp>

namespace heed::kernel {

// step(index, state) at each element of (outer, n, inner) along n, from the last to the first if `reverse`. The state
// of a slice begins as `first`; it is a double, since every element is asked for, so that sums are chains. A chain
// waits for each of its steps, so several slices are done at once: neighbours on the inner axis, or rows if that has
// one element.
template <class Step>
void running(Dim outer, Dim n, Dim inner, bool reverse, double first, Step step) {
    const bool rows = inner == 1;
    constexpr Dim width = 256, block = 8192;  // slices of a piece at most; elements that are worth a thread
    const Dim slices = rows ? outer : inner, groups = rows ? 1 : outer, most = rows ? 16 : width;
    const Dim pieces = (slices + most - 1) / most, elements = std::max<Dim>(1, n * std::min(most, slices));
    parallel_blocks(groups * pieces, std::max<Dim>(1, block / elements), [=](Dim begin, Dim end) {
        for (Dim piece = begin; piece < end; ++piece) {
            const Dim j = piece % pieces * most, count = std::min(most, slices - j);
            const Dim start = rows ? j * n : piece / pieces * n * inner + j;
            double states[width];
            std::fill_n(states, count, first);
            for (Dim i = 0; i < n; ++i) {
                const Dim at = start + (reverse ? n - 1 - i : i) * inner;
                if (rows)
                    for (Dim k = 0; k < count; ++k) step(at + k * n, states[k]);
                else
                    for (Dim k = 0; k < count; ++k) step(at + k, states[k]);
            }
        }
    });
}

}  // namespace heed::kernel
