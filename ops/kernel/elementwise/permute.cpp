// Moving elements: strided copies, rows gathered and added.
#include <algorithm>
#include <cstring>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/storage.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/elementwise/by_row.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed::kernel {
namespace {

constexpr Dim block = 16384;  // elements that are worth a thread
constexpr Dim square = 16;    // a transpose goes by squares, so that each cache line is read and written once

// The axes of a copy: those of size 1 dropped, neighbours that both sides walk evenly merged, in the order of dst.
struct Walk {
    Dim rank = 0;
    Dim size[Shape::max_rank], from[Shape::max_rank], to[Shape::max_rank];

    void add(Dim n, Dim stride_from, Dim stride_to) {
        if (n == 1) return;
        const Dim last = rank - 1;
        if (rank > 0 && from[last] == stride_from * n && to[last] == stride_to * n) {
            size[last] *= n;
        } else {
            size[rank] = n;
            ++rank;
        }
        from[rank - 1] = stride_from;
        to[rank - 1] = stride_to;
    }

    void swap_axes(Dim a, Dim b) {
        std::swap(size[a], size[b]);
        std::swap(from[a], from[b]);
        std::swap(to[a], to[b]);
    }
};

template <bool add>
void put(Real& to, Real value) {
    if constexpr (add) to += value;
    else to = value;
}

// As many elements as the registers of every processor hold.
using Lanes [[gnu::vector_size(16)]] = Real;
constexpr Dim lanes = static_cast<Dim>(sizeof(Lanes) / sizeof(Real));

// dst (lanes, lanes) = the transpose of src; their rows are dm and sn apart.
template <class V>
void transpose_lanes(const Real* src, Dim sn, Real* dst, Dim dm) {
    V row[lanes];
    for (Dim j = 0; j < lanes; ++j) std::memcpy(&row[j], src + j * sn, sizeof(V));
    const auto put_row = [=](Dim i, V column) { std::memcpy(dst + i * dm, &column, sizeof(V)); };
    if constexpr (sizeof(V) / sizeof(Real) == 4) {
        const V low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5),
                low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5),
                high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7),
                high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
        put_row(0, __builtin_shufflevector(low01, low23, 0, 1, 4, 5));
        put_row(1, __builtin_shufflevector(low01, low23, 2, 3, 6, 7));
        put_row(2, __builtin_shufflevector(high01, high23, 0, 1, 4, 5));
        put_row(3, __builtin_shufflevector(high01, high23, 2, 3, 6, 7));
    } else {
        put_row(0, __builtin_shufflevector(row[0], row[1], 0, 2));
        put_row(1, __builtin_shufflevector(row[0], row[1], 1, 3));
    }
}

// Rows begin .. end of the plane of the two innermost axes.
template <bool add>
void plane(const Walk& w, const Real* src, Real* dst, Dim begin, Dim end) {
    const Dim inner = w.rank - 1, outer = std::max(Dim{0}, w.rank - 2);
    const Dim n = w.size[inner], sn = w.from[inner], dn = w.to[inner], sm = w.from[outer], dm = w.to[outer];
    if (sn == 1 && dn == 1) {
        for (Dim i = begin; i < end; ++i) {
            if (add) add_to(n, src + i * sm, dst + i * dm);
            else std::memcpy(dst + i * dm, src + i * sm, static_cast<std::size_t>(n) * sizeof(Real));
        }
        return;
    }
    if (sn == -1 && dn == 1 && !add) {
        for (Dim i = begin; i < end; ++i) std::reverse_copy(src + i * sm - (n - 1), src + i * sm + 1, dst + i * dm);
        return;
    }
    for (Dim i0 = begin; i0 < end; i0 += square) {
        const Dim i1 = std::min(end, i0 + square);
        for (Dim j0 = 0; j0 < n; j0 += square) {
            const Dim j1 = std::min(n, j0 + square);
            if (!add && sm == 1 && dn == 1 && i1 - i0 == square && j1 - j0 == square) {
                for (Dim i = i0; i < i1; i += lanes)
                    for (Dim j = j0; j < j1; j += lanes)
                        transpose_lanes<Lanes>(src + i + j * sn, sn, dst + i * dm + j, dm);
                continue;
            }
            for (Dim i = i0; i < i1; ++i)
                for (Dim j = j0; j < j1; ++j) put<add>(dst[i * dm + j * dn], src[i * sm + j * sn]);
        }
    }
}

