// Ops that only move elements: values by their definitions, shared memory, gradients added in place, texts of refusals.
#include <functional>
#include <numeric>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

Array counted(const Shape& shape) {
    std::vector<double> values(static_cast<std::size_t>(shape.count()));
    std::iota(values.begin(), values.end(), 1);
    return array_of(shape, values);
}

// The array of this shape whose element at each index is f(index).
Array made(const Shape& shape, const std::function<double(const Shape&)>& f) {
    Array y = Array::from_shape(shape);
    for (Dim i = 0; i < shape.count(); ++i) {
        Shape index = shape;
        Dim rest = i;
        for (std::size_t k = shape.size(); k-- > 0; rest /= shape[k]) index[k] = rest % shape[k];
        y.data()[i] = static_cast<Real>(f(index));
    }
    return y;
}

double at(const Array& x, const Shape& index) {
    Dim i = 0;
    for (std::size_t k = 0; k < index.size(); ++k) i = i * x.shape()[k] + index[k];
    return static_cast<double>(x.storage().data()[i]);
}

void check_same(const Var& y, const Array& expected) {
    CHECK(to_string(y.shape()) == to_string(expected.shape()));
    CHECK(elements(y.value()) == elements(expected));
}

bool shares(const Var& a, const Var& b, Dim offset = 0) {
    return a.value().storage().data() == b.value().storage().data() + offset;
}

}  // namespace

TEST_CASE("moving: every element is where the definition puts it", "[moving]") {
    const Array x = counted({3, 4, 5});
    const Var v(x);
    check_same(permute(v, {2, 0, 1}), made({5, 3, 4}, [&](const Shape& i) { return at(x, {i[1], i[2], i[0]}); }));
    check_same(transpose(v), made({3, 5, 4}, [&](const Shape& i) { return at(x, {i[0], i[2], i[1]}); }));
    const Array wide = counted({70, 400});  // whose transpose is shared out
    check_same(transpose(Var(wide)), made({400, 70}, [&](const Shape& i) { return at(wide, {i[1], i[0]}); }));
    check_same(flip(v, {0, 2}), made({3, 4, 5}, [&](const Shape& i) { return at(x, {2 - i[0], i[1], 4 - i[2]}); }));
    check_same(pick(v, -2, 1), made({3, 5}, [&](const Shape& i) { return at(x, {i[0], 1, i[1]}); }));
    check_same(expand(reshape(pick(v, 0, 0), {4, 1, 5}), {2, 4, 3, 5}), made({2, 4, 3, 5}, [&](const Shape& i) {
                   return at(x, {0, i[1], i[3]});
               }));
    check_same(repeat(v, 2, 1), made({3, 8, 5}, [&](const Shape& i) { return at(x, {i[0], i[1] % 4, i[2]}); }));
    check_same(repeat_interleave(v, 2, 1), made({3, 8, 5}, [&](const Shape& i) {
                   return at(x, {i[0], i[1] / 2, i[2]});
               }));
    check_same(repeat_interleave(v, Ints{0, 3, 0, 1}, 1), made({3, 4, 5}, [&](const Shape& i) {
                   return at(x, {i[0], i[1] < 3 ? 1 : 3, i[2]});
               }));
    check_same(roll(v, {1, -2}, {2, 0}), made({3, 4, 5}, [&](const Shape& i) {
                   return at(x, {(i[0] + 2) % 3, i[1], (i[2] + 4) % 5});
               }));
    check_same(diag(v, 1), made({3, 4}, [&](const Shape& i) { return at(x, {i[0], i[1], i[1] + 1}); }));
    check_same(diag(v, -2), made({3, 2}, [&](const Shape& i) { return at(x, {i[0], i[1] + 2, i[1]}); }));
    check_same(diag(pick(pick(v, 0, 0), 0, 0), -1), made({6, 6}, [&](const Shape& i) {
                   return i[0] == i[1] + 1 ? at(x, {0, 0, i[1]}) : 0;
               }));
    check_same(tril(v, 1), made({3, 4, 5}, [&](const Shape& i) { return i[2] <= i[1] + 1 ? at(x, i) : 0; }));
    check_same(triu(v, -1), made({3, 4, 5}, [&](const Shape& i) { return i[2] >= i[1] - 1 ? at(x, i) : 0; }));
    check_same(stack({v, v}, 1), made({3, 2, 4, 5}, [&](const Shape& i) { return at(x, {i[0], i[2], i[3]}); }));
    check_same(concat({v, v}, -2), made({3, 8, 5}, [&](const Shape& i) { return at(x, {i[0], i[1] % 4, i[2]}); }));
    check_same(split(v, {1, 3}, 1)[1], made({3, 3, 5}, [&](const Shape& i) { return at(x, {i[0], i[1] + 1, i[2]}); }));
    check_same(pad(v, {{1, 0}, {0, 2}}, 7), made({3, 5, 7}, [&](const Shape& i) {
                   return i[1] >= 1 && i[2] < 5 ? at(x, {i[0], i[1] - 1, i[2]}) : 7;
               }));
    check_same(take(v, Ints{3, 0, 3}, 1), made({3, 3, 5}, [&](const Shape& i) {
                   return at(x, {i[0], i[1] == 1 ? 0 : 3, i[2]});
               }));
    check_same(take_rows(v, Ints{{2, 0}, {1, 1}}), made({2, 2, 4, 5}, [&](const Shape& i) {
                   return at(x, {i[0] ? 1 : 2 - 2 * i[1], i[2], i[3]});
               }));
}

