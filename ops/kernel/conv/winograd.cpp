// Convolutions by Winograd's minimal filters, shared out to threads by lines of tiles or by parts of the weights.
#include <algorithm>
#include <heed/core/base/parallel.hpp>
#include <heed/core/base/storage.hpp>
#include <heed/core/observe/profiler.hpp>
#include <heed/ops/kernel/conv/conv_tiles.hpp>
#include <heed/ops/kernel/conv/winograd.hpp>
#include <heed/ops/kernel/conv/winograd_table.hpp>
#include <heed/ops/kernel/elementwise/chains.hpp>
#include <heed/ops/kernel/simd/workspace.hpp>

namespace heed::kernel {
namespace {

constexpr Dim apart = 16;  // elements between matrices, whose rows would else lie at the same place of a cache

Dim in_vectors(Dim n) {
    const Dim lanes = table<WinogradFamily>().lanes;
    return ceil_div(n, lanes) * lanes;
}

Real* space_of_thread(Dim n) {
    thread_local Workspace space;
    return space.get(n);
}

// Two rows of an image that one of the four rows of a transformed tile adds, or subtracts.
struct Rows {
    Dim p, q;
    int sign;
};
constexpr Rows rows_of_inputs[] = {{0, 2, -1}, {1, 2, 1}, {2, 1, -1}, {1, 3, -1}};      // B^T
constexpr Rows rows_of_gradients[] = {{0, -1, 1}, {0, 1, 1}, {0, 1, -1}, {-1, 1, -1}};  // A; -1 is a row of zeros

// The tiles of a convolution in lines: those of two rows of results. Lines are counted over the batch.
class Lines {
public:
    explicit Lines(const Conv& c)
        : c_(c), of_image_(ceil_div(c.result[0], 2)),
          zeros_(static_cast<std::size_t>(std::max(c.size[1] * c.in, c.result[1] * c.out)), Real(0)) {}
    Dim count() const { return c_.batch * of_image_; }
    Dim tiles() const { return ceil_div(c_.result[1], 2); }
    Dim image(Dim line) const { return line / of_image_; }
    Dim row(Dim line) const { return 2 * (line % of_image_); }  // of the results

    // Row `i` of what the tiles of the lines begin .. end see of x, from a channel on: four matrices of rows `ld`.
    void inputs(const Real* x, Dim channel, Dim wanted, Dim begin, Dim end, int i, Real* to, Dim matrix, Dim ld) const {
        const Rows rows = rows_of_inputs[i];
        each(begin, end, to, ld, [&](Dim line, Real* at) {
            const auto seen = [&](Dim k) {
                return row_of(x, c_.size[0], c_.size[1] * c_.in, image(line), row(line) - c_.padding[0] + k) + channel;
            };
            table<WinogradFamily>().inputs({seen(rows.p), seen(rows.q), static_cast<Real>(rows.sign), c_.size[1], c_.in,
                                            wanted, -c_.padding[1], tiles(), at, matrix, ld});
        });
    }
    // The same of the results' gradients.
    void gradients(const Real* dy, Dim begin, Dim end, int i, Real* to, Dim matrix, Dim ld) const {
        const Rows rows = rows_of_gradients[i];
        each(begin, end, to, ld, [&](Dim line, Real* at) {
            const auto made = [&](Dim k) {
                return row_of(dy, c_.result[0], c_.result[1] * c_.out, image(line), k < 0 ? k : row(line) + k);
            };
            table<WinogradFamily>().gradients({made(rows.p), made(rows.q), static_cast<Real>(rows.sign), c_.result[1],
                                               c_.out, c_.out, 0, tiles(), at, matrix, ld});
        });
    }

private:
    const Real* row_of(const Real* x, Dim rows, Dim wide, Dim image, Dim k) const {
        return 0 <= k && k < rows ? x + (image * rows + k) * wide : zeros_.data();
    }
    template <class F>
    void each(Dim begin, Dim end, Real* to, Dim ld, F&& f) const {
        for (Dim line = begin; line < end; ++line) f(line, to + (line - begin) * tiles() * ld);
    }

