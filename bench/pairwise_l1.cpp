// The score -sum |q - k| at T 1024 as a lambda, as a kernel written by hand for the same instruction set, and the
// additive score, each inside attention(), forward and backward: milliseconds of one thread, the least of many rounds
// in turn.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <heed/core/base/random.hpp>
#include <heed/core/tape.hpp>
#include <heed/ops/attention/score.hpp>
#include <heed/ops/ops.hpp>

using namespace heed;
using namespace heed::kernel;
using namespace heed::kernel::HEED_ISA_NS;

namespace {

// Two vectors of keys at a time, so that the additions of one need not wait for each other.
void by_hand(const void*, const ScoreTile& t) {
    for (Dim j = 0; j < t.keys; j += 2 * W)
        for (Dim i = 0; i < t.rows; ++i) {
            const Dim j1 = j + W < t.keys ? j + W : j;
            const Real* q = t.q + i * t.ldq;
            V a(Real(0)), b(Real(0));
            for (Dim d = 0; d < t.width; ++d) {
                a = a - xsimd::abs(V(q[d]) - load(t.k + d * t.ldk + j));
                b = b - xsimd::abs(V(q[d]) - load(t.k + d * t.ldk + j1));
            }
            store(t.s + i * t.lds + j, a);
            store(t.s + i * t.lds + j1, b);
        }
}

// The derivative of the score by q is the sum of -ds sign(q - k), that by k its negative: one of them is computed.
void by_hand_backward(const void*, const ScoreTile& t, const ScoreTileGradients& g) {
    constexpr Dim N = 4, most = 64;
    for (Dim d = 0; d + N <= t.width; d += N) {
        V for_q[most * N];
        for (Dim n = 0; n < t.rows * N; ++n) for_q[n] = V(Real(0));
        for (Dim j = 0; j < t.keys; j += W) {
            V k[N], for_k[N];
            for (Dim n = 0; n < N; ++n) k[n] = load(t.k + (d + n) * t.ldk + j), for_k[n] = V(Real(0));
            for (Dim i = 0; i < t.rows; ++i) {
                const V ds = load(g.ds + i * t.lds + j);
                HEED_UNROLL
                for (Dim n = 0; n < N; ++n) {
                    const V derivative = times_sign(ds, V(t.q[i * t.ldq + d + n]) - k[n]);
                    for_q[i * N + n] = for_q[i * N + n] - derivative;
                    for_k[n] = for_k[n] + derivative;
                }
            }
            for (Dim n = 0; n < N; ++n) {
                Real* dk = g.dk + (d + n) * t.ldk + j;
                store(dk, load(dk) + for_k[n]);
            }
        }
        for (Dim m = 0; m < t.rows * N; m += W) {
            alignas(64) Real sums[W];
            sum_each(for_q + m).store_aligned(sums);
            for (Dim lane = 0; lane < W; ++lane) g.dq[(m + lane) / N * g.ld_dq + d + (m + lane) % N] += sums[lane];
        }
    }
}

Var leaf(std::uint64_t stream) {
    Array x = Array::from_shape({1, 4, 1024, 64});
    const RandomStream random(Key{1234, 0}, stream);
    for (Dim i = 0, n = count(x); i < n; ++i)
        x.data()[i] = static_cast<Real>(random.normal(static_cast<std::uint64_t>(i)));
    return Var::leaf(x);
}

}  // namespace

int main() {
    set_threads(1);
    const ScoreFunctions hand_functions{.name = "by hand",
                                        .isa = isa_name,
                                        .pairwise = by_hand,
                                        .pairwise_backward = by_hand_backward};
    Score hand;
    hand.kind = Score::Kind::pairwise;
    hand.functions = &hand_functions;
    const Score scores[] = {score::pairwise([](auto q, auto k) { return -abs(q - k); }), hand,
                            score::additive(ones({64}))};
    const char* names[] = {"lambda", "by hand", "additive"};
    const Var q = leaf(1), k = leaf(2), v = leaf(3);
    double best[3][2];
    for (auto& of : best) of[0] = of[1] = 1e9;
    for (int round = 0; round < 20; ++round)
        for (std::size_t n = 0; n < 3; ++n) {
            const auto time = [&](std::size_t phase, const auto& work) {
                const std::clock_t start = std::clock();
                work();
                best[n][phase] =
                    std::min(best[n][phase], static_cast<double>(std::clock() - start) * 1e3 / CLOCKS_PER_SEC);
            };
            const AttentionOptions options{.score = scores[n]};
            time(0, [&] { attention(q, k, v, options); });
            time(1, [&] {
                for (const Var* x : {&q, &k, &v}) x->clear_grad();
                Tape tape;
                tape.backward(sum(attention(q, k, v, options)));
            });
        }
    std::printf("%s, B 1, H 4, T 1024, D 64    forward    forward and backward, ms\n", isa_name);
    for (std::size_t n = 0; n < 3; ++n) std::printf("%-28s%10.2f%14.2f\n", names[n], best[n][0], best[n][1]);
    std::printf("lambda / by hand %.2f %.2f; lambda / additive %.2f %.2f\n", best[0][0] / best[1][0],
                best[0][1] / best[1][1], best[0][0] / best[2][0], best[0][1] / best[2][1]);
}
