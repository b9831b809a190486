#pragma once
// How rows and vectors are shared out to tiles, panels and threads.
// Private to heed; not installed.
#include <algorithm>
#include <heed/core/base/dim.hpp>

namespace heed::kernel {

inline Dim ceil_div(Dim a, Dim b) { return (a + b - 1) / b; }

// n in `parts` pieces, at least one, whose sizes differ by one at most.
struct Split {
    Dim parts, size, longer;  // the first `longer` pieces have one more
    Split(Dim n, Dim parts) : parts(parts), size(n / parts), longer(n % parts) {}
    Dim begin(Dim i) const { return size * i + std::min(i, longer); }
    Dim length(Dim i) const { return size + (i < longer ? 1 : 0); }
    Dim end(Dim i) const { return begin(i + 1); }
};

// The vectors of n columns, shared out to panels of tiles: wider ones first, so that neighbours alone, as a block has
// them, are shared out in the same way.
inline Split panels_of(Dim n, Dim lanes, Dim widest) {
    return {ceil_div(n, lanes), std::max(Dim{1}, ceil_div(n, widest * lanes))};
}

}  // namespace heed::kernel
