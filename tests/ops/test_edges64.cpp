// NaN, infinities, ties and zeros in elementwise ops, reductions and orders: what finite differences cannot see.
#include <cmath>
#include <limits>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>

namespace heed {
namespace {

const Real inf = std::numeric_limits<Real>::infinity(), nan = std::numeric_limits<Real>::quiet_NaN();

std::vector<Real> numbers(const Array& x) { return {x.storage().cbegin(), x.storage().cend()}; }
std::vector<std::int64_t> numbers(const Ints& x) { return {x.storage().cbegin(), x.storage().cend()}; }

// The gradient of the sum of f(x).
template <class F>
std::vector<Real> slopes(const Array& at, F&& f) {
    const Var x = Var::leaf(at);
    Tape tape;
    tape.backward(sum(f(x)));
    return numbers(x.grad());
}

using Numbers = std::vector<Real>;
using Places = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("max and min find a NaN, and the first one gets the gradient") {
    const Var x(Array{1, nan, 3, nan});
    CHECK(std::isnan(max(x).item()));
    CHECK(std::isnan(min(x).item()));
    CHECK(slopes(x.value(), [](const Var& v) { return max(v); }) == Numbers{0, 1, 0, 0});
    CHECK(slopes(x.value(), [](const Var& v) { return min(v); }) == Numbers{0, 1, 0, 0});
    CHECK(numbers(argmax(x)) == Places{1});
    CHECK(slopes(Array{2, 5, 5, 1}, [](const Var& v) { return max(v); }) == Numbers{0, 1, 0, 0});
    CHECK(slopes(Array{-inf, -inf}, [](const Var& v) { return max(v); }) == Numbers{1, 0});
}

TEST_CASE("maximum and minimum share the gradient of a tie, and give a NaN on either side") {
    const Array a{1, 2, nan, 4}, b{2, 2, 0, nan};
    const auto y = numbers(maximum(Var(a), b).value());
    CHECK((y[0] == 2 && y[1] == 2 && std::isnan(y[2]) && std::isnan(y[3])));
    CHECK(slopes(a, [&](const Var& v) { return maximum(v, b); }) == Numbers{0, 0.5, 1, 0});
    CHECK(slopes(b, [&](const Var& v) { return maximum(a, v); }) == Numbers{1, 0.5, 0, 1});
    CHECK(slopes(a, [&](const Var& v) { return minimum(v, b); }) == Numbers{1, 0.5, 1, 0});
}

TEST_CASE("sort and topk put a NaN where the largest belongs, and keep the order of equal numbers") {
    const Var x(Array{3, nan, -inf, 3, inf});
    CHECK(numbers(sort(x).indices) == Places{2, 0, 3, 4, 1});
    CHECK(numbers(sort(x, -1, true).indices) == Places{1, 4, 0, 3, 2});
    CHECK(numbers(topk(x, 3).indices) == Places{1, 4, 0});
    CHECK(slopes(x.value(), [](const Var& v) { return topk(v, 3).values * Array{10, 20, 30}; }) == Numbers{30, 10, 0, 0, 20});
}

TEST_CASE("pow has no NaN in its gradient where its value has none") {
    const Array a{0, 0, -2, 2}, b{0, 2, 3, 3};
    CHECK(numbers(pow(Var(a), b).value()) == Numbers{1, 0, -8, 8});
    CHECK(slopes(a, [&](const Var& v) { return pow(v, b); }) == Numbers{0, 0, 12, 12});
    CHECK(slopes(a, [](const Var& v) { return pow(v, 0); }) == Numbers{0, 0, 0, 0});
    CHECK(slopes(b, [&](const Var& v) { return pow(a, v); }) == Numbers{0, 0, 0, 8 * std::log(Real(2))});
    CHECK(std::isnan(pow(Var(Array{-2}), 0.5).value().storage()[0]));
}

TEST_CASE("where ignores a NaN on the side that was not chosen") {
    const Array c{1, 0}, x{1, nan};
    CHECK(numbers(where(Var(c), x, 7).value()) == Numbers{1, 7});
    CHECK(slopes(x, [&](const Var& v) { return where(c, sqrt(v * v), 7) * 2; })[0] == 2);
    CHECK(slopes(x, [&](const Var& v) { return where(c, v, 7); }) == Numbers{1, 0});
}

TEST_CASE("norm, prod and logsumexp keep their gradients finite at their special points") {
    CHECK(slopes(Array{0, 0}, [](const Var& v) { return norm(v); }) == Numbers{0, 0});
    CHECK(slopes(Array{3, 0, 4}, [](const Var& v) { return prod(v); }) == Numbers{0, 12, 0});
    CHECK(slopes(Array{0, 0, 4}, [](const Var& v) { return prod(v); }) == Numbers{0, 0, 0});
    CHECK(logsumexp(Var(Array{-inf, -inf})).item() == -inf);
    CHECK(slopes(Array{-inf, -inf}, [](const Var& v) { return logsumexp(v); }) == Numbers{0, 0});
    CHECK(logsumexp(Var(Array{inf, 1})).item() == inf);
    CHECK(logsumexp(Var(Array{5000, 5000})).item() == Approx(5000 + std::log(2.0)).epsilon(1e-15));  // e^5000 is infinite
    for (const Real slope : slopes(Array{5000, 5000}, [](const Var& v) { return logsumexp(v); })) CHECK(slope == Approx(0.5).epsilon(1e-12));
}

TEST_CASE("reductions of nothing are the neutral element where there is one") {
    const Var x(Array::from_shape({2, 0}));
    CHECK(numbers(sum(x, 1).value()) == Numbers{0, 0});
    CHECK(numbers(prod(x, 1).value()) == Numbers{1, 1});
    CHECK(numbers(norm(x, 1).value()) == Numbers{0, 0});
    CHECK(numbers(logsumexp(x, 1).value()) == Numbers{-inf, -inf});
    CHECK(numbers(any(x, 1).value()) == Numbers{0, 0});
    CHECK(numbers(all(x, 1).value()) == Numbers{1, 1});
    CHECK_THROWS_AS(mean(x, 1), RangeError);
    CHECK_THROWS_AS(max(x, 1), RangeError);
    CHECK_THROWS_AS(argmax(x, 1), RangeError);
}

TEST_CASE("comparisons with NaN are false, but not_equal; a NaN is true for any and all") {
    const Var x(Array{nan}), y = Var::leaf(Array{1});
    for (const Var& v : {x < y, x <= y, x > y, x >= y, equal(x, x)}) CHECK(v.value().storage()[0] == 0);
    CHECK(not_equal(x, x).value().storage()[0] == 1);
    CHECK(all(x).item() == 1);
    CHECK(any(x).item() == 1);
    const Tape tape;
    CHECK_FALSE((y < 2).wants_grad());
}

}  // namespace heed
