#pragma once
// Numbers that move along with rows which a search keeps or drops.
#include <heed/core/array.hpp>

namespace heed::nn {

// x(rows(0)), x(rows(1)), ... of x (n).
inline Ints rows_of(const Ints& x, const Ints& rows) {
    Ints y = Ints::from_shape({count(rows)});
    for (Dim i = 0; i < count(rows); ++i) y(i) = x(rows(i));
    return y;
}

}  // namespace heed::nn
