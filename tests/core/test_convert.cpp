// Arrays between braces, from the memory of others, and back.
#include <array>
#include <numeric>
#include <span>
#include <heed/core/convert.hpp>
#include <heed/core/xt.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

using Values = std::vector<double>;

namespace {

// As much of Eigen::Matrix as array_from reads, its columns one after the other.
template <int Columns>
struct Matrix {
    enum { IsVectorAtCompileTime = Columns == 1 };
    std::vector<float> values;
    Dim rows() const { return static_cast<Dim>(values.size()) / Columns; }
    Dim cols() const { return Columns; }
    float operator()(Dim i, Dim j) const { return values[static_cast<std::size_t>(j * rows() + i)]; }
};

}  // namespace

TEST_CASE("array: braces make the shape that they show", "[array]") {
    CHECK(Array{}.shape() == Shape{});
    CHECK(Array{0.5}.shape() == Shape{1});
    CHECK(Array{{0.5}}.shape() == Shape{1, 1});
    CHECK(Ints{{0}, {1}}.shape() == Shape{2, 1});
    CHECK(Ints{{{2, 0}}, {{1, 1}}}.shape() == Shape{2, 1, 2});
    CHECK(Array({1, 3}).shape() == Shape{2});
    CHECK(Array{{{{{7}}}}}.shape() == Shape{1, 1, 1, 1, 1});
    CHECK(Array{{}, {}}.shape() == Shape{2, 0});
    const Array rows = {{1, 2, 3}, {4, 5, 6}};
    CHECK(rows.shape() == Shape{2, 3});
    CHECK(elements(rows) == Values{1, 2, 3, 4, 5, 6});
    const Array copy{rows}, sum{rows + rows};
    CHECK(copy.shape() == Shape{2, 3});
    CHECK(sum(1, 2) == 12);
    const Ints rank_0 = 3;
    CHECK(rank_0.shape() == Shape{});
    static_assert(!std::is_constructible_v<Ints, std::initializer_list<double>>);
}

TEST_CASE("array: lists of different lengths are refused with the caller's line", "[array]") {
    std::string text = text_of([] { Array{{1, 2}, {3}}; }), line = std::to_string(__LINE__);
    CHECK_THAT(text, StartsWith("Array: lists of different lengths on one level; the first ones make (2, 2)"));
    CHECK_THAT(text, Containing("test_convert.cpp:" + line + "\n"));
    CHECK_THROWS_AS((Ints{{1}, {2, 3}}), RangeError);
    CHECK_THROWS_AS((Array{{{1, 2}}, {{3, 4}, {5, 6}}}), RangeError);
    CHECK_THROWS_AS((Array{1, {2}}), RangeError);
    CHECK_THROWS_AS((Array{{2}, 1}), RangeError);
    CHECK_THROWS_AS((Array{{}, {1}}), RangeError);
}

TEST_CASE("array: from vectors, pointers and spans, and back", "[array]") {
    const std::vector<float> values = {1, 2, 3, 4, 5, 6};
    CHECK(array_from(values).shape() == Shape{6});
    const Array rows = array_from(values, {2, 3});
    CHECK(rows(1, 0) == 4);
    CHECK(elements(array_from(values.data() + 1, {2, 2})) == Values{2, 3, 4, 5});
    CHECK(elements(array_from(std::array<std::uint8_t, 2>{7, 255})) == Values{7, 255});
    CHECK(elements(array_from(std::span(values).subspan(4))) == Values{5, 6});
    const std::vector<int> ids = {3, 1};
    CHECK(ints_from(ids)(1) == 1);
    CHECK(ints_from(ids, {2, 1}).shape() == Shape{2, 1});
    CHECK(to_vector(rows) == std::vector<Real>{1, 2, 3, 4, 5, 6});
    CHECK(to_vector(Ints{4, 5}) == std::vector<std::int64_t>{4, 5});
    CHECK(to_vector(Var(rows)[1]) == std::vector<Real>{4, 5, 6});
    CHECK(array_from(std::vector<double>{}).shape() == Shape{0});
    const std::string text = text_of([&] { array_from(values, {2, 2}); }), line = std::to_string(__LINE__);
    CHECK_THAT(text, StartsWith("array_from: argument 'from' has shape (6); expected 4 elements, for shape (2, 2)"));
    CHECK_THAT(text, Containing("test_convert.cpp:" + line + "\n"));
    CHECK_THROWS_AS(array_from(values, {-1, 6}), RangeError);
    CHECK_THAT(text_of([&] { ints_from(ids, {3}); }), Containing("test_convert.cpp:"));
    CHECK(ints_from(ids.data(), {1, 2})(0, 1) == 1);
}

TEST_CASE("array: from a matrix whose columns lie one after the other", "[array]") {
    const Array m = array_from(Matrix<3>{{1, 4, 2, 5, 3, 6}});
    CHECK(m.shape() == Shape{2, 3});
    CHECK(elements(m) == Values{1, 2, 3, 4, 5, 6});
    CHECK(array_from(Matrix<1>{{1, 2}}).shape() == Shape{2});
}

TEST_CASE("var: constants from numbers and expressions of xtensor, and slices of them", "[array]") {
    const xt::xarray<double> a{{1, 2}, {3, 4}};
    const Array b = filled({2, 2}, 1);
    const Var number = 3, expression = a, sum_of_arrays = b + b;
    CHECK(number.shape() == Shape{});
    CHECK(elements(expression.value()) == Values{1, 2, 3, 4});
    CHECK(elements(sum_of_arrays.value()) == Values{2, 2, 2, 2});
    const Var total = sum(b, 1), powers = exp(b * 0);  // xtensor's functions: the same values
    CHECK(elements(total.value()) == Values{2, 2});
    CHECK(elements(powers.value()) == Values{1, 1, 1, 1});
    CHECK(elements(expression[-1].value()) == Values{3, 4});
    CHECK(expression(1, 0).item() == 3);
    const std::string text = text_of([&] { expression(0, 2); }), line = std::to_string(__LINE__);
    CHECK_THAT(text, StartsWith("pick: index 2 of axis 1 of shape (2, 2); expected -2 <= index < 2"));
    CHECK_THAT(text, Containing("test_convert.cpp:" + line + "\n"));
    CHECK_THAT(text_of([&] { expression(0, 0, 0); }), StartsWith("pick: 3 indices of a value of shape (2, 2)"));
}

TEST_CASE("var: has no truth value, and says whether it is defined", "[array]") {
    static_assert(!std::is_constructible_v<bool, Var>);
    Var x = 1;
    const Var moved = std::move(x);
    CHECK(moved.defined());
    CHECK_FALSE(x.defined());  // NOLINT: that is what is tested
    CHECK_FALSE(Var().defined());
}

TEST_CASE("var: += makes a new value, and leaves other handles and the leaf as they were", "[array]") {
    const Var w = Var::leaf(Array{1, 2});
    Var x = w;
    Tape tape;
    x *= 3;
    x += w;
    x -= 1;
    x /= 2;
    CHECK(elements(x.value()) == Values{1.5, 3.5});
    CHECK(elements(w.value()) == Values{1, 2});
    tape.backward(sum(x));
    CHECK(elements(w.grad()) == Values{2, 2});
    const std::string text = text_of([&] { x += Var(Array{1, 2, 3}); }), line = std::to_string(__LINE__);
    CHECK_THAT(text, StartsWith("add: argument 'b' has shape (3)"));
    CHECK_THAT(text, Containing("test_convert.cpp:" + line + "\n"));
}
