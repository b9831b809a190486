// Products of operands that are rounded to bfloat16 beside those of the same values as Reals.
#include <bit>
#include <cmath>
#include <limits>
#include <utility>
#include <heed/ops/kernel/gemm/bfloat16.hpp>
#include <heed/tests/both/kernel/gemm_operands.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;
using namespace heed::test;
using kernel::Act;
using kernel::Gemm;

namespace {

// The same product twice: of operands that are rounded, and of the rounded values as Reals.
struct RoundedOperands {
    Operands reals;
    Storage<Bfloat16> a, b;
    Gemm rounded;
    Reals c;

    RoundedOperands(Dim m, Dim n, Dim k, int form, Dim batch = 1)
        : reals(m, n, k, (form & 2) != 0, (form & 1) != 0, batch) {
        const auto round = [](Reals& x) {
            const Storage<Bfloat16> shorter = kernel::rounded(x.data(), static_cast<Dim>(x.size()));
            for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(shorter[i]);
            return shorter;
        };
        a = round(reals.a);
        b = round(reals.b);
        c = reals.c;
        rounded = reals.g;
        rounded.a = std::as_const(a).data();
        rounded.b = std::as_const(b).data();
        rounded.c = c.data();
    }

    bool same() {
        kernel::gemm(reals.g);
        kernel::gemm(rounded);
        return same_bits(reals.c.data(), c.data(), static_cast<Dim>(c.size()));
    }
};

}  // namespace

TEST_CASE("gemm: rounded operands give the bits of the rounded values (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3}) {
        for (const Dim m : {1, 2, 7, 8, 9, 19})
            for (const Dim n : {1, 15, 16, 17, 31, 33, 64, 70})
                for (const Dim k : {0, 1, 2, 3, 31, 32, 33, 70}) {
                    INFO("m " << m << " n " << n << " k " << k << " form " << form);
                    REQUIRE(RoundedOperands(m, n, k, form).same());
                }
        REQUIRE(RoundedOperands(70, 301, 1301, form).same());  // beyond the blocks
        REQUIRE(RoundedOperands(530, 530, 70, form).same());
        REQUIRE(RoundedOperands(50, 50, 33, form, 5).same());
        for (const Dim k : {4096, 4097, 10'001}) {  // beyond a chain
            REQUIRE(RoundedOperands(1, 33, k, form).same());
            REQUIRE(RoundedOperands(19, 70, k, form, 2).same());
        }

        RoundedOperands finished(19, 70, 1100, form);
        for (Gemm* g : {&finished.reals.g, &finished.rounded}) {
            g->bias = finished.reals.bias.data();
            g->act = Act::gelu;
            g->residual = finished.reals.residual.data();
            g->accumulate = true;
        }
        REQUIRE(finished.same());
    }
}

TEST_CASE("gemm: rounded operands, a row alone and threads (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int form : {0, 1, 2, 3}) {
        RoundedOperands all(150, 310, 700, form);
        kernel::gemm(all.rounded);
        Reals row = zeros(310);
        Gemm alone = all.rounded;
        alone.a += 31 * (alone.ta ? 1 : alone.lda);
        alone.m = 1;
        alone.c = row.data();
        kernel::gemm(alone);
        REQUIRE(same_bits(row.data(), all.c.data() + 31 * all.rounded.ldc, 310));

        const Reals once = all.c;
        const Threads some(3);
        kernel::gemm(all.rounded);
        REQUIRE(same_bits(once.data(), all.c.data(), static_cast<Dim>(once.size())));
    }
}

TEST_CASE("bfloat16: rounds to the nearest, ties to even (" HEED_TAG ")", "[kernel][gemm]") {
    std::vector<float> wanted, given;
    for (const float exact : {1.0f, 1.0078125f, -3.140625f, 0.0f, -0.0f, 0x1p-126f, 0x1p-133f, 0x1.fep127f}) {
        const auto bits = std::bit_cast<std::uint32_t>(exact);
        const bool even = (bits >> 16) % 2 == 0;
        for (const auto& [more, up] : {std::pair(0u, false),
                                       {1u, false},
                                       {0x7fffu, false},
                                       {0x8000u, !even},
                                       {0x8001u, true},
                                       {0xffffu, true}}) {
            given.push_back(std::bit_cast<float>(bits + more));
            wanted.push_back(std::bit_cast<float>(up ? bits + 0x10000u : bits));
        }
    }
    for (const float same : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
        given.push_back(same);
        wanted.push_back(same);
    }
    const Reals x(given.begin(), given.end());
    const Storage<Bfloat16> y = kernel::rounded(x.data(), static_cast<Dim>(x.size()));
    for (std::size_t i = 0; i < given.size(); ++i) {
        INFO(given[i]);
        REQUIRE(std::bit_cast<std::uint32_t>(static_cast<float>(std::as_const(y)[i])) ==
                std::bit_cast<std::uint32_t>(wanted[i]));
    }
    for (const std::uint32_t bits : {0x7fc0'0000u, 0x7f80'0001u, 0x7fff'ffffu, 0xffff'ffffu})
        REQUIRE(std::isnan(static_cast<float>(Bfloat16::of(std::bit_cast<float>(bits)))));
}

TEST_CASE("gemm: rounded operands, not-a-number and infinity (" HEED_TAG ")", "[kernel][gemm]") {
    RoundedOperands o(10, 20, 16, 0);
    Storage<Bfloat16> a = o.a;
    a[at(3 * o.rounded.lda + 5)] = Bfloat16::of(std::numeric_limits<float>::quiet_NaN());
    a[at(4 * o.rounded.lda + 6)] = Bfloat16::of(std::numeric_limits<float>::infinity());
    o.rounded.a = std::as_const(a).data();
    kernel::gemm(o.rounded);
    for (Dim i = 0; i < 10; ++i)
        for (Dim j = 0; j < 20; ++j) {
            const Real c = o.c[at(i * o.rounded.ldc + j)];
            REQUIRE(std::isnan(c) == (i == 3));
            REQUIRE(std::isinf(c) == (i == 4));
        }
}