// Threads share the planes, and the squares' rows of large ones.
template <bool add>
void run(const Walk& w, const Real* src, Real* dst) {
    Dim planes = 1;
    for (Dim axis = 0; axis < w.rank - 2; ++axis) planes *= w.size[axis];
    const Dim m = w.rank < 2 ? 1 : w.size[w.rank - 2], n = w.size[w.rank - 1];
    const Dim share = (std::max(Dim{1}, block / n) + square - 1) / square * square;
    const Dim parts = (m + share - 1) / share;
    parallel_blocks(planes * parts, std::max(Dim{1}, block / (std::min(m, share) * n)), [&](Dim begin, Dim end) {
        for (Dim p = begin; p < end; ++p) {
            Dim rest = p / parts, from = 0, to = 0;
            for (Dim axis = w.rank - 3; axis >= 0; --axis) {
                from += rest % w.size[axis] * w.from[axis];
                to += rest % w.size[axis] * w.to[axis];
                rest /= w.size[axis];
            }
            const Dim row = p % parts * share;
            plane<add>(w, src + from, dst + to, row, std::min(m, row + share));
        }
    });
}

template <bool add>
void strided(const Shape& shape, const Real* src, const Dim* src_strides, Real* dst, const Dim* dst_strides) {
    if (shape.count() == 0) return;
    Walk w;
    for (std::size_t i = 0; i < shape.size(); ++i) w.add(shape[i], src_strides[i], dst_strides[i]);
    if (w.rank == 0) {
        w.size[0] = w.from[0] = w.to[0] = 1;
        w.rank = 1;
    }
    // A transpose: the axis that src walks by 1 comes into the plane with the one that dst walks by 1.
    if (w.rank > 2 && w.from[w.rank - 1] != 1)
        for (Dim axis = 0; axis < w.rank - 2; ++axis)
            if (w.from[axis] == 1) w.swap_axes(axis, w.rank - 2);
    run<add>(w, src, dst);
}

}  // namespace

void copy_strided(const Shape& shape, const Real* src, const Dim* src_strides, Real* dst, const Dim* dst_strides) {
    strided<false>(shape, src, src_strides, dst, dst_strides);
}

void add_strided(const Shape& shape, const Real* src, const Dim* src_strides, Real* dst, const Dim* dst_strides) {
    strided<true>(shape, src, src_strides, dst, dst_strides);
}

void permute(const Shape& in, const Dim* axes, const Real* x, Real* y) {
    Dim strides[Shape::max_rank], from[Shape::max_rank], to[Shape::max_rank];
    Shape out(in.size());
    Dim stride = 1;
    for (std::size_t i = in.size(); i-- > 0; stride *= in[i]) strides[i] = stride;
    stride = 1;
    for (std::size_t i = in.size(); i-- > 0; stride *= out[i]) {
        out[i] = in[static_cast<std::size_t>(axes[i])];
        from[i] = strides[axes[i]];
        to[i] = stride;
    }
    copy_strided(out, x, from, y, to);
}

void take_rows(const Real* rows, const std::int64_t* ids, Dim n, Dim width, Real* y) {
    const std::size_t bytes = static_cast<std::size_t>(width) * sizeof(Real);
    parallel_blocks(n, std::max(Dim{1}, block / std::max(Dim{1}, width)), [&](Dim begin, Dim end) {
        if (width == 1)
            for (Dim i = begin; i < end; ++i) y[i] = rows[ids[i]];
        else
            for (Dim i = begin; i < end; ++i) std::memcpy(y + i * width, rows + ids[i] * width, bytes);
    });
}

void add_rows(const Real* x, const std::int64_t* ids, Dim n, Dim width, Real* rows, Dim m) {
    add_rows(x, ids, n, width, rows, m, ByRow(ids, n, m, longest_chain));
}

void add_rows(const Real* x, const std::int64_t* ids, Dim n, Dim width, Real* rows, Dim m, const ByRow& by) {
    const Dim *const order = by.order.data(), *const ends = by.ends.data();
    if (width == 1 && !order) {
        for (Dim i = 0; i < n; ++i) rows[ids[i]] += x[i];
        return;
    }
    // Rows may repeat, so threads share the columns.
    const Dim share = n * width <= block ? width : std::max(Dim{64}, (width / 8 + 15) / 16 * 16);
    parallel_blocks(width, share, [&](Dim begin, Dim end) {
        const auto add = [=](Dim i, Dim first, Dim columns, Real* to) {
            const Real* from = x + i * width + begin + first;
            for (Dim j = 0; j < columns; ++j) to[j] += from[j];
        };
        if (!order)
            for (Dim i = 0; i < n; ++i) add(i, 0, end - begin, rows + ids[i] * width + begin);
        else
            for (Dim r = 0, start = 0; r < m; start = ends[r++])
                add_many(
                    ends[r] - start, end - begin,
                    [=](Dim i, Dim first, Dim columns, Real* to) { add(order[start + i], first, columns, to); },
                    rows + r * width + begin);
    });
}

}  // namespace heed::kernel
