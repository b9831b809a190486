// Scopes name the layer that runs: in errors, in the origin of a NaN, and on its own thread only.
#include <limits>
#include <thread>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("scope: the innermost counts, and ends with its block", "[scope]") {
    CHECK(Scope::current().empty());
    const Scope outer("model");
    CHECK(Scope::current() == "model");
    {
        const Scope inner("model.attend");
        CHECK(Scope::current() == "model.attend");
        std::thread([] { REQUIRE(Scope::current().empty()); }).join();
    }
    CHECK(Scope::current() == "model");
}

TEST_CASE("scope: errors name it", "[scope]") {
    const Var a(filled({2, 3}, 1)), b(filled({2, 3}, 1));
    const Scope scope("second.attend");
    const std::string text = text_of([&] { matmul(a, b); });
    CHECK_THAT(
        text,
        StartsWith(
            "matmul 'second.attend': argument 'b' has shape (2, 3); expected (..., 3, m) because 'a' is (2, 3)\n"));
    CHECK_THAT(text_of([&] { a.dim(5); }), StartsWith("dim 'second.attend': axis 5"));
}

TEST_CASE("check mode: the op, layer and index of the first NaN or Inf of a forward pass", "[scope]") {
    const Var x(array_of({2, 2}, {1, 2, 0, 4})), y(array_of({2, 2}, {1, 1, 0, 1}));
    CHECK(std::isnan((y / x).value()(1, 0)));
    const CheckNumbers on;
    CHECK(checking_numbers());
    const Scope scope("second");
    CHECK(text_of([&] { y / x; }) == "divide 'second': its result of shape (2, 2) holds nan at (1, 0)");
    CHECK_THAT(text_of([&] { y / (0 * y); }), Containing("inf at (0, 0)"));
    CHECK(text_of([&] { x* y; }).empty());
}

TEST_CASE("check mode: the first NaN or Inf of a sweep", "[scope]") {
    const Var x = Var::leaf(array_of({3}, {1, 0, 4}));
    const auto loss = [&] {
        Var root;
        {
            const Scope scope("first");
            root = sqrt(x);
        }
        const Scope scope("last");
        return sum(root);
    };
    {
        Tape tape;
        tape.backward(loss());
        CHECK(std::isinf(x.grad()(1)));
        x.clear_grad();
    }
    const CheckNumbers on;
    Tape tape;
    const Var l = loss();
    CHECK(text_of([&] { tape.backward(l); }) == "sqrt 'first': its gradient of shape (3) holds inf at (1)");
    CHECK_FALSE(x.has_grad());
    CHECK(Scope::current().empty());
}

TEST_CASE("check mode: a product that is added to a gradient in place", "[scope]") {
    const Var x = Var::leaf(array_of({1, 1}, {1e-30})), small = Var::leaf(array_of({1, 1}, {1})),
              huge = Var::leaf(array_of({1, 1}, {3e38}));
    const CheckNumbers on;
    Tape tape;
    const Var h = x * 1, first = linear(h, huge), second = linear(h, small);  // the sweep comes to the second before
    CHECK(text_of([&] { tape.backward(sum(10 * first + second)); }) ==
          "linear: its gradient of shape (1, 1) holds inf at (0, 0)");
}

TEST_CASE("check mode: ends with its block", "[scope]") {
    {
        const CheckNumbers on;
        const CheckNumbers nested;
    }
    CHECK_FALSE(checking_numbers());
    const Var zero(filled({}, 0));
    CHECK(std::isnan((zero / zero).item()));
}
