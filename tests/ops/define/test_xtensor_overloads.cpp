// Operators between a Var and scalars or xtensor expressions: heed's op runs, and its errors name the caller's line.
#include <heed/core/xt.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

using Values = std::vector<double>;

TEST_CASE("mixed: scalars of any arithmetic type", "[mixed]") {
    const Var x(array_of({3}, {1, 2, 3}));
    CHECK(elements((2 * x).value()) == Values{2, 4, 6});
    CHECK(elements((x / 2).value()) == Values{0.5, 1, 1.5});
    CHECK(elements((x - 0.5f).value()) == Values{0.5, 1.5, 2.5});
    CHECK(elements((Dim{1} - x).value()) == Values{0, -1, -2});
    CHECK(elements((x + 1u).value()) == Values{2, 3, 4});
    CHECK(elements((-x).value()) == Values{-1, -2, -3});
}

TEST_CASE("mixed: xtensor expressions are constants", "[mixed]") {
    const xt::xarray<double> a{{1, 2}, {3, 4}};
    const xt::xtensor<float, 1> row{10, 20};
    Array mine = filled({2, 2}, 2);
    Var x = Var::leaf(array_of({2, 2}, {1, 1, 2, 2}));
    Tape tape;
    const Var right = x + a, left = a * x, lazy = x - (a + 1) * 2, wide = row + x, own = mine / x,
              temporary = Var(mine) * a;
    CHECK(elements(right.value()) == Values{2, 3, 5, 6});
    CHECK(elements(left.value()) == Values{1, 2, 6, 8});
    CHECK(elements(lazy.value()) == Values{-3, -5, -6, -8});
    CHECK(elements(wide.value()) == Values{11, 21, 12, 22});
    CHECK(elements(own.value()) == Values{2, 2, 1, 1});
    CHECK(elements(temporary.value()) == Values{2, 4, 6, 8});
    CHECK(elements((a < x).value()) == Values{0, 0, 0, 0});
    CHECK(elements(maximum(x, a).value()) == Values{1, 2, 3, 4});
    CHECK(elements(heed::exp(a * 0).value()) == Values{1, 1, 1, 1});
    CHECK(elements((x + exp(a * 0)).value()) == Values{2, 2, 3, 3});  // xtensor's exp of an array, heed's sum
    tape.backward(sum(left));
    CHECK(elements(x.grad()) == Values{1, 2, 3, 4});
}

TEST_CASE("mixed: xtensor's operators between arrays stay as they are", "[mixed]") {
    const xt::xarray<double> a{1, 2}, b = a + 2 * a;
    CHECK(b(1) == 6);
    const Array c = filled({2}, 3), d = c * c + c;
    CHECK(d(0) == 12);
}

// xtensor's template takes the array as it is, where heed's function converts it: the first is the better match.
TEST_CASE("mixed: a function of arrays alone is xtensor's, unless it is called as heed's", "[mixed]") {
    const Array x = array_of({1, 2, 2}, {1, 2, 3, 4});
    const Array all_turned = transpose(x), each_twice = repeat(x, 2, 2);
    CHECK(Shape(all_turned.shape()) == Shape{2, 2, 1});
    CHECK(elements(each_twice) == Values{1, 1, 2, 2, 3, 3, 4, 4});
    CHECK(elements(heed::transpose(x).value()) == Values{1, 3, 2, 4});
    CHECK(elements(heed::repeat(x, 2, 2).value()) == Values{1, 2, 1, 2, 3, 4, 3, 4});
    CHECK(elements(heed::tril(x).value()) == Values{1, 0, 3, 4});
    CHECK(elements(heed::triu(x).value()) == Values{1, 2, 0, 4});
    const Var v(x);
    CHECK(elements(transpose(v).value()) == Values{1, 3, 2, 4});
    CHECK(elements(repeat(v, 2, 2).value()) == Values{1, 2, 1, 2, 3, 4, 3, 4});
    CHECK(elements(tril(v).value()) == Values{1, 0, 3, 4});
    CHECK(elements(triu(v).value()) == Values{1, 2, 0, 4});
}

TEST_CASE("mixed: errors name the line of the expression", "[mixed]") {
    const xt::xarray<double> a{1, 2};
    const Var x(filled({3}, 1));
    const Var y(filled({2}, 1));
    const unsigned line = __LINE__ + 1;
    for (const std::string& text : {text_of([&] { x + a; }), text_of([&] { a + x; }), text_of([&] { x + y; })}) {
        INFO(text);
        CHECK_THAT(text, StartsWith("add: argument 'b' has shape ("));
        CHECK_THAT(text, Containing("test_xtensor_overloads.cpp:" + std::to_string(line) + "\n"));
    }
}
