// Arrays: made from and read as xtensor expressions, shared until written to.
#include <typeinfo>
#include <utility>
#include <heed/core/xt.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

namespace heed::narrow {  // under_flags.cpp
const void* address_of(const Array& x);
const std::type_info& array_type();
const std::type_info& xarray_type();
}  // namespace heed::narrow
namespace heed::wide {
const void* address_of(const Array& x);
const std::type_info& array_type();
const std::type_info& xarray_type();
}  // namespace heed::wide

using namespace heed;

using Values = std::vector<double>;

TEST_CASE("array: from any xtensor expression, and back", "[array]") {
    const xt::xarray<double> a{{1, 2, 3}, {4, 5, 6}};
    const xt::xtensor<int, 2> t{{1, 0, 1}, {0, 1, 0}};
    const Array x = a * 2 + t;
    CHECK(Shape(x.shape()) == Shape{2, 3});
    CHECK(elements(x) == Values{3, 4, 7, 8, 11, 12});

    const xt::xarray<double> back = x + 0.5;
    CHECK(back.dimension() == 2);
    CHECK(back(1, 2) == 12.5);
    const xt::xtensor<Real, 2> fixed = x;
    CHECK(fixed(0, 1) == 4);
    CHECK(xt::sum(x)() == 45);

    const Array column = xt::view(x, xt::all(), 1);  // strided views are packed
    CHECK(elements(column) == Values{4, 11});
    const Array turned = xt::transpose(x);
    CHECK(Shape(turned.shape()) == Shape{3, 2});
    CHECK(elements(turned) == Values{3, 8, 4, 11, 7, 12});
    const Array row = xt::xarray<double>({1, 3, 4, 2});  // a list of values is one-dimensional
    CHECK(Shape(row.shape()) == Shape{4});
}

TEST_CASE("array: xtensor may assign to it and write through it", "[array]") {
    Array x = filled({2, 2}, 1);
    x = xt::ones<Real>({2, 2}) * Real(4);
    CHECK(elements(x) == Values{4, 4, 4, 4});
    x += Real(1);
    x(1, 0) = 0;
    xt::view(x, 0, xt::all()) = Real(7);
    CHECK(elements(x) == Values{7, 7, 0, 5});
    x = xt::xarray<Real>::from_shape({3});
    CHECK(Shape(x.shape()) == Shape{3});
    xt::xarray<double> grown;
    grown = array_of({1, 3}, {1, 2, 3});
    CHECK(grown.shape(1) == 3);
    CHECK(grown(0, 2) == 3);
}

TEST_CASE("array: what xtensor evaluates has the rank of the expression", "[array]") {
    const Array x = array_of({2, 3}, {0, 1, 2, 3, 4, 5});
    const xt::xarray<double> a = x;
    const auto expect_shape = [](const auto& y, const Shape& shape) {  // xtensor's own type for an evaluated expression
        static_assert(std::is_same_v<std::decay_t<decltype(y.shape())>, xt::dynamic_shape<std::size_t>>);
        CHECK(Shape(y.shape().begin(), y.shape().end()) == shape);
    };
    expect_shape(eval(x * Real(2)), {2, 3});  // xt::eval, which the lint keeps out of the tree
    expect_shape(eval(a + x), {2, 3});
    expect_shape(eval(xt::sum(x, {0})), {3});
    expect_shape(eval(xt::transpose(x)), {3, 2});
    expect_shape(eval(xt::view(x, 1, xt::all())), {3});
    expect_shape(xt::sum(x, {1}, xt::evaluation_strategy::immediate), {2});
}

TEST_CASE("array: rank 0 and empty arrays", "[array]") {
    const Array one = Array(Real(3));
    CHECK(Shape(one.shape()) == Shape{});
    CHECK(count(one) == 1);
    const Array none = Array::from_shape({2, 0, 3});
    CHECK(count(none) == 0);
    CHECK(Shape(Array(none * Real(2)).shape()) == Shape{2, 0, 3});
    CHECK(count(reshaped(none, {0})) == 0);
    const Array moved_from_here = one;
    CHECK(elements(moved_from_here) == Values{3});
}

TEST_CASE("array: copies, reshapes, parts and detached values share memory", "[array]") {
    if (!memory_is_pooled()) return;
    const Dim n = 1 << 16;
    release_pooled_memory();  // a larger block left by another test would serve, too
    const std::size_t before = memory_report().live;
    Array x = filled({n}, 1);
    const std::size_t one = memory_report().live - before;
    CHECK(one >= static_cast<std::size_t>(n) * sizeof(Real));
    CHECK(one < static_cast<std::size_t>(n) * sizeof(Real) * 5 / 4 + 128);
    const Array copy = x, square = reshaped(x, {256, 256}), rows = part_of(square, 256, {2, 256});
    const Var v(x), w = v.detach();
    const std::size_t nodes = memory_report().live - before - one;
    CHECK(nodes <= 2048);
    CHECK(std::as_const(x).storage().data() == square.storage().data());
    CHECK(rows.storage().data() == square.storage().data() + 256);
    CHECK(w.value().storage().data() == square.storage().data());

    x(0) = 5;  // now x has its own
    CHECK(memory_report().live - before == 2 * one + nodes);
    CHECK(copy(0) == 1);
    CHECK(square(0, 0) == 1);
    CHECK(w.value()(0) == 1);
    x(1) = 6;
    CHECK(memory_report().live - before == 2 * one + nodes);
}

TEST_CASE("array: writing to one sharer never shows in another", "[array]") {
    const Array x = array_of({2, 3}, {0, 1, 2, 3, 4, 5});
    Array flat = reshaped(x, {6}), second = part_of(x, 3, {3});
    second(0) = 9;
    flat.fill(7);
    CHECK(elements(x) == Values{0, 1, 2, 3, 4, 5});
    CHECK(elements(second) == Values{9, 4, 5});
    CHECK(elements(flat) == Values(6, 7));
    Var v(x);
    v.mutable_value() += Real(1);
    CHECK(elements(v.value()) == Values{1, 2, 3, 4, 5, 6});
    CHECK(elements(x) == Values{0, 1, 2, 3, 4, 5});
    Array self = x;
    self = self * self + self;
    CHECK(elements(self) == Values{0, 2, 6, 12, 20, 30});
}

TEST_CASE("array: one type under all compiler flags", "[array]") {
    const Array x = filled({2}, 1);
    CHECK(narrow::address_of(x) == &x);
    CHECK(wide::address_of(x) == &x);
    CHECK(narrow::array_type() == typeid(Array));
    CHECK(wide::array_type() == typeid(Array));
#if defined(__x86_64__) && !defined(HEED_NARROW)
    CHECK(narrow::xarray_type() != wide::xarray_type());  // what `Array` names its own storage for
#endif
}

TEST_CASE("array: more than eight axes are refused", "[array]") {
    const Shape eight(8, 1);
    CHECK(count(Array::from_shape(eight)) == 1);
    Shape nine = eight;
    CHECK(text_of([&] { nine.push_back(1); }) == "Shape: 9 axes; heed's arrays have at most 8");
    CHECK_THROWS_AS(Shape(9, 1), RangeError);
    const xt::xarray<double> deep = xt::ones<double>(std::vector<std::size_t>(9, 1));
    CHECK_THROWS_AS(Array(deep), RangeError);
}

TEST_CASE("array: sizes that no memory holds throw", "[array]") {
    CHECK_THROWS_AS(Array::from_shape({Dim{1} << 31, Dim{1} << 31}), RangeError);
    CHECK_THROWS_AS(filled({Dim{1} << 46}, 0), MemoryError);
}
