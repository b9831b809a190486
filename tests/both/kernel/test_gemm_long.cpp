// Products whose sums are longer than a chain: the order of their additions, and the accuracy that it gives.
#include <bit>
#include <cmath>
#include <heed/core/base/isa.hpp>
#include <heed/ops/kernel/elementwise/chains.hpp>
#include <heed/tests/both/kernel/gemm_operands.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;
using namespace heed::test;
using kernel::Act;
using kernel::Gemm;

namespace {

Real multiply_add(Real a, Real b, Real sum) {
    const bool fused = kernel::isa() != kernel::Isa::sse2;
    const Real product = a * b;
    return fused ? std::fma(a, b, sum) : product + sum;
}

// The sum of chains first .. last as the definition has it: a tree whose left side is the largest power of two.
template <class Chain>
Real tree(Dim first, Dim last, Chain&& chain) {
    if (last - first == 1) return chain(first);
    const Dim left = first + static_cast<Dim>(std::bit_floor(static_cast<std::uint64_t>(last - first - 1)));
    const Real a = tree(first, left, chain), b = tree(left, last, chain);
    return a + b;
}

Real element(const Operands& o, Dim i, Dim j, Real start) {
    const Gemm& g = o.g;
    return tree(0, std::max(Dim{1}, (g.k + 4095) / 4096), [&](Dim chain) {
        Real sum = chain == 0 ? start : 0;
        for (Dim p = 4096 * chain; p < std::min(g.k, 4096 * (chain + 1)); ++p)
            sum = multiply_add(o.a[at(g.ta ? p * g.lda + i : i * g.lda + p)],
                               o.b[at(g.tb ? j * g.ldb + p : p * g.ldb + j)], sum);
        return sum;
    });
}

}  // namespace

TEST_CASE("gemm: chains begin anew at multiples of 4,096, and are added in a tree (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3})
        for (const Dim k : {0, 1, 4095, 4096, 4097, 8192, 12289, 28685})
            for (const auto& [m, n] : {std::pair<Dim, Dim>{1, 1}, {1, 37}, {3, 16}, {9, 5}, {20, 2}}) {
                Operands o(m, n, k, (form & 2) != 0, (form & 1) != 0);
                o.g.bias = o.bias.data();
                kernel::gemm(o.g);
                INFO("form " << form << " m " << m << " n " << n << " k " << k);
                for (Dim i = 0; i < m; i += m - 1 + (m == 1))
                    for (Dim j = 0; j < n; j += 4) REQUIRE(o.c[at(i * o.g.ldc + j)] == element(o, i, j, o.bias[at(j)]));
            }
}

TEST_CASE("gemm: long sums, without a start and before an epilogue (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3})
        for (const Dim m : {2, 11}) {
            Operands plain(m, 19, 10'000, (form & 2) != 0, (form & 1) != 0, 2);
            REQUIRE(plain.right([&](Dim item, Dim i, Dim j, Exact) { return plain.sum(item, i, j); }));
            for (Dim j = 0; j < 19; ++j) REQUIRE(plain.c[at(j)] == element(plain, 0, j, 0));
            Operands o(m, 19, 10'000, (form & 2) != 0, (form & 1) != 0, 2);
            o.g.act = Act::relu;
            o.g.alpha = Real(0.125);
            o.g.bias = o.bias.data();
            o.g.residual = o.residual.data();
            o.g.accumulate = true;
            REQUIRE(o.right([&](Dim item, Dim i, Dim j, Exact old) {
                const Exact x = o.sum(item, i, j) * 0.125L + o.bias[at(j)];
                return (x > 0 ? x : 0) + o.residual[at(item * o.g.stride_c + i * o.g.ldc + j)] + old;
            }));
        }
}

TEST_CASE("gemm: long sums, a row alone and threads (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3}) {
        Operands all(70, 90, 10'000, (form & 2) != 0, (form & 1) != 0);
        kernel::gemm(all.g);
        for (const Dim rows : {1, 5}) {
            Reals part = zeros(rows * 90);
            Gemm g = all.g;
            g.a += 31 * (g.ta ? 1 : g.lda);
            g.m = rows;
            g.c = part.data();
            g.ldc = 90;
            kernel::gemm(g);
            for (Dim i = 0; i < rows; ++i) REQUIRE(same_bits(&part[at(i * 90)], &all.c[at((31 + i) * all.g.ldc)], 90));
        }
        const Reals once = all.c;
        for (const int n : {2, 4}) {
            const Threads some(n);
            kernel::gemm(all.g);
            REQUIRE(same_bits(once.data(), all.c.data(), static_cast<Dim>(once.size())));
        }
    }
}

TEST_CASE("gemm: four million equal terms (" HEED_TAG ")", "[kernel][gemm]") {
    const Dim k = Dim{1} << 22;
    const Reals tenths(at(2 * k), Real(0.1)), ones(at(k), Real(1));
    Reals c = zeros(2);
    const Exact sum = Exact(Real(0.1)) * static_cast<Exact>(k);
    for (const bool ta : {false, true}) {
        kernel::gemm(kernel::product_of(2, 1, k, {tenths.data(), ta ? 2 : k, ta}, {ones.data(), 1}, c.data(), 1));
        for (const Real x : c) REQUIRE(std::abs(x - sum) <= 1e-4L * sum);
    }
}

TEST_CASE("sums in chains: every number of chains (" HEED_TAG ")", "[kernel]") {
    const Reals terms = draw(300, 1, 2);
    for (Dim n = 0; n <= 100; ++n) {
        Reals sums = zeros(2);
        kernel::sum_in_chains(0, n, 3, 2, sums.data(), [&](Dim begin, Dim end, Real* to) {
            to[0] = to[1] = 0;
            for (Dim i = begin; i < end; ++i) to[0] += terms[at(i)], to[1] -= terms[at(i)];
        });
        const Real wanted = tree(0, std::max(Dim{1}, (n + 2) / 3), [&](Dim chain) {
            Real sum = 0;
            for (Dim i = 3 * chain; i < std::min(n, 3 * chain + 3); ++i) sum += terms[at(i)];
            return sum;
        });
        REQUIRE(sums[0] == wanted);
        REQUIRE(sums[1] == -wanted);
    }
}
