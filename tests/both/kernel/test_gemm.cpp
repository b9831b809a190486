// kernel::gemm against its definition, and its promise that the bits of a row do not depend on the other rows.
#include <cmath>
#include <heed/tests/both/kernel/gemm_operands.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;
using namespace heed::test;
using kernel::Act;
using kernel::Gemm;

namespace {

Exact activated(Act act, Exact x) {
    switch (act) {
    case Act::none: return x;
    case Act::relu: return x > 0 ? x : 0;
    case Act::tanh: return std::tanh(x);
    case Act::sigmoid: return 1 / (1 + std::exp(-x));
    case Act::gelu: return x * (1 + std::erf(x / std::sqrt(Exact(2)))) / 2;
    case Act::gelu_tanh:
        return x * (1 + std::tanh(std::sqrt(2 / std::acos(Exact(-1))) * (x + Exact(0.044715) * x * x * x))) / 2;
    case Act::silu: return x / (1 + std::exp(-x));
    }
    return 0;
}

// Whether a product, one of four transpositions, is right everywhere.
bool multiplies(Dim m, Dim n, Dim k, int form) {
    Operands o(m, n, k, (form & 2) != 0, (form & 1) != 0);
    return o.right([&](Dim item, Dim i, Dim j, Exact) { return o.sum(item, i, j); });
}

}  // namespace

TEST_CASE("gemm: every small size, four transpositions (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3})
        for (Dim m = 0; m <= 19; m += m < 9 ? 1 : 5)
            for (Dim n = 0; n <= 70; ++n)
                for (const Dim k : {0, 1, 2, 7, 33}) {
                    INFO("m " << m << " n " << n << " k " << k << " form " << form);
                    if (!multiplies(m, n, k, form)) FAIL("wrong");
                }
}

TEST_CASE("gemm: sizes beyond the blocks, and rows that lie far apart (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3}) {
        REQUIRE(multiplies(70, 301, 600, form));
        REQUIRE(multiplies(401, 37, 60, form));
        REQUIRE(multiplies(40, 530, 530, form));
        REQUIRE(multiplies(530, 70, 530, form));
    }
}

TEST_CASE("gemm: epilogue (" HEED_TAG ")", "[kernel][gemm]") {
    for (const Act act : {Act::none, Act::relu, Act::tanh, Act::sigmoid, Act::gelu, Act::gelu_tanh, Act::silu})
        for (const int with : {0, 1, 2, 3, 4, 5, 6, 7})
            for (const Dim k : {5, 300}) {
                Operands o(9, 35, k, false, true, 2);
                o.g.act = act;
                o.g.alpha = Real(0.125);
                if (with & 1) o.g.bias = o.bias.data();
                if (with & 2) o.g.residual = o.residual.data();
                o.g.accumulate = (with & 4) != 0;
                const auto wanted = [&](Dim item, Dim i, Dim j, Exact old) {
                    const Exact x = o.sum(item, i, j) * 0.125L + (with & 1 ? Exact(o.bias[at(j)]) : 0);
                    return activated(act, x) +
                           (with & 2 ? Exact(o.residual[at(item * o.g.stride_c + i * o.g.ldc + j)]) : 0) +
                           (with & 4 ? old : 0);
                };
                INFO("act " << static_cast<int>(act) << " with " << with << " k " << k);
                REQUIRE(o.right(wanted));
            }
}

TEST_CASE("gemm: batches, and an operand they share (" HEED_TAG ")", "[kernel][gemm]") {
    Operands o(50, 50, 32, false, true, 5);
    REQUIRE(o.right([&](Dim item, Dim i, Dim j, Exact) { return o.sum(item, i, j); }));
    Operands shared(6, 20, 8, true, false, 4);
    shared.g.stride_b = 0;
    REQUIRE(shared.right([&](Dim item, Dim i, Dim j, Exact) { return shared.sum(item, i, j); }));
}

TEST_CASE("gemm: a row has the same bits alone and among others (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3})
        for (const Dim k : {40, 700}) {
            const Dim m = 150, n = 200;
            Operands all(m, n, k, (form & 2) != 0, (form & 1) != 0);
            all.g.bias = all.bias.data();
            all.g.act = Act::gelu;
            kernel::gemm(all.g);
            for (const Dim rows : {1, 2, 7, 60})
                for (const Dim cols : {1, 17, 64, 200}) {
                    Reals part = zeros(rows * cols);
                    Gemm g = all.g;
                    const Dim i0 = 31, j0 = n - cols;
                    g.a += g.ta ? i0 : i0 * g.lda;
                    g.b += g.tb ? j0 * g.ldb : j0;
                    g.bias += j0;
                    g.m = rows;
                    g.n = cols;
                    g.c = part.data();
                    g.ldc = cols;
                    kernel::gemm(g);
                    INFO("form " << form << " k " << k << " rows " << rows << " cols " << cols);
                    for (Dim i = 0; i < rows; ++i)
                        REQUIRE(same_bits(&part[at(i * cols)], &all.c[at((i0 + i) * all.g.ldc + j0)], cols));
                }
        }
}

TEST_CASE("gemm: a few rows of a large product have the same bits alone (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3})
        for (const bool plain : {false, true}) {
            const Dim m = 12, n = 1003, k = 2100;  // B does not fit into the caches
            Operands all(m, n, k, (form & 2) != 0, (form & 1) != 0);
            if (!plain) all.g.bias = all.bias.data();
            kernel::gemm(all.g);
            for (const Dim rows : {1, 2, 3, 8}) {
                const Dim i0 = m - rows;
                Reals part = zeros(rows * n);
                Gemm g = all.g;
                g.a += g.ta ? i0 : i0 * g.lda;
                g.m = rows;
                g.c = part.data();
                g.ldc = n;
                kernel::gemm(g);
                INFO("form " << form << " plain " << plain << " rows " << rows);
                for (Dim i = 0; i < rows; ++i)
                    REQUIRE(same_bits(&part[at(i * n)], &all.c[at((i0 + i) * all.g.ldc)], n));
            }
        }
}

TEST_CASE("gemm: threads change no bit (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3})
        for (const Dim m : {1, 300}) {
            Operands one(m, 310, m == 1 ? 7000 : 290, (form & 2) != 0, (form & 1) != 0), three = one;
            three.g.a = three.a.data();
            three.g.b = three.b.data();
            three.g.c = three.c.data();
            kernel::gemm(one.g);
            const Threads some(3);
            kernel::gemm(three.g);
            REQUIRE(same_bits(one.c.data(), three.c.data(), static_cast<Dim>(one.c.size())));
        }
}

TEST_CASE("gemm: not-a-number stays in its row and column (" HEED_TAG ")", "[kernel][gemm]") {
    Operands o(10, 20, 16, false, false);
    o.a[at(3 * o.g.lda + 5)] = not_a_number;
    kernel::gemm(o.g);
    for (Dim i = 0; i < 10; ++i)
        for (Dim j = 0; j < 20; ++j) REQUIRE(std::isnan(o.c[at(i * o.g.ldc + j)]) == (i == 3));
}
