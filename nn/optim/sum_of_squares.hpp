#pragma once
// The sum of squares of arrays.
#include <span>
#include <heed/core/array.hpp>
#include <heed/core/base/row_set.hpp>

namespace heed::nn {

// Over the elements of all arrays, in double, so that gradients that explode do not overflow: by blocks of 65,536
// elements, where each array begins a new block, and a tree over the blocks. So the bits stay the same when several
// machines each have some of the blocks. `rows`, if given, has for each array null or the rows of its first axis that
// may differ from zero: the others are not read, which changes no bit.
double sum_of_squares(std::span<const Array> arrays, std::span<const RowSet* const> rows = {});

// Its parts, for arrays of which several processes have some blocks each: of n elements, one block at most, and of all
// blocks in their order.
inline constexpr Dim squares_block = 65536;
double sum_of_squares(const Real* block, Dim n);
HEED_ABI double sum_of_blocks(std::span<const double> sums);

}  // namespace heed::nn
