// gradient(): returns what was asked for, and touches no parameter.
#include <heed/ops/define/op.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

using Values = std::vector<double>;

TEST_CASE("gradient: of leaves and of values in between", "[gradient]") {
    const Var w = Var::leaf(array_of({2}, {3, 4})), b = Var::leaf(array_of({2}, {1, 1}));
    Tape tape;
    const Var h = w * w, y = h * b + w;
    const std::vector<Array> got = gradient(y, {w, h, b});
    REQUIRE(got.size() == 3);
    CHECK(elements(got[0]) == Values{7, 9});
    CHECK(elements(got[1]) == Values{1, 1});
    CHECK(elements(got[2]) == Values{9, 16});
    CHECK_FALSE(w.has_grad());
    CHECK_FALSE(b.has_grad());
    CHECK_FALSE(h.has_grad());
}

TEST_CASE("gradient: leaves the gradients that are there", "[gradient]") {
    const Var w = Var::leaf(array_of({2}, {3, 4})), other = Var::leaf(array_of({2}, {1, 1}));
    w.set_grad(array_of({2}, {10, 20}));
    Tape tape;
    const std::vector<Array> got = gradient(w * other, {w}, array_of({2}, {2, 5}));
    CHECK(elements(got[0]) == Values{2, 5});
    CHECK(elements(w.grad()) == Values{10, 20});
    CHECK_FALSE(other.has_grad());
}

TEST_CASE("gradient: the same x asked for twice, and y itself", "[gradient]") {
    const Var w = Var::leaf(array_of({1}, {3}));
    Tape tape;
    const Var y = w * w;
    const std::vector<Array> got = gradient(y, {w, w, y});
    CHECK(elements(got[0]) == Values{6});
    CHECK(elements(got[1]) == Values{6});
    CHECK(elements(got[2]) == Values{1});
}

TEST_CASE("gradient: what it refuses", "[gradient]") {
    const Var w = Var::leaf(array_of({2}, {3, 4})), apart = Var::leaf(array_of({3}, {1, 1, 1}));
    const Var constant(array_of({2}, {1, 1}));
    CHECK_THAT(text_of([&] { gradient(w * w, {w}); }), StartsWith("gradient: nothing was recorded; was a Tape alive"));
    {
        Tape tape;
        const Var y = w * constant;
        const std::string text = text_of([&] { gradient(y, {w}, filled({3}, 1)); });
        CHECK_THAT(text, StartsWith("gradient: argument 'dy' has shape (3); expected (2)\n  called from "));
        CHECK_THAT(text_of([&] {
                       gradient(y, {w, apart});
                   }),
                   StartsWith("gradient: y does not depend on x[1] of shape (3)"));
        CHECK_FALSE(w.has_grad());
        CHECK_THAT(text_of([&] { gradient(y, {w}); }), StartsWith("gradient: this recording was swept already"));
    }
    Tape tape;
    const Var y = w * constant;
    CHECK_THAT(text_of([&] { gradient(y, {constant}); }),
               StartsWith("gradient: y does not depend on x[0] of shape (2)"));
    CHECK_THROWS_AS(gradient(constant, {w}), TapeError);
}

TEST_CASE("gradient: of a value of the outer tape, by an inner one", "[gradient]") {
    const Var w = Var::leaf(array_of({1}, {3}));
    Tape outer;
    const Var y = w * w;
    {
        Tape inner;
        CHECK(elements(gradient(y * y, {y})[0]) == Values{18});
    }
    CHECK_FALSE(y.has_grad());
    outer.backward(sum(y));
    CHECK(elements(w.grad()) == Values{6});
}