TEST_CASE("moving: slices follow Python", "[moving]") {
    const Var x(array_of({5}, {0, 1, 2, 3, 4}));
    const auto sliced = [&](Dim begin, Dim end, Dim step) { return elements(slice(x, 0, begin, end, step).value()); };
    using Values = std::vector<double>;
    CHECK(sliced(1, -1, 1) == Values{1, 2, 3});
    CHECK(sliced(-2, 99, 1) == Values{3, 4});
    CHECK(sliced(-99, 5, 2) == Values{0, 2, 4});
    CHECK(sliced(1, 5, 2) == Values{1, 3});
    CHECK(sliced(4, -99, -2) == Values{4, 2, 0});
    CHECK(sliced(99, 0, -3) == Values{4, 1});
    CHECK(sliced(3, 3, 1).empty());
    CHECK(sliced(1, 3, -1).empty());
    CHECK(sliced(5, 9, 1).empty());
}

TEST_CASE("moving: indices", "[moving]") {
    const Var x(array_of({2, 3}, {1, 2, 3, 4, 5, 6})), source(array_of({2, 2}, {10, 20, 30, 40}));
    const Ints ids{{2, 0}, {1, 1}};
    CHECK(elements(gather(x, ids, 1).value()) == std::vector<double>{3, 1, 5, 5});
    CHECK(elements(scatter(x, ids, source, 1).value()) == std::vector<double>{20, 2, 10, 4, 40, 6});
    CHECK(elements(scatter_add(x, ids, source, 1).value()) == std::vector<double>{21, 2, 13, 4, 75, 6});
    CHECK(elements(segment_sum(x, Ints{2, 2}, 3).value()) == std::vector<double>{0, 0, 0, 0, 0, 0, 5, 7, 9});
    CHECK(elements(one_hot(Ints{1, 0}, 3).value()) == std::vector<double>{0, 1, 0, 1, 0, 0});
    CHECK(elements(zeros({2}).value()) == std::vector<double>{0, 0});
    CHECK(elements(ones({2}).value()) == std::vector<double>{1, 1});
    CHECK(arange(3).storage() == Ints{0, 1, 2}.storage());
}

