// Operators between a Var and numbers or xtensor expressions: heed's op runs, and its errors name the caller's line.
#include <heed/core/xt.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

using Numbers = std::vector<double>;

TEST_CASE("mixed: numbers of any arithmetic type", "[mixed]") {
    const Var x(array_of({3}, {1, 2, 3}));
    CHECK(numbers((2 * x).value()) == Numbers{2, 4, 6});
    CHECK(numbers((x / 2).value()) == Numbers{0.5, 1, 1.5});
    CHECK(numbers((x - 0.5f).value()) == Numbers{0.5, 1.5, 2.5});
    CHECK(numbers((Dim{1} - x).value()) == Numbers{0, -1, -2});
    CHECK(numbers((x + 1u).value()) == Numbers{2, 3, 4});
    CHECK(numbers((-x).value()) == Numbers{-1, -2, -3});
}

TEST_CASE("mixed: xtensor expressions are constants", "[mixed]") {
    const xt::xarray<double> a{{1, 2}, {3, 4}};
    const xt::xtensor<float, 1> row{10, 20};
    Array mine = filled({2, 2}, 2);
    Var x = Var::leaf(array_of({2, 2}, {1, 1, 2, 2}));
    Tape tape;
    const Var right = x + a, left = a * x, lazy = x - (a + 1) * 2, wide = row + x, own = mine / x, temporary = Var(mine) * a;
    CHECK(numbers(right.value()) == Numbers{2, 3, 5, 6});
    CHECK(numbers(left.value()) == Numbers{1, 2, 6, 8});
    CHECK(numbers(lazy.value()) == Numbers{-3, -5, -6, -8});
    CHECK(numbers(wide.value()) == Numbers{11, 21, 12, 22});
    CHECK(numbers(own.value()) == Numbers{2, 2, 1, 1});
    CHECK(numbers(temporary.value()) == Numbers{2, 4, 6, 8});
    CHECK(numbers((a < x).value()) == Numbers{0, 0, 0, 0});
    CHECK(numbers(maximum(x, a).value()) == Numbers{1, 2, 3, 4});
    CHECK(numbers(heed::exp(a * 0).value()) == Numbers{1, 1, 1, 1});
    CHECK(numbers((x + exp(a * 0)).value()) == Numbers{2, 2, 3, 3});  // xtensor's exp of an array, heed's sum
    tape.backward(sum(left));
    CHECK(numbers(x.grad()) == Numbers{1, 2, 3, 4});
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
    CHECK(numbers(each_twice) == Numbers{1, 1, 2, 2, 3, 3, 4, 4});
    CHECK(numbers(heed::transpose(x).value()) == Numbers{1, 3, 2, 4});
    CHECK(numbers(heed::repeat(x, 2, 2).value()) == Numbers{1, 2, 1, 2, 3, 4, 3, 4});
    CHECK(numbers(heed::tril(x).value()) == Numbers{1, 0, 3, 4});
    CHECK(numbers(heed::triu(x).value()) == Numbers{1, 2, 0, 4});
    const Var v(x);
    CHECK(numbers(transpose(v).value()) == Numbers{1, 3, 2, 4});
    CHECK(numbers(repeat(v, 2, 2).value()) == Numbers{1, 2, 1, 2, 3, 4, 3, 4});
    CHECK(numbers(tril(v).value()) == Numbers{1, 0, 3, 4});
    CHECK(numbers(triu(v).value()) == Numbers{1, 2, 0, 4});
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
