// Convolutions without unfolding, shared out to threads by rows of the result or by weights.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/storage.hpp>
#include <heed/core/observe/profiler.hpp>
#include <heed/ops/kernel/conv/conv_direct.hpp>
#include <heed/ops/kernel/conv/conv_tiles.hpp>
#include <heed/ops/kernel/elementwise/chains.hpp>

namespace heed::kernel {
namespace {

constexpr Dim work_of_chunk = 1 << 20;  // multiply-adds

Dim chunk(Dim work) { return std::max<Dim>(1, work_of_chunk / std::max<Dim>(1, work)); }

// x with its padding. Lines are counted over the batch.
class Padded {
public:
    Padded(const Conv& c, const Real* x)
        : c_(c), row_((c.size[1] + 2 * c.padding[1]) * c.in), rows_(c.size[0] + 2 * c.padding[0]), data_(x) {
        if (c.padding[0] == 0 && c.padding[1] == 0) return;
        own_.resize(static_cast<std::size_t>(c.batch * rows_ * row_));
        Real* const to = own_.data();
        data_ = to;
        parallel_blocks(c.batch * rows_, std::max<Dim>(1, 16384 / row_), [&, to](Dim begin, Dim end) {
            const Dim side = c.padding[1] * c.in, width = c.size[1] * c.in;
            for (Dim line = begin; line < end; ++line) {
                const Dim y = line % rows_ - c.padding[0];
                Real* const at = to + line * row_;
                if (y < 0 || y >= c.size[0]) {
                    std::fill_n(at, row_, Real(0));
                    continue;
                }
                std::fill_n(at, side, Real(0));
                std::copy_n(x + (line / rows_ * c.size[0] + y) * width, width, at + side);
                std::fill_n(at + side + width, side, Real(0));
            }
        });
    }
    // What row u of the taps sees from the first position of a line of the result on.
    const Real* seen(Dim line, Dim u) const {
        const Dim image = line / c_.result[0], i = line % c_.result[0];
        return data_ + (image * rows_ + i * c_.stride[0] + u * c_.dilation[0]) * row_;
    }

    Dim rows_apart() const { return c_.dilation[0] * row_; }  // from what a row of taps sees to the next

private:
    const Conv& c_;
    Dim row_, rows_;
    Storage<Real> own_;
    const Real* data_;
};

}  // namespace

bool is_direct(const Conv& c) {
    const Dim side_by_side = c.taps[1] * c.in;
    return c.groups == 1 && c.dilation[1] == 1 && c.out % table<GemmFamily>().lanes == 0 && c.taps[1] > 1 &&
           side_by_side >= 8 && c.taps[0] * side_by_side <= terms_of_chain;
}

void conv_direct(const Conv& c, const Real* x, const Real* w, const Real* bias, Real* y) {
    const Padded image(c, x);
    const Dim lines = c.batch * c.result[0], k = c.taps[1] * c.in, step = c.stride[1] * c.in;
    detail::count_flops(2 * lines * c.result[1] * c.taps[0] * k * c.out);
    parallel_blocks(lines, chunk(c.result[1] * c.taps[0] * k * c.out), [&](Dim begin, Dim end) {
        for (Dim line = begin; line < end; ++line)
            each_tile(c.result[1], c.out, [&](Dim j, Dim column, auto tile) {
                tile({.a = image.seen(line, 0) + j * step,
                      .a_row = step,
                      .a_step = 1,
                      .b = w + column,
                      .b_step = c.out,
                      .k = k,
                      .from = bias == nullptr ? nullptr : bias + column,
                      .ld_from = 0,
                      .to = y + (line * c.result[1] + j) * c.out + column,
                      .ld_to = c.out,
                      .stretches = c.taps[0],
                      .a_stretch = image.rows_apart()});
            });
    });
}

// Each weight's sum is a chain over the positions of some lines; a tree adds the chains.
void conv_direct_backward_w(const Conv& c, const Real* x, const Real* dy, Real* dw) {
    const Padded image(c, x);
    const Dim lines = c.batch * c.result[0], m = c.taps[1] * c.in, size = c.taps[0] * m * c.out;
    detail::count_flops(2 * lines * c.result[1] * size);
    sum_in_chains(
        0, lines, std::max<Dim>(1, terms_of_chain / c.result[1]), size, dw, [&](Dim first, Dim last, Real* sums) {
            if (first == last) std::fill_n(sums, size, Real(0));
            const auto add = [&](Dim u, Dim begin, Dim end, Dim line) {  // to rows begin .. end of a row of taps
                each_tile(end - begin, c.out, [&](Dim i, Dim column, auto tile) {
                    Real* const to = sums + (u * m + begin + i) * c.out + column;
                    tile({.a = image.seen(line, u) + begin + i,
                          .a_row = 1,
                          .a_step = c.stride[1] * c.in,
                          .b = dy + line * c.result[1] * c.out + column,
                          .b_step = c.out,
                          .k = c.result[1],
                          .from = line == first ? nullptr : to,
                          .ld_from = c.out,
                          .to = to,
                          .ld_to = c.out});
                });
            };
            parallel_for(2 * c.taps[0], [&, halves = Split(m, 2)](Dim half) {
                for (Dim line = first; line < last; ++line)
                    add(half / 2, halves.begin(half % 2), halves.end(half % 2), line);
            });
        });
}

}  // namespace heed::kernel
