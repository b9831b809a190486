// NaN, infinities, ties and zeros in elementwise ops, reductions and orders: what finite differences cannot check.
#include <cmath>
#include <limits>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>

namespace heed {
namespace {

const Real inf = std::numeric_limits<Real>::infinity(), nan = std::numeric_limits<Real>::quiet_NaN();

std::vector<Real> elements(const Array& x) { return {x.storage().cbegin(), x.storage().cend()}; }
std::vector<std::int64_t> elements(const Ints& x) { return {x.storage().cbegin(), x.storage().cend()}; }

// The gradient of the sum of f(x).
template <class F>
std::vector<Real> gradient_of(const Array& at, F&& f) {
    const Var x = Var::leaf(at);
    Tape tape;
    tape.backward(sum(f(x)));
    return elements(x.grad());
}

using Values = std::vector<Real>;
using Positions = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("max and min find a NaN, and the first one gets the gradient") {
    const Var x(Array{1, nan, 3, nan});
    CHECK(std::isnan(max(x).item()));
    CHECK(std::isnan(min(x).item()));
    CHECK(gradient_of(x.value(), [](const Var& v) { return max(v); }) == Values{0, 1, 0, 0});
    CHECK(gradient_of(x.value(), [](const Var& v) { return min(v); }) == Values{0, 1, 0, 0});
    CHECK(elements(argmax(x)) == Positions{1});
    CHECK(gradient_of(Array{2, 5, 5, 1}, [](const Var& v) { return max(v); }) == Values{0, 1, 0, 0});
    CHECK(gradient_of(Array{-inf, -inf}, [](const Var& v) { return max(v); }) == Values{1, 0});
}

TEST_CASE("maximum and minimum share the gradient of a tie, and give a NaN on either side") {
    const Array a{1, 2, nan, 4}, b{2, 2, 0, nan};
    const auto y = elements(maximum(Var(a), b).value());
    CHECK((y[0] == 2 && y[1] == 2 && std::isnan(y[2]) && std::isnan(y[3])));
    CHECK(gradient_of(a, [&](const Var& v) { return maximum(v, b); }) == Values{0, 0.5, 1, 0});
    CHECK(gradient_of(b, [&](const Var& v) { return maximum(a, v); }) == Values{1, 0.5, 0, 1});
    CHECK(gradient_of(a, [&](const Var& v) { return minimum(v, b); }) == Values{1, 0.5, 1, 0});
}

TEST_CASE("sort and topk put a NaN where the largest belongs, and keep the order of equal values") {
    const Var x(Array{3, nan, -inf, 3, inf});
    CHECK(elements(sort(x).indices) == Positions{2, 0, 3, 4, 1});
    CHECK(elements(sort(x, -1, true).indices) == Positions{1, 4, 0, 3, 2});
    CHECK(elements(topk(x, 3).indices) == Positions{1, 4, 0});
    CHECK(gradient_of(x.value(), [](const Var& v) {
              return topk(v, 3).values * Array{10, 20, 30};
          }) == Values{30, 10, 0, 0, 20});
}

TEST_CASE("argmin and argsort agree with min and sort on NaN and ties") {
    CHECK(elements(argmin(Var(Array{1, nan, 3, nan}))) == Positions{1});
    CHECK(elements(argmin(Var(Array{{2, 1, 1}, {inf, inf, inf}}))) == Positions{1, 0});
    CHECK(elements(argmin(Var(Array{{2, 1, 1}, {inf, -inf, 1}}), 0)) == Positions{0, 1, 0});
    const Var x(Array{3, nan, -inf, 3, inf});
    CHECK(elements(argsort(x)) == Positions{2, 0, 3, 4, 1});
    CHECK(elements(argsort(x, -1, true)) == Positions{1, 4, 0, 3, 2});
    CHECK(elements(argsort(Var(Array{{2, 1}, {0, 1}}), 0)) == Positions{1, 0, 0, 1});
}

TEST_CASE("stddev has gradient zero where all elements are equal, and cumprod one behind a zero") {
    const auto deviation = [](const Var& v) { return stddev(v, -1); };
    CHECK(gradient_of(Array{{2, 2}, {-1, 1}}, deviation) == Values{0, 0, -0.5, 0.5});
    const auto products = [](const Var& v) { return cumprod(v, 0); };
    CHECK(gradient_of(Array{2, 0, 3, 4}, products) == Values{1, 2 + 6 + 24, 0, 0});
    CHECK(gradient_of(Array{1, 0, 1e300, 1e300}, products) == Values{1, inf, 0, 0});
    CHECK(gradient_of(Array{0, 0, 5}, products) == Values{1, 0, 0});
}

TEST_CASE("pow has no NaN in its gradient where its value has none") {
    const Array a{0, 0, -2, 2}, b{0, 2, 3, 3};
    CHECK(elements(pow(Var(a), b).value()) == Values{1, 0, -8, 8});
    CHECK(gradient_of(a, [&](const Var& v) { return pow(v, b); }) == Values{0, 0, 12, 12});
    CHECK(gradient_of(a, [](const Var& v) { return pow(v, 0); }) == Values{0, 0, 0, 0});
    CHECK(gradient_of(b, [&](const Var& v) { return pow(a, v); }) == Values{0, 0, 0, 8 * std::log(Real(2))});
    CHECK(std::isnan(pow(Var(Array{-2}), 0.5).value().storage()[0]));
}

TEST_CASE("where ignores a NaN on the side that was not chosen") {
    const Array c{1, 0}, x{1, nan};
    CHECK(elements(where(Var(c), x, 7).value()) == Values{1, 7});
    CHECK(gradient_of(x, [&](const Var& v) { return where(c, sqrt(v * v), 7) * 2; })[0] == 2);
    CHECK(gradient_of(x, [&](const Var& v) { return where(c, v, 7); }) == Values{1, 0});
}

TEST_CASE("norm, prod and logsumexp keep their gradients finite at their special points") {
    CHECK(gradient_of(Array{0, 0}, [](const Var& v) { return norm(v); }) == Values{0, 0});
    CHECK(gradient_of(Array{3, 0, 4}, [](const Var& v) { return prod(v); }) == Values{0, 12, 0});
    CHECK(gradient_of(Array{0, 0, 4}, [](const Var& v) { return prod(v); }) == Values{0, 0, 0});
    CHECK(logsumexp(Var(Array{-inf, -inf})).item() == -inf);
    CHECK(gradient_of(Array{-inf, -inf}, [](const Var& v) { return logsumexp(v); }) == Values{0, 0});
    CHECK(logsumexp(Var(Array{inf, 1})).item() == inf);
    CHECK(logsumexp(Var(Array{5000, 5000})).item() ==
          Approx(5000 + std::log(2.0)).epsilon(1e-15));  // e^5000 is infinite
    for (const Real derivative : gradient_of(Array{5000, 5000}, [](const Var& v) { return logsumexp(v); }))
        CHECK(derivative == Approx(0.5).epsilon(1e-12));
}

TEST_CASE("reductions of nothing are the neutral element where there is one") {
    const Var x(Array::from_shape({2, 0}));
    CHECK(elements(sum(x, 1).value()) == Values{0, 0});
    CHECK(elements(prod(x, 1).value()) == Values{1, 1});
    CHECK(elements(norm(x, 1).value()) == Values{0, 0});
    CHECK(elements(logsumexp(x, 1).value()) == Values{-inf, -inf});
    CHECK(elements(any(x, 1).value()) == Values{0, 0});
    CHECK(elements(all(x, 1).value()) == Values{1, 1});
    CHECK_THROWS_AS(mean(x, 1), RangeError);
    CHECK_THROWS_AS(max(x, 1), RangeError);
    CHECK_THROWS_AS(argmax(x, 1), RangeError);
}

TEST_CASE("comparisons with NaN are false, but not_equal; a NaN is true for any and all") {
    const Var x(Array{nan}), y = Var::leaf(Array{1});
    for (const Var& v : {x<y, x <= y, x> y, x >= y, equal(x, x)}) CHECK(v.value().storage()[0] == 0);
    CHECK(not_equal(x, x).value().storage()[0] == 1);
    CHECK(all(x).item() == 1);
    CHECK(any(x).item() == 1);
    const Tape tape;
    CHECK_FALSE((y < 2).wants_grad());
}

}  // namespace heed