    const Conv& c_;
    Dim of_image_;
    Storage<Real> zeros_;
};

// So many lines that what stands between the transforms stays in the second-level cache.
Dim lines_of_block(const Lines& lines, Dim channels) {
    return std::max<Dim>(1, std::clamp<Dim>(2048 / channels, 24, 128) / lines.tiles());
}

}  // namespace

bool is_winograd(const Conv& c) {
    for (std::size_t i = 0; i < 2; ++i)
        if (c.taps[i] != 3 || c.stride[i] != 1 || c.dilation[i] != 1) return false;
    const Dim tiles = ceil_div(c.result[0], 2) * ceil_div(c.result[1], 2);
    return c.groups == 1 && std::min(c.in, c.out) >= 8 && c.in * c.out >= 192 &&
           std::max(c.in, c.out) <= terms_of_chain && tiles >= 9 && 16 * tiles <= 6 * c.result[0] * c.result[1];
}

void conv_winograd(const Conv& c, const Real* x, const Real* w, const Real* bias, Real* y) {
    const WinogradFamily& isa = table<WinogradFamily>();
    const Lines lines(c);
    const Dim in = in_vectors(c.in), out = in_vectors(c.out), of_weights = c.in * out;
    detail::count_flops(2 * 16 * lines.count() * lines.tiles() * c.in * c.out);
    Storage<Real> weights(static_cast<std::size_t>(16 * of_weights));
    parallel_blocks(c.in, std::max<Dim>(1, 16384 / out),
                    [&](Dim begin, Dim end) { isa.weights(w, c.in, c.out, begin, end, weights.data(), out); });
    parallel_blocks(lines.count(), lines_of_block(lines, out), [&](Dim begin, Dim end) {
        const Dim tiles = (end - begin) * lines.tiles(), of_inputs = tiles * in + apart, of_sums = tiles * out + apart;
        Real *const inputs = space_of_thread(4 * of_inputs + 16 * of_sums), *const sums = inputs + 4 * of_inputs;
        for (int i = 0; i < 4; ++i) {
            lines.inputs(x, 0, c.in, begin, end, i, inputs, of_inputs, in);
            for (Dim j = 0; j < 4; ++j)
                each_tile(tiles, out, [&, n = 4 * i + j](Dim tile, Dim column, auto kernel) {
                    kernel({.a = inputs + j * of_inputs + tile * in,
                            .a_row = in,
                            .a_step = 1,
                            .b = weights.data() + n * of_weights + column,
                            .b_step = out,
                            .k = c.in,
                            .from = nullptr,
                            .ld_from = 0,
                            .to = sums + n * of_sums + tile * out + column,
                            .ld_to = out});
                });
        }
        for (Dim line = begin; line < end; ++line) {
            const Dim row = lines.row(line), wide = c.result[1] * c.out;
            Real* const upper = y + (lines.image(line) * c.result[0] + row) * wide;
            isa.results({sums + (line - begin) * lines.tiles() * out, of_sums, out, lines.tiles(), bias, upper,
                         row + 1 < c.result[0] ? upper + wide : nullptr, c.result[1], c.out});
        }
    });
}

// The transformed weights' sums are chains over the tiles; a tree adds the chains.
void conv_winograd_backward_w(const Conv& c, const Real* x, const Real* dy, Real* dw) {
    const WinogradFamily& isa = table<WinogradFamily>();
    const Lines lines(c);
    const Dim out = in_vectors(c.out), of_weights = c.in * out, size = 16 * of_weights;
    detail::count_flops(2 * 16 * lines.count() * lines.tiles() * c.in * c.out);
    const Split parts(c.in, ceil_div(c.in, 32));
    // Adds the terms of some lines to row i of the sums, those of some inputs.
    const auto add = [&](Dim first, Dim last, bool to_zeros, Real* sums, int i, Dim begin_in, Dim count) {
        const Dim in = in_vectors(count), block = lines_of_block(lines, in);
        for (Dim begin = first; begin < last; begin += block, to_zeros = false) {
            const Dim end = std::min(last, begin + block), tiles = (end - begin) * lines.tiles(),
                      of_inputs = tiles * in + apart, of_gradients = tiles * out + apart;
            Real *const inputs = space_of_thread(4 * (of_inputs + of_gradients)), *const gradients =
                                                                                      inputs + 4 * of_inputs;
            lines.inputs(x, begin_in, count, begin, end, i, inputs, of_inputs, in);
            lines.gradients(dy, begin, end, i, gradients, of_gradients, out);
            for (Dim j = 0; j < 4; ++j)
                each_tile(count, out, [&](Dim k, Dim column, auto kernel) {
                    Real* const to = sums + (4 * i + j) * of_weights + (begin_in + k) * out + column;
                    kernel({.a = inputs + j * of_inputs + k,
                            .a_row = 1,
                            .a_step = in,
                            .b = gradients + j * of_gradients + column,
                            .b_step = out,
                            .k = tiles,
                            .from = to_zeros ? nullptr : to,
                            .ld_from = out,
                            .to = to,
                            .ld_to = out});
                });
        }
    };
    // So many lines that x and dy, of which the rows of the sums see the same, stay in the second-level cache.
    const Dim together = std::max<Dim>(1, 65536 / ((c.in + c.out) * 2 * c.result[1]));
    Storage<Real> sums(static_cast<std::size_t>(size));
    sum_in_chains(0, lines.count(), std::max<Dim>(1, terms_of_chain / lines.tiles()), size, sums.data(),
                  [&](Dim first, Dim last, Real* to) {
                      if (first == last) std::fill_n(to, size, Real(0));
                      for (Dim begin = first; begin < last; begin += together)
                          parallel_for(4 * parts.parts, [&](Dim n) {
                              const Dim part = n / 4;
                              add(begin, std::min(last, begin + together), begin == first, to, static_cast<int>(n % 4),
                                  parts.begin(part), parts.length(part));
                          });
                  });
    parallel_blocks(c.in, std::max<Dim>(1, 16384 / out),
                    [&](Dim begin, Dim end) { isa.weights_gradient(sums.data(), out, c.in, c.out, begin, end, dw); });
}

}  // namespace heed::kernel
