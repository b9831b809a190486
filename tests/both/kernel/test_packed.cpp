// A right side that is packed once: the bits of the product with it as it lies in memory.
#include <heed/ops/kernel/gemm/packed.hpp>
#include <heed/tests/both/kernel/gemm_operands.hpp>
#include <heed/tests/catch.hpp>

using namespace heed;
using namespace heed::test;

namespace {

// Of one product with an epilogue, whose C is then compared whole, its padding included.
bool same_bits(Dim m, Dim n, Dim k, int form) {
    Operands lying(m, n, k, (form & 2) != 0, (form & 1) != 0), packed = lying;
    const kernel::PackedB b(k, n, {packed.b.data(), packed.g.ldb, packed.g.tb});
    packed.g = kernel::product_of(m, {packed.a.data(), packed.g.lda, packed.g.ta}, b, packed.c.data(), packed.g.ldc);
    lying.g.bias = lying.bias.data(), packed.g.bias = packed.bias.data();
    lying.g.act = packed.g.act = k > 600 ? kernel::Act::relu : kernel::Act::none;
    kernel::gemm(lying.g);
    kernel::gemm(packed.g);
    return lying.c == packed.c;
}

}  // namespace

TEST_CASE("gemm: a packed right side gives the same bits (" HEED_TAG ")", "[kernel][gemm]") {
    for (const int threads : {1, 3}) {
        const Threads some(threads);
        for (const int form : {0, 1, 2, 3}) {
            for (const Dim m : {0, 1, 3, 9, 32})
                for (const Dim n : {0, 1, 15, 16, 17, 63, 64, 65, 81, 144, 209})
                    for (const Dim k : {0, 1, 33, 70}) {
                        INFO("m " << m << " n " << n << " k " << k << " form " << form);
                        REQUIRE(same_bits(m, n, k, form));
                    }
            REQUIRE(same_bits(33, 1030, 700, form));
            REQUIRE(same_bits(530, 70, 60, form));
            REQUIRE(same_bits(5, 40, 5000, form));
        }
    }
}