TEST_CASE("moving: what threads share, by its definition and with the same bits on one and on three", "[moving]") {
    const Dim rows = 140, n = 301, inner = 2;  // one row is no share, and some ids are named by no row and some by many
    const Var x = floor(randn({rows, n, inner}, Key{1}) * 8), flat = reshape(x, {rows, n * inner});
    const Ints ids = randint(0, n, {rows, n, inner}, Key{2}), few = randint(0, 7, {rows, n * inner}, Key{3});
    const Ints some = randint(0, n, {90}, Key{4});
    const auto id = [&](Dim r, Dim i, Dim k) { return ids.data()[(r * n + i) * inner + k]; };
    const auto run = [&](int number) {
        set_threads(number);
        return std::vector<Array>{gather(x, ids, 1).value(),
                                  take(x, some, 1).value(),
                                  take(flat, some, 1).value(),
                                  flip(flat, 1).value(),
                                  transpose(flat).value(),
                                  permute(x, {2, 1, 0}).value(),
                                  scatter(x, ids, x * 2, 1).value(),
                                  interpolate(x, {2 * n}, {.nearest = true}).value(),
                                  scatter_add(flat, few, flat * 3, 1).value(),
                                  softmax(flat, 0).value()};
    };
    const int before = threads();
    const std::vector<Array> one = run(1), three = run(3);
    set_threads(before);
    for (std::size_t i = 0; i < one.size(); ++i) CHECK(elements(one[i]) == elements(three[i]));

    const Array& v = x.value();
    const auto same = [](const Array& y, const std::function<double(const Shape&)>& f) {
        return elements(y) == elements(made(y.shape(), f));
    };
    CHECK(same(one[0], [&](const Shape& i) { return at(v, {i[0], id(i[0], i[1], i[2]), i[2]}); }));
    CHECK(same(one[1], [&](const Shape& i) { return at(v, {i[0], some.data()[i[1]], i[2]}); }));
    CHECK(same(one[2], [&](const Shape& i) { return at(flat.value(), {i[0], some.data()[i[1]]}); }));
    CHECK(same(one[3], [&](const Shape& i) { return at(flat.value(), {i[0], n * inner - 1 - i[1]}); }));
    CHECK(same(one[4], [&](const Shape& i) { return at(flat.value(), {i[1], i[0]}); }));
    CHECK(same(one[5], [&](const Shape& i) { return at(v, {i[2], i[1], i[0]}); }));
    CHECK(same(one[7], [&](const Shape& i) { return at(v, {i[0], i[1] / 2, i[2]}); }));
    Array written = v;
    std::vector<double> sums = elements(flat.value());
    for (Dim r = 0; r < rows; ++r)
        for (Dim i = 0; i < n; ++i)
            for (Dim k = 0; k < inner; ++k) {
                const Dim here = (r * n + i) * inner + k;
                written.data()[(r * n + id(r, i, k)) * inner + k] = v.data()[here] * 2;
                const std::size_t to = static_cast<std::size_t>(r * n * inner + few.data()[here]);
                sums[to] += 3 * static_cast<double>(v.data()[here]);
            }
    CHECK(elements(one[6]) == elements(written));
    CHECK(elements(one[8]) == sums);  // of small whole numbers: exact
    Ints wrong = ids;
    wrong.data()[count(wrong) - 1] = n;
    CHECK_THROWS_AS(gather(x, wrong, 1), RangeError);
}

TEST_CASE("moving: memory is shared where the elements are contiguous", "[moving]") {
    const Var x(counted({4, 3, 2}));
    CHECK(shares(reshape(x, {2, -1}), x));
    CHECK(shares(unsqueeze(x, 1), x));
    CHECK(shares(squeeze(unsqueeze(x, 1)), x));
    CHECK(shares(slice(x, 0, 1, 3), x, 6));
    CHECK(shares(pick(x, 0, 3), x, 18));
    CHECK(shares(split(x, {1, 3}, 0)[1], x, 6));
    CHECK(shares(permute(unsqueeze(x, 0), {1, 2, 0, 3}), x));
    CHECK_FALSE(shares(slice(x, 1, 0, 2), x));

    Var y = pick(x, 0, 3);
    y.mutable_value().data()[0] = -1;
    CHECK(at(x.value(), {3, 0, 0}) == 19);
}

