#pragma once
// Moving elements: axes reordered, strided copies, rows gathered and scattered.
#include <heed/core/base/shape.hpp>
#include <heed/core/real.hpp>

namespace heed::kernel {

// y = x with its axes reordered: axis i of y is axis axes[i] of x. Both contiguous, x of shape `in`.
void permute(const Shape& in, const Dim* axes, const Real* x, Real* y);

// dst = src (or dst += src) for arrays of one shape with a stride for each axis, in elements: slices, pads, and flips
// with negative strides; a stride 0 in src repeats. The elements of dst must be distinct.
void copy_strided(const Shape& shape, const Real* src, const Dim* src_strides, Real* dst, const Dim* dst_strides);
void add_strided(const Shape& shape, const Real* src, const Dim* src_strides, Real* dst, const Dim* dst_strides);

// y (n, width): row i is row ids[i] of the table. The ids must be in range.
void take_rows(const Real* rows, const std::int64_t* ids, Dim n, Dim width, Real* y);

// rows[ids[i]] += x[i] for x (n, width) and rows (m, width). What one row gets is added in the order of i, by a tree if
// it is much.
void add_rows(const Real* x, const std::int64_t* ids, Dim n, Dim width, Real* rows, Dim m);

}  // namespace heed::kernel
