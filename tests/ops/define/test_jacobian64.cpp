// Jacobians, products with them and Hessians, by hand; beside PyTorch's in
// tests/both/reference/test_reference_jacobian.cpp.
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/define/jacobian.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

const Array at{2, 3};

Var products(const Var& x) {  // x0 x1, x0^2, 7
    return concat({reshape(x[0] * x[1], {1}), reshape(square(x[0]), {1}), Var(Array{7})});
}

}  // namespace

TEST_CASE("jacobian: rows are the elements of the result", "[jacobian]") {
    const Array d = jacobian(products, at);
    CHECK(d.shape() == Shape{3, 2});
    CHECK(elements(d) == std::vector<double>{3, 2, 4, 0, 0, 0});
    const Array cube = jacobian([](const Var& x) { return transpose(x) * 2; }, array_of({1, 2}, {1, 2}));
    CHECK(cube.shape() == Shape{2, 1, 1, 2});
    CHECK(elements(cube) == std::vector<double>{2, 0, 0, 2});
    CHECK(jacobian([](const Var& x) { return sum(x); }, at).shape() == Shape{2});
    CHECK(jacobian([](const Var& x) { return x; }, filled({0}, 0)).shape() == Shape{0, 0});
}

TEST_CASE("jvp: the result and its derivative along a vector", "[jacobian]") {
    const Directional along = jvp(products, at, Array{1, 10});
    CHECK(elements(along.y) == std::vector<double>{6, 4, 7});
    CHECK(elements(along.dy) == std::vector<double>{23, 4, 0});
}

TEST_CASE("hessian: second derivatives of one element", "[jacobian]") {
    const Array h = hessian([](const Var& x) { return x[0] * x[0] * x[1]; }, at);
    CHECK(h.shape() == Shape{2, 2});
    CHECK(elements(h) == std::vector<double>{6, 4, 4, 0});
    CHECK(elements(hessian([](const Var& x) { return sum(3 * x); }, at)) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("jacobian: a function that does not read x, or parameters, and a tape around it", "[jacobian]") {
    const Var w = Var::leaf(Array{5, 6});
    const auto of_parameters = [&](const Var&) { return w * w; };
    Tape tape;
    const Var before = w * 3;
    CHECK(elements(jacobian(of_parameters, at)) == std::vector<double>{0, 0, 0, 0});
    CHECK(elements(jvp(of_parameters, at, at).dy) == std::vector<double>{0, 0});
    CHECK(elements(hessian([&](const Var&) { return sum(w); }, at)) == std::vector<double>{0, 0, 0, 0});
    CHECK(elements(jacobian([&](const Var& x) { return w * x; }, at)) == std::vector<double>{5, 0, 0, 6});
    CHECK_FALSE(w.has_grad());
    tape.backward(sum(before));
    CHECK(elements(w.grad()) == std::vector<double>{3, 3});
    CHECK(elements(jacobian([](const Var& x) { return dropout(x, 0.5); }, at)) == std::vector<double>{1, 0, 0, 1});
}

TEST_CASE("jacobian: what is refused", "[jacobian]") {
    const auto position = [](unsigned line) {
        return std::string("\n  called from ") + __builtin_FILE() + ":" + std::to_string(line);
    };
    const Array deep = filled({1, 1, 1, 1, 1}, 0);
    std::string text = text_of([&] { jacobian([](const Var& x) { return x; }, deep); }), line = position(__LINE__);
    CHECK_THAT(text, StartsWith("jacobian: 'x' is (1, 1, 1, 1, 1) and its result (1, 1, 1, 1, 1); expected at most "
                                "8 axes together" +
                                line));
    text = text_of([&] { jvp(products, at, Array{1, 2, 3}); }), line = position(__LINE__);
    CHECK_THAT(text, StartsWith("jvp: argument 'v' has shape (3); expected (2), the shape of 'x'" + line));
    text = text_of([&] { hessian(products, at); }), line = position(__LINE__);
    CHECK_THAT(text, StartsWith("hessian: argument 'f' has shape (3); expected a result of one element" + line));
    const auto attended = [](const Var& x) {
        const Var q = reshape(x, {1, 1, 1, 2});
        return sum(attention(q, q, q));
    };
    CHECK_THAT(text_of([&] { hessian(attended, at); }), Containing("the result of attention"));
}