TEST_CASE("moving: the gradient of a part is added in place", "[moving]") {
    const Var x = Var::leaf(counted({2, 3, 2}));
    const auto step = [&] {
        Tape tape;
        std::vector<Var> parts;
        for (Dim t = 0; t < 3; ++t) parts.push_back(pick(x, 1, t) * double(t + 1));
        tape.backward(sum(stack(parts, 1)) + sum(slice(x, 2, 1, 2)));
    };
    step();
    const Real* before = x.grad().storage().data();
    CHECK(elements(x.grad()) == std::vector<double>{1, 2, 2, 3, 3, 4, 1, 2, 2, 3, 3, 4});
    step();
    CHECK(x.grad().storage().data() == before);
    CHECK(elements(x.grad()) == std::vector<double>{2, 4, 4, 6, 6, 8, 2, 4, 4, 6, 6, 8});

    const Array kept = x.grad();  // what somebody else holds does not change
    step();
    CHECK(elements(kept)[0] == 2);
    CHECK(elements(x.grad())[0] == 3);
}

TEST_CASE("moving: gradient() sees parts of leaves and of other values", "[moving]") {
    const Var x = Var::leaf(array_of({3}, {1, 2, 3}));
    Tape tape;
    const Var y = x * 2.0;
    const std::vector<Array> grads = gradient(pick(y, 0, 2) * 5.0 + pick(x, 0, 0), {x, y});
    CHECK(elements(grads[0]) == std::vector<double>{1, 0, 10});
    CHECK(elements(grads[1]) == std::vector<double>{0, 0, 5});
    CHECK_FALSE(x.has_grad());
}

TEST_CASE("moving: refusals name value, position and reason", "[moving]") {
    const Var table(filled({16, 32}, 0));
    Ints ids = Ints::from_shape({4, 3});
    std::fill(ids.begin(), ids.end(), 1);
    ids(3, 2) = 17;
    CHECK_THAT(
        text_of([&] { take_rows(table, ids); }),
        StartsWith(
            "take_rows: argument 'ids' holds 17 at (3, 2); expected 0 <= id < 16 because 'table' is (16, 32)\n"));
    CHECK_THROWS_AS(take_rows(table, ids), RangeError);
    CHECK_THAT(text_of([&] {
                   take(table, Ints{0, -1}, 1);
               }),
               StartsWith("take: argument 'ids' holds -1 at (1); expected 0 <= id < 32 because 'x' is (16, 32) and its "
                          "axis 1 is meant\n"));
    CHECK_THAT(text_of([&] { one_hot(Ints{4}, 4); }),
               StartsWith("one_hot: argument 'ids' holds 4 at (0); expected 0 <= id < 4 because 'classes' is 4\n"));
    CHECK_THAT(text_of([&] { pick(table, 0, 16); }),
               StartsWith("pick: index 16 of axis 0 of shape (16, 32); expected -16 <= index < 16\n"));
    CHECK_THAT(
        text_of([&] {
            reshape(table, {5, -1});
        }),
        StartsWith("reshape: argument 'x' has shape (16, 32); expected a multiple of 5 elements to fill (5, -1)\n"));
    CHECK_THAT(text_of([&] {
                   concat({table, ones({16, 2}), ones({15, 2})});
               }),
               StartsWith("concat: argument 'parts[2]' has shape (15, 2); expected the shape of 'parts[0]' (16, 32), "
                          "but for axis 1\n"));
    CHECK_THAT(text_of([&] {
                   split(table, {30, 1});
               }),
               StartsWith("split: argument 'x' has shape (16, 32); expected 31 at axis 1 because sizes are (30, 1)\n"));
}
