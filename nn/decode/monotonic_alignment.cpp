// Monotonic alignment search by dynamic programming.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>
#include <fmt/format.h>
#include <heed/nn/decode/monotonic_alignment.hpp>
#include <heed/ops/mask/lengths.hpp>

namespace heed::nn {
namespace {

constexpr const char* op = "align_monotonic";

// Adds the frames that each of n symbols takes to `durations`, of scores (n, t) in rows that are `stride` apart.
// `moved` is (t, n): whether the best way to symbol i at frame j came from symbol i - 1.
void align(const Real* scores, Dim n, Dim t, Dim stride, std::vector<unsigned char>& moved, Dim* durations) {
    constexpr double never = -std::numeric_limits<double>::infinity();
    std::vector<double> best(static_cast<std::size_t>(n), never);
    moved.assign(static_cast<std::size_t>(n * t), 0);
    for (Dim j = 0; j < t; ++j) {
        for (Dim i = std::min(j, n - 1); i >= 0; --i) {  // downwards: best[i - 1] is still that of frame j - 1
            const auto at = static_cast<std::size_t>(i);
            const double stay = i < j ? best[at] : never, move = i > 0 ? best[at - 1] : never;
            // A symbol can be kept only if it was reached: i < j.
            const bool moves = i > 0 && (i == j || move > stay);
            moved[static_cast<std::size_t>(j * n + i)] = moves;
            best[at] = (moves ? move : j == 0 ? 0 : stay) + static_cast<double>(scores[i * stride + j]);
        }
    }
    for (Dim j = t - 1, i = n - 1; j >= 0; --j) {
        ++durations[i];
        i -= moved[static_cast<std::size_t>(j * n + i)];
    }
}

}  // namespace

Ints align_monotonic(In scores, const Ints& symbols, const Ints& frames) {
    expect(scores.rank() == 3, op, "scores", scores.shape(), "(b, symbols, frames)", scores.at);
    const Dim batch = scores.dim(0), n = scores.dim(1), t = scores.dim(2);
    check_lengths(op, "symbols", symbols, batch, {.unit = "symbols", .most = n, .least = 1}, scores.at);
    check_lengths(op, "frames", frames, batch, {.unit = "frames", .most = t, .least = 1}, scores.at);
    Ints durations(Shape{batch, n}, 0);
    std::vector<unsigned char> moved;
    for (Dim k = 0; k < batch; ++k) {
        require(
            symbols(k) <= frames(k), op,
            [&] {
                return fmt::format("example {} has {} symbols and {} frames; each symbol needs a frame", k, symbols(k),
                                   frames(k));
            },
            scores.at);
        const Real* of = scores.value().storage().data() + k * n * t;
        for (Dim i = 0; i < symbols(k); ++i)
            for (Dim j = 0; j < frames(k); ++j)
                require(
                    of[i * t + j] < std::numeric_limits<Real>::infinity(), op,
                    [&] {
                        return fmt::format("argument 'scores' holds {} at ({}, {}, {}); expected finite values or -inf",
                                           of[i * t + j], k, i, j);
                    },
                    scores.at);
        align(of, symbols(k), frames(k), t, moved, durations.data() + k * n);
    }
    return durations;
}

}  // namespace heed::nn
