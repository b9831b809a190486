// Convolutions: unfolding, and the products.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/kernel/conv/conv.hpp>
#include <heed/ops/kernel/conv/conv_direct.hpp>
#include <heed/ops/kernel/conv/winograd.hpp>
#include <heed/ops/kernel/elementwise/chains.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>
#include <heed/ops/kernel/gemm/gemm.hpp>
#include <heed/ops/kernel/gemm/gemm_table.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>

namespace heed::kernel {
namespace {

Dim positions(const Conv& c) { return c.result[0] * c.result[1]; }
Dim taps(const Conv& c) { return c.taps[0] * c.taps[1]; }
Dim group_in(const Conv& c) { return c.in / c.groups; }
Dim group_out(const Conv& c) { return c.out / c.groups; }
bool depthwise(const Conv& c) { return c.groups > 1 && c.in == c.groups && c.out == c.groups; }

// Is row i of x row i of the unfolded matrix?
bool pointwise(const Conv& c) {
    return taps(c) == 1 && c.stride[0] == 1 && c.stride[1] == 1 && c.padding[0] == 0 && c.padding[1] == 0 &&
           c.size[0] == c.result[0] && c.size[1] == c.result[1];
}

Dim rows_of_block(const Conv& c) {
    return std::clamp(Dim{65536} / (taps(c) * group_in(c)), Dim{64}, Dim{4096});
}  // 256 KiB of floats

Real* columns_of_thread(Dim n) {
    thread_local Workspace space;
    return space.get(n);
}

// Calls f(tap, at) for every tap of the output position `row`, counted over the batch: `at` is where x (or dx) has the
// input position below that tap, or -1 if it is outside the image.
template <class F>
void each_tap(const Conv& c, Dim row, F&& f) {
    const Dim image = row / positions(c), i = row % positions(c) / c.result[1], j = row % c.result[1];
    Dim tap = 0;
    for (Dim u = 0; u < c.taps[0]; ++u)
        for (Dim v = 0; v < c.taps[1]; ++v, ++tap) {
            const Dim y = i * c.stride[0] - c.padding[0] + u * c.dilation[0],
                      x = j * c.stride[1] - c.padding[1] + v * c.dilation[1];
            const bool inside = 0 <= y && y < c.size[0] && 0 <= x && x < c.size[1];
            f(tap, inside ? ((image * c.size[0] + y) * c.size[1] + x) * c.in : Dim{-1});
        }
}

// Calls f(row, first tap, taps, at) for the taps of the output positions begin .. end, those together that lie side by
// side in x: `at` is where x has the first of them, or -1 if they are outside the image.
template <class F>
void each_stretch(const Conv& c, Dim begin, Dim end, F&& f) {
    const Dim wide = c.groups == 1 && c.dilation[1] == 1 ? c.taps[1] : 1;
    Dim image = begin / positions(c), i = begin % positions(c) / c.result[1], j = begin % c.result[1];
    for (Dim row = begin; row < end; ++row) {
        for (Dim u = 0; u < c.taps[0]; ++u)
            for (Dim v = 0; v < c.taps[1]; v += wide) {
                const Dim y = i * c.stride[0] - c.padding[0] + u * c.dilation[0],
                          x = j * c.stride[1] - c.padding[1] + v * c.dilation[1], tap = u * c.taps[1] + v;
                const bool inside = 0 <= y && y < c.size[0];
                const Dim left = inside ? std::clamp(-x, Dim{0}, wide) : wide,
                          right = std::clamp(c.size[1] - x, left, wide);
                if (left > 0) f(row, tap, left, Dim{-1});
                if (left < right)
                    f(row, tap + left, right - left, ((image * c.size[0] + y) * c.size[1] + x + left) * c.in);
                if (right < wide) f(row, tap + right, wide - right, Dim{-1});
            }
        if (++j < c.result[1]) continue;
        j = 0;
        if (++i == c.result[0]) i = 0, ++image;
    }
}

// Rows (taps, in / groups) of what the output positions begin .. end see of a group.
void unfold(const Conv& c, const Real* x, Dim group, Dim begin, Dim end, Real* columns) {
    const Dim n = group_in(c), wide = taps(c) * n;
    each_stretch(c, begin, end, [&](Dim row, Dim tap, Dim count, Dim at) {
        Real* const to = columns + (row - begin) * wide + tap * n;
        if (at < 0) std::fill_n(to, count * n, Real(0));
        else std::copy_n(x + at + group * n, count * n, to);
    });
}

void fold(const Conv& c, const Real* columns, Dim group, Dim begin, Dim end, Real* dx) {
    const Dim n = group_in(c), wide = taps(c) * n;
    each_stretch(c, begin, end, [&](Dim row, Dim tap, Dim count, Dim at) {
        if (at >= 0) add_to(count * n, columns + (row - begin) * wide + tap * n, dx + at + group * n);
    });
}

}  // namespace

void conv(const Conv& c, const Real* x, const Real* w, const Real* bias, Real* y) {
    if (is_winograd(c)) return conv_winograd(c, x, w, bias, y);
    if (is_direct(c)) return conv_direct(c, x, w, bias, y);
    const Dim rows = c.batch * positions(c), wide = taps(c) * group_in(c);
    const auto product = [&](const Real* columns, Dim stride, Dim group, Dim begin, Dim end) {
        const Dim first = group * group_out(c);
        Gemm g = product_of(end - begin, group_out(c), wide, {columns, stride}, {w + first, c.out},
                            y + begin * c.out + first, c.out);
        g.bias = bias ? bias + first : nullptr;
        gemm(g);
    };
    if (pointwise(c) && !depthwise(c)) {
        for (Dim group = 0; group < c.groups; ++group) product(x + group * group_in(c), c.in, group, 0, rows);
        return;
    }
    parallel_blocks(rows, rows_of_block(c), [&](Dim begin, Dim end) {
        if (depthwise(c)) {
            for (Dim row = begin; row < end; ++row) {
                Real* to = y + row * c.out;
                if (bias) std::copy_n(bias, c.out, to);
                else std::fill_n(to, c.out, Real(0));
                each_tap(c, row, [&](Dim tap, Dim at) {
                    if (at >= 0) mul_add(c.in, x + at, w + tap * c.out, to);
                });
            }
            return;
        }
        Real* columns = columns_of_thread((end - begin) * wide);
        for (Dim group = 0; group < c.groups; ++group) {
            unfold(c, x, group, begin, end, columns);
            product(columns, wide, group, begin, end);
        }
    });
}

// With steps of one, the gradient of x is the convolution of dy with the taps in the opposite order, their inputs and
// outputs exchanged.
Conv flipped(const Conv& c) {
    Conv f = c;
    std::swap(f.in, f.out);
    for (std::size_t i = 0; i < 2; ++i) {
        std::swap(f.size[i], f.result[i]);
        f.padding[i] = c.dilation[i] * (c.taps[i] - 1) - c.padding[i];
    }
    return f;
}

void conv_backward_x(const Conv& c, const Real* w, const Real* dy, Real* dx) {
    const bool by_ones = c.stride[0] == 1 && c.stride[1] == 1 && c.groups == 1;
    if (const Conv f = flipped(c);
        by_ones && f.padding[0] >= 0 && f.padding[1] >= 0 && (is_winograd(f) || is_direct(f))) {
        Real* const turned = columns_of_thread(taps(c) * c.in * c.out);
        for (Dim tap = 0; tap < taps(c); ++tap)
            table<GemmFamily>().pack_transposed(w + (taps(c) - 1 - tap) * c.in * c.out, c.out, c.out, c.in,
                                                turned + tap * c.in * c.out, c.in);
        return conv(f, dy, turned, nullptr, dx);
    }
    const Dim wide = taps(c) * group_in(c), image = c.size[0] * c.size[1] * c.in;
    const auto product = [&](Dim group, Dim begin, Dim end, Real* to, Dim stride) {  // dy w^T
        const Dim n = group_out(c);
        gemm(product_of(end - begin, wide, n, {dy + begin * c.out + group * n, c.out}, {w + group * n, c.out, true}, to,
                        stride));
    };
    if (pointwise(c) && !depthwise(c)) {
        for (Dim group = 0; group < c.groups; ++group)
            product(group, 0, c.batch * positions(c), dx + group * group_in(c), c.in);
        return;
    }
    parallel_for(c.batch, [&](Dim i) {  // positions of one image share inputs
        std::fill_n(dx + i * image, image, Real(0));
        for (Dim begin = i * positions(c), last = begin + positions(c); begin < last; begin += rows_of_block(c)) {
            const Dim end = std::min(last, begin + rows_of_block(c));
            if (depthwise(c)) {
                for (Dim row = begin; row < end; ++row)
                    each_tap(c, row, [&](Dim tap, Dim at) {
                        if (at >= 0) mul_add(c.in, dy + row * c.out, w + tap * c.out, dx + at);
                    });
                continue;
            }
            Real* columns = columns_of_thread((end - begin) * wide);
            for (Dim group = 0; group < c.groups; ++group) {
                product(group, begin, end, columns, wide);
                fold(c, columns, group, begin, end, dx);
            }
        }
    });
}

// Blocks are added one after the other, in chains, so that threads change no bit; the product of each is shared out.
void conv_backward_w(const Conv& c, const Real* x, const Real* dy, Real* dw) {
    if (is_winograd(c)) return conv_winograd_backward_w(c, x, dy, dw);
    if (is_direct(c)) return conv_direct_backward_w(c, x, dy, dw);
    const Dim rows = c.batch * positions(c), wide = taps(c) * group_in(c), block = depthwise(c) ? 1 : rows_of_block(c);
    const auto add_block = [&](Dim begin, Dim end, Real* sums) {
        if (depthwise(c)) {
            return each_tap(c, begin, [&](Dim tap, Dim at) {
                if (at >= 0) mul_add(c.in, x + at, dy + begin * c.out, sums + tap * c.out);
            });
        }
        for (Dim group = 0; group < c.groups; ++group) {
            const Real* columns = x + begin * c.in + group * group_in(c);
            if (!pointwise(c)) {
                Real* const unfolded = columns_of_thread((end - begin) * wide);
                parallel_blocks(end - begin, 256, [&](Dim first, Dim last) {
                    unfold(c, x, group, begin + first, begin + last, unfolded + first * wide);
                });
                columns = unfolded;
            }
            const Dim n = group_out(c);  // columns^T dy
            Gemm g = product_of(wide, n, end - begin, {columns, pointwise(c) ? c.in : wide, true},
                                {dy + begin * c.out + group * n, c.out}, sums + group * n, c.out);
            g.accumulate = true;
            gemm(g);
        }
    };
    sum_in_chains(0, rows, depthwise(c) ? terms_of_chain : blocks_of_chain * block, wide * c.out, dw,
                  [&](Dim first, Dim last, Real* sums) {
                      std::fill_n(sums, wide * c.out, Real(0));
                      for (Dim begin = first; begin < last; begin += block)
                          add_block(begin, std::min(last, begin + block), sums);
                  });
}

}  // namespace heed::kernel
