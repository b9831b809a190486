// Embedding bags of many ids, beside their definition; bags that are empty or padded; the same bits on any number of
// threads. Beside PyTorch: tests/both/reference/test_reference_shape.cpp.
#include <cmath>
#include <limits>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/kernel_data.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Bags {
    Dim rows, width, n;
    Ints offsets, ids = randint(0, rows, {n}, {1, 2});
    Var table = Var::leaf(randn({rows, width}, {3, 4}).value()), weights = Var::leaf(randn({n}, {5, 6}).value());

    Var sums() const {
        return embedding_bag(table, ids, {.offsets = offsets, .mode = BagMode::sum, .weights = weights});
    }

    // What is given to each(bag, position) is in double.
    template <class Each>
    void positions(Each&& each) const {
        const Dim bags = count(offsets);
        for (Dim b = 0; b < bags; ++b)
            for (Dim i = offsets(b), end = b + 1 < bags ? offsets(b + 1) : n; i < end; ++i) each(b, i);
    }
};

using Values = std::vector<double>;

// The largest difference, as a part of the largest element.
double off(const Array& is, const Values& expected) {
    double most = 0, largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        most = std::max(most, std::abs(double{is.storage()[i]} - expected[i]));
        largest = std::max(largest, std::abs(expected[i]));
    }
    return most / largest;
}

void check_definition(const Bags& b) {
    INFO(b.rows << " rows of " << b.width << ", " << b.n << " ids");
    const Dim bags = count(b.offsets);
    const Array dy = randn({bags, b.width}, {7, 8}).value();
    const Values x = elements(b.table.value()), w = elements(b.weights.value()), g = elements(dy);
    Values y(g.size()), dx(x.size()), dw(w.size());
    b.positions([&](Dim bag, Dim i) {
        for (Dim j = 0; j < b.width; ++j) {
            const auto from = static_cast<std::size_t>(b.ids(i) * b.width + j),
                       to = static_cast<std::size_t>(bag * b.width + j), at = static_cast<std::size_t>(i);
            y[to] += w[at] * x[from];
            dx[from] += w[at] * g[to];
            dw[at] += x[from] * g[to];
        }
    });
    Tape tape;
    const Var is = b.sums();
    const std::vector<Array> gradients = gradient(is, {b.table, b.weights}, dy);
    CHECK(off(is.value(), y) < 2e-6);
    CHECK(off(gradients[0], dx) < 2e-6);
    CHECK(off(gradients[1], dw) < 2e-6);
}

}  // namespace

TEST_CASE("embedding bags: beside their definition, at widths of each kind (" HEED_TAG ")", "[bags]") {
    for (const Dim width : {1, 3, 8, 16, 31, 64, 128, 150, 1030})
        check_definition({.rows = 50, .width = width, .n = 700, .offsets = Ints{0, 1, 1, 40, 300, 699, 700}});
    check_definition({.rows = 3, .width = 40, .n = 5000, .offsets = Ints{0, 4990}});
    check_definition({.rows = 100000, .width = 2, .n = 20000, .offsets = Ints{0, 7, 9000}});
}

TEST_CASE("embedding bags: many equal rows (" HEED_TAG ")", "[bags][sums]") {
    constexpr Dim n = Dim{1} << 20;
    const double tenth = static_cast<double>(static_cast<Real>(0.1));
    Ints ids = Ints::from_shape({1, n});
    std::fill_n(ids.data(), n, 1);
    const Var table = Var::leaf(filled({2, 3}, Real(0.1)));
    Tape tape;
    const Var total = embedding_bag(table, ids, {.mode = BagMode::sum}), middle = embedding_bag(table, ids);
    CHECK(double{total.value()(0, 2)} == Approx(n * tenth).epsilon(1e-6));
    CHECK(double{middle.value()(0, 2)} == Approx(tenth).epsilon(1e-6));
    const Array dx = gradient(sum(total * 0.1), {table})[0];
    CHECK(double{dx(1, 0)} == Approx(n * tenth).epsilon(1e-6));
    CHECK(dx(0, 0) == 0);
}

