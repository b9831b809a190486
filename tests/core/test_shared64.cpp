// Both twins in one program: the same tape tests' essentials in double, beside the float ones.
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("double twin: has its own types and its own tape", "[twins]") {
    static_assert(std::is_same_v<Real, double>);
    const Var w = Var::leaf(array_of({2}, {1.0 / 3, 2}));
    Tape tape;
    tape.backward(sum(w * w * w));
    CHECK(w.grad()(0) == Approx(1.0 / 3).epsilon(1e-15));
    CHECK(w.grad()(1) == 12);
}