TEST_CASE("embedding bags: the same bits on any number of threads (" HEED_TAG ")", "[bags][threads]") {
    Ints offsets = Ints::from_shape({400});
    for (Dim b = 0; b < 400; ++b) offsets(b) = b * b / 8;
    for (const Dim width : {2, 16, 200}) {
        INFO(width);
        const Bags b{.rows = 900, .width = width, .n = 21000, .offsets = offsets};
        const auto run = [&](int number) {
            const test::Threads threads(number);
            Tape tape;
            const Var y = b.sums();
            const std::vector<Array> gradients = gradient(sum(square(y)), {b.table, b.weights});
            return std::vector{elements(y.value()), elements(gradients[0]), elements(gradients[1])};
        };
        const std::vector<Values> once = run(1);
        CHECK(run(2) == once);
        CHECK(run(3) == once);
    }
}

TEST_CASE("embedding bags: what is padding is not read, and an empty bag is zero (" HEED_TAG ")", "[bags]") {
    const Real nan = std::numeric_limits<Real>::quiet_NaN();
    const Var table = Var::leaf(array_of({3, 2}, {1, 2, nan, nan, 3, 6})), weights = Var::leaf(Array{1, nan, 2});
    const Ints ids{0, 1, 2}, offsets{0, 0, 2};
    CHECK(elements(embedding_bag(table, ids, {.offsets = offsets, .padding = 1}).value()) == Values{0, 0, 1, 2, 3, 6});
    Tape tape;
    const Var y =
        embedding_bag(table, ids, {.offsets = Ints{0}, .mode = BagMode::sum, .weights = weights, .padding = -2});
    CHECK(elements(y.value()) == Values{7, 14});
    tape.backward(sum(y));
    CHECK(elements(table.grad()) == Values{1, 1, 0, 0, 2, 2});
    CHECK(elements(weights.grad()) == Values{3, 0, 9});
}

TEST_CASE("embedding bags: the table may change before the sweep unless weights learn (" HEED_TAG ")", "[bags]") {
    const Var table = Var::leaf(filled({3, 2}, 1)), weights = Var::leaf(filled({1, 2}, 1));
    const auto sweep = [&](const EmbeddingBagOptions& options) {
        Tape tape;
        const Var y = sum(embedding_bag(table, Ints{{0, 2}}, options));
        table.mutable_value("a test").fill(2);
        tape.backward(y);
    };
    CHECK_NOTHROW(sweep({}));
    CHECK_NOTHROW(sweep({.mode = BagMode::sum, .weights = weights.detach()}));
    CHECK_THROWS_AS(sweep({.mode = BagMode::sum, .weights = weights}), TapeError);
}

TEST_CASE("embedding bags: what is refused says what was expected (" HEED_TAG ")", "[bags]") {
    const Var table = filled({4, 3}, 1);
    const Ints ids{0, 1, 2};
    const auto text = [&](const EmbeddingBagOptions& options) {
        return text_of([&] { embedding_bag(table, ids, options); });
    };
    CHECK_THAT(text({.offsets = Ints{1}}),
               StartsWith("embedding_bag: the option 'offsets' holds 1 at (0); expected 0 <= offset <= 0 because the "
                          "first bag begins with the first id"));
    CHECK_THAT(text({.offsets = Ints{0, 2, 1}}),
               StartsWith("embedding_bag: the option 'offsets' holds 1 at (2); expected 2 <= offset <= 3 because "
                          "offsets ascend and there are 3 ids"));
    CHECK_THAT(text({.offsets = Ints{0}, .padding = -5}),
               StartsWith("embedding_bag: the option 'padding' is -5; expected an id, -4 to 3, because 'table' is "
                          "(4, 3)"));
    CHECK_THAT(text({.offsets = Ints{0}, .weights = filled({3}, 1)}),
               StartsWith("embedding_bag: the option 'weights' is given with BagMode::mean; expected BagMode::sum"));
    CHECK_THAT(text_of([] { nn::EmbeddingBag(nn::Params(), 5, 2, BagMode::sum, {.padding = 5}); }),
               StartsWith("EmbeddingBag: padding is 5; expected an id of 5 rows"));
}

TEST_CASE("embedding bags: the layer's row of padding stays zero (" HEED_TAG ")", "[bags][nn]") {
    const nn::EmbeddingBag layer(nn::Params(3), 5, 2, BagMode::mean, {.start = nn::init::constant(2), .padding = -1});
    CHECK(elements(layer.table.value()) == Values{2, 2, 2, 2, 2, 2, 2, 2, 0, 0});
    Tape tape;
    const Var y = layer(Ints{{0, 4}, {4, 4}});
    CHECK(elements(y.value()) == Values{2, 2, 0, 0});
    tape.backward(sum(y));
    CHECK(elements(layer.table.grad()) == Values{1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
}
