// Masks and biases by their definitions, pair by pair, and what is refused.
#include <atomic>
#include <cmath>
#include <heed/ops/mask/bound_mask.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

using Allows = std::function<bool(Dim b, Dim h, Dim i, Dim j)>;

Ints ints_of(const Shape& shape, std::vector<std::int64_t> values) {
    Ints x = Ints::from_shape(shape);
    std::copy(values.begin(), values.end(), x.data());
    return x;
}

// Whether the bound mask allows exactly these pairs, asked one by one and by rows.
void check_pairs(const Mask& mask, std::array<Dim, 4> shape, const Allows& allows) {
    const auto [batch, heads, tq, tk] = shape;
    const BoundMask bound("attention", mask, batch, heads, tq, tk, Site::current());
    std::vector<std::uint64_t> row(static_cast<std::size_t>(tk / 64 + 1));
    for (Dim b = 0; b < batch; ++b)
        for (Dim h = 0; h < heads; ++h)
            for (Dim i = 0; i < tq; ++i) {
                bound.allow(b, h, i, 0, tk, row.data());
                for (Dim j = 0; j < tk; ++j) {
                    INFO("(" << b << ", " << h << ", " << i << ", " << j << ")");
                    CHECK(bound.allowed(b, h, i, j) == allows(b, h, i, j));
                    const kernel::Interval seen = bound.visible(b, i);
                    const bool bit = row[static_cast<std::size_t>(j / 64)] >> j % 64 & 1;
                    CHECK((seen.begin <= j && j < seen.end && bit) == allows(b, h, i, j));
                }
            }
}

bool scattered(const Mask& mask, Dim batch, Dim t) {
    return BoundMask("attention", mask, batch, 1, t, t, Site::current()).scattered();
}

std::string refusal(const Mask& mask, std::array<Dim, 4> shape) {
    return text_of([&] { BoundMask("attention", mask, shape[0], shape[1], shape[2], shape[3], Site::current()); });
}

// What the mask adds to the scores of one head: (tq, tk).
std::vector<std::vector<double>> added(const Mask& mask, Dim heads, Dim h, Dim tq, Dim tk) {
    const BoundMask bound("attention", mask, 1, heads, tq, tk, Site::current());
    std::vector<std::vector<double>> rows(static_cast<std::size_t>(tq),
                                          std::vector<double>(static_cast<std::size_t>(tk)));
    for (Dim i = 0; i < tq; ++i) bound.add_bias(0, h, i, 0, tk, rows[static_cast<std::size_t>(i)].data());
    return rows;
}

}  // namespace

TEST_CASE("mask: each kind allows the pairs of its definition", "[mask]") {
    check_pairs({}, {1, 1, 2, 3}, [](Dim, Dim, Dim, Dim) { return true; });
    check_pairs(lengths({3, 0}), {2, 1, 2, 4}, [](Dim b, Dim, Dim, Dim j) { return j < (b == 0 ? 3 : 0); });
    check_pairs(causal(), {1, 2, 4, 4}, [](Dim, Dim, Dim i, Dim j) { return j <= i; });
    check_pairs(causal_from_start(), {1, 1, 2, 5}, [](Dim, Dim, Dim i, Dim j) { return j <= i; });
    check_pairs(causal_from_start(), {1, 1, 5, 2}, [](Dim, Dim, Dim i, Dim j) { return j <= i; });
    check_pairs(causal_from_end(), {1, 1, 2, 5}, [](Dim, Dim, Dim i, Dim j) { return j <= i + 3; });
    check_pairs(causal_from_end(), {1, 1, 5, 2}, [](Dim, Dim, Dim i, Dim j) { return j <= i - 3; });
    check_pairs(window(1, 2), {1, 1, 6, 6}, [](Dim, Dim, Dim i, Dim j) { return i - 1 <= j && j <= i + 2; });
    check_pairs(window(std::numeric_limits<Dim>::max(), 0), {1, 1, 4, 4},
                [](Dim, Dim, Dim i, Dim j) { return j <= i; });
    check_pairs(window_from_start(1, 0), {1, 1, 5, 3}, [](Dim, Dim, Dim i, Dim j) { return i - 1 <= j && j <= i; });
    check_pairs(window_from_end(1, 0), {1, 1, 2, 5}, [](Dim, Dim, Dim i, Dim j) { return i + 2 <= j && j <= i + 3; });
    check_pairs(prefix({2, 4}), {2, 1, 4, 4}, [](Dim b, Dim, Dim i, Dim j) { return j <= i || j < (b == 0 ? 2 : 4); });
    check_pairs(prefix_from_start({3}), {1, 1, 2, 5}, [](Dim, Dim, Dim i, Dim j) { return j <= i || j < 3; });
    check_pairs(prefix_from_end({1}), {1, 1, 2, 5}, [](Dim, Dim, Dim i, Dim j) { return j <= i + 3 || j < 1; });
    check_pairs(predicate([](Dim b, Dim h, Dim i, Dim j) { return (b + h + i + j) % 2 == 0; }), {2, 2, 2, 3},
                [](Dim b, Dim h, Dim i, Dim j) { return (b + h + i + j) % 2 == 0; });
}

TEST_CASE("mask: arrays broadcast from the right and are not copied", "[mask]") {
    const Array row = array_of({3}, {1, 0, 2}), each = array_of({2, 1, 1, 3}, {1, 0, 1, 0, 0, 1}),
                head = array_of({2, 1, 1}, {1, 0});
    check_pairs(keep(row), {2, 2, 2, 3}, [](Dim, Dim, Dim, Dim j) { return j != 1; });
    check_pairs(drop(row), {2, 2, 2, 3}, [](Dim, Dim, Dim, Dim j) { return j == 1; });
    check_pairs(keep(each), {2, 2, 2, 3}, [](Dim b, Dim, Dim, Dim j) { return b == 0 ? j != 1 : j == 2; });
    check_pairs(keep(head), {2, 2, 2, 3}, [](Dim, Dim h, Dim, Dim) { return h == 0; });
    check_pairs(keep(Var(row) > 1), {1, 1, 1, 3}, [](Dim, Dim, Dim, Dim j) { return j == 2; });
    check_pairs(keep(true), {1, 1, 2, 2}, [](Dim, Dim, Dim, Dim) { return true; });
    const Array large = filled({1000, 1000}, 1);
    const auto before = memory_report().live;
    const BoundMask bound("attention", keep(large) + bias(large), 64, 16, 1000, 1000, Site::current());
    CHECK(memory_report().live <= before + 200000);  // a bit for each element of `large`
}

TEST_CASE("mask: arrays of booleans and bytes, and rows of more than a word", "[mask]") {
    const auto allows = [](Dim, Dim h, Dim i, Dim j) { return (h + i * j) % 3 != 1; };
    xt::xarray<bool> booleans = xt::xarray<bool>::from_shape({2, 3, 150});
    ArrayOf<std::uint8_t> bytes = ArrayOf<std::uint8_t>::from_shape({2, 3, 150});
    std::size_t n = 0;
    for (Dim h = 0; h < 2; ++h)
        for (Dim i = 0; i < 3; ++i)
            for (Dim j = 0; j < 150; ++j, ++n) {
                booleans.storage()[n] = allows(0, h, i, j);
                bytes.storage()[n] = allows(0, h, i, j) ? 0 : 64;
            }
    check_pairs(keep(booleans), {2, 2, 3, 150}, allows);
    check_pairs(drop(bytes), {2, 2, 3, 150}, allows);
    check_pairs(keep(booleans) & causal_from_end(), {1, 2, 3, 150},
                [&](Dim b, Dim h, Dim i, Dim j) { return allows(b, h, i, j) && j <= i + 147; });
}

TEST_CASE("mask: a predicate of very many pairs is asked when a row is", "[mask]") {
    const Dim t = 20000;
    std::atomic<Dim> asked = 0;
    const BoundMask bound("attention", predicate([&](Dim, Dim, Dim i, Dim j) { return ++asked, i == j; }), 1, 1, t, t,
                          Site::current());
    CHECK(asked == 0);
    CHECK(bound.allowed(0, 0, 9000, 9000));
    CHECK_FALSE(bound.allowed(0, 0, 9000, 9001));
    std::uint64_t bits[2] = {};
    bound.allow(0, 0, 150, 100, 200, bits);
    CHECK(bits[0] == std::uint64_t{1} << 50);
    CHECK(bits[1] == 0);
}

TEST_CASE("mask: documents are intervals where the keys of each are contiguous", "[mask]") {
    const Ints runs = ints_of({6}, {4, 4, 4, 9, 9, 0}), mixed = ints_of({4}, {1, 2, 1, 2}),
               each = ints_of({2, 3}, {1, 1, 2, 5, 6, 6});
    CHECK_FALSE(scattered(documents(runs), 1, 6));
    CHECK_FALSE(scattered(documents(each), 2, 3));
    CHECK(scattered(documents(mixed), 3, 4));
    check_pairs(documents(runs), {2, 1, 6, 6}, [&](Dim, Dim, Dim i, Dim j) { return runs(i) == runs(j); });
    check_pairs(documents(each) & causal(), {2, 1, 3, 3},
                [&](Dim b, Dim, Dim i, Dim j) { return each(b, i) == each(b, j) && j <= i; });
    check_pairs(documents(mixed), {2, 1, 4, 4}, [&](Dim, Dim, Dim i, Dim j) { return mixed(i) == mixed(j); });
    const Ints others = ints_of({2}, {9, 7});  // 7 has no keys
    check_pairs(documents(others, runs), {1, 1, 2, 6}, [&](Dim, Dim, Dim i, Dim j) { return others(i) == runs(j); });
}

TEST_CASE("mask: parts joined by & all have to allow a pair", "[mask]") {
    const Array every_third = array_of({1, 6}, {1, 1, 0, 1, 1, 0});
    check_pairs(causal() & lengths({4, 6}) & window(2, 2) & keep(every_third), {2, 1, 6, 6},
                [](Dim b, Dim, Dim i, Dim j) { return j <= i && j < (b == 0 ? 4 : 6) && i - 2 <= j && j % 3 != 2; });
    check_pairs(documents(ints_of({2, 2}, {1, 1, 1, 2})) & prefix({1, 0}), {2, 1, 2, 2},
                [](Dim b, Dim, Dim i, Dim j) { return (b == 0 || i == j) && (j <= i || (b == 0 && j < 1)); });
}

TEST_CASE("mask: T5's buckets, ALiBi and offsets of patches by their formulas", "[mask]") {
    using Rows = std::vector<std::vector<double>>;
    Array numbered = Array::from_shape({8, 2});
    for (Dim k = 0; k < 16; ++k) numbered.data()[k] = static_cast<Real>(k / 2 * 10 + k % 2);
    // Both sides: 4 buckets each, 0, 1, 2 ..., 2 sqrt(8 / 2) = 4 ...; queries are at the end.
    CHECK(added(relative_buckets(numbered, {.max_distance = 8}), 2, 1, 2, 7) ==
          Rows{{31, 31, 21, 21, 11, 1, 51}, {31, 31, 31, 21, 21, 11, 1}});
    // One side: 0, 1, 2, 3, 4 ..., 4 16^(1/4) = 8 ..., 16 ..., 32 ...
    const Rows far = added(relative_buckets(numbered, {.bidirectional = false, .max_distance = 64}), 2, 0, 1, 41);
    for (Dim n = 0; n <= 40; ++n) {
        INFO("distance " << n);
        CHECK(Dim(far[0][static_cast<std::size_t>(40 - n)]) == 10 * (n < 4    ? n
                                                                     : n < 8  ? 4
                                                                     : n < 16 ? 5
                                                                     : n < 32 ? 6
                                                                              : 7));
    }
    CHECK(added(relative_buckets(numbered, {.bidirectional = false}), 2, 0, 3, 3)[0] == std::vector<double>{0, 0, 0});
    CHECK(added(alibi(array_of({2}, {1, 0.5})), 2, 1, 2, 3) == Rows{{-0.5, 0, -0.5}, {-1, -0.5, 0}});
    CHECK(elements(alibi_slopes(8).value()) ==
          std::vector<double>{0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625});
    CHECK(alibi_slopes(3).value()(2) == Approx(1.0 / 256));
    Array offsets = Array::from_shape({1, 9});
    for (Dim k = 0; k < 9; ++k)
        offsets.data()[k] = static_cast<Real>(k / 3 * 10 + k % 3);  // row and column of the table
    CHECK(added(patch_offsets(offsets, 2, 2, 1), 1, 0, 5, 5) ==
          Rows{{0, 0, 0, 0, 0}, {0, 11, 10, 1, 0}, {0, 12, 11, 2, 1}, {0, 21, 20, 11, 10}, {0, 22, 21, 12, 11}});
    CHECK(added(causal() + bias(array_of({3}, {1, 2, 3})) + bias(4), 1, 0, 3, 3)[2] == std::vector<double>{5, 6, 7});
}

TEST_CASE("mask: what does not fit is refused", "[mask]") {
    CHECK_THAT(text_of([] { window(-1, 2); }),
               StartsWith("window: left is -1 and right is 2; expected numbers of keys, 0 or more\n"));
    CHECK_THAT(text_of([] { window(0, -3); }), Containing("test_bound_mask64.cpp:"));
    CHECK_THAT(refusal(lengths({5, 2}), {2, 1, 3, 4}),
               StartsWith("attention: argument 'lengths' holds 5 at (0); expected 0 <= length <= 4, the number"));
    CHECK_THAT(refusal(lengths({-1, 2}), {2, 1, 3, 4}), StartsWith("attention: argument 'lengths' holds -1 at (0)"));
    CHECK_THAT(refusal(lengths({2}), {2, 1, 3, 4}),
               StartsWith("attention: argument 'lengths' has shape (1); expected (2): one for each example"));
    CHECK_THAT(refusal(prefix({5}), {1, 1, 4, 4}),
               StartsWith("attention: argument 'prefix' holds 5 at (0); expected 0 <= length <= 4"));
    CHECK_THAT(refusal(causal(), {1, 1, 2, 3}),
               StartsWith("attention: causal() with 2 queries and 3 keys is ambiguous; say causal_from_start() or "
                          "causal_from_end()\n"));
    CHECK_THAT(refusal(window(2, 0), {1, 1, 2, 3}),
               StartsWith("attention: window(2, 0) with 2 queries and 3 keys is ambiguous; say "
                          "window_from_start(2, 0) or window_from_end(2, 0)\n"));
    CHECK_THAT(refusal(prefix({1}), {1, 1, 3, 2}),
               StartsWith("attention: prefix(n) with 3 queries and 2 keys is ambiguous; say prefix_from_start(n) or "
                          "prefix_from_end(n)\n"));
    CHECK_THAT(refusal(keep(filled({3, 3}, 1)), {2, 2, 3, 4}),
               StartsWith("attention: argument 'keep' has shape (3, 3); expected a shape that broadcasts to (2, 2, 3, "
                          "4), which is (b, h, queries, keys)\n"));
    CHECK_THAT(refusal(drop(filled({1, 2, 2, 3, 4}, 1)), {2, 2, 3, 4}),
               StartsWith("attention: argument 'drop' has shape (1, 2, 2, 3, 4)"));
    CHECK_THAT(refusal(bias(filled({3, 1, 4}, 1)), {2, 2, 3, 4}),
               StartsWith("attention: argument 'bias' has shape (3, 1, 4); expected a shape that"));
    CHECK_THAT(refusal(documents({1, 1, 2}), {2, 1, 3, 4}),
               StartsWith("attention: argument 'documents: key_ids' has shape (3); expected (2, 4) or (4)\n"));
    CHECK_THAT(refusal(predicate({}), {1, 1, 2, 2}),
               StartsWith("attention: predicate() was given an empty function\n"));
    CHECK_THAT(refusal(alibi(filled({3}, 1)), {1, 2, 2, 2}),
               StartsWith("attention: argument 'alibi: slopes' has shape (3); expected values for 2 heads\n"));
    CHECK_THAT(
        refusal(relative_buckets(filled({8, 3}, 1)), {1, 2, 2, 2}),
        StartsWith("attention: argument 'relative_buckets: table' has shape (8, 3); expected values for 2 heads\n"));
    CHECK_THAT(text_of([] {
                   relative_buckets(filled({3, 2}, 1));
               }),
               StartsWith("relative_buckets: argument 'table' has shape (3, 2); expected (buckets, h) with at least 4, "
                          "an even number of buckets\n"));
    CHECK_THAT(text_of([] {
                   relative_buckets(filled({32, 2}, 1), {.max_distance = 8});
               }),
               StartsWith("relative_buckets: max_distance is 8; expected more than 8: with 32 buckets the distances up "
                          "to there have one each\n"));
    CHECK_THAT(text_of([] {
                   alibi(filled({2, 3}, 1));
               }),
               StartsWith("alibi: argument 'slopes' has shape (2, 3); expected (h)\n"));
    CHECK_THAT(text_of([] { alibi_slopes(-1); }), StartsWith("alibi_slopes: heads is -1; expected 0 or more\n"));
    CHECK_THAT(text_of([] {
                   patch_offsets(filled({2, 8}, 1), 2, 2);
               }),
               StartsWith("patch_offsets: argument 'table' has shape (2, 8); expected (h, 9) because 2 x 2 patches "
                          "have that many offsets\n"));
    CHECK_THAT(text_of([] {
                   patch_offsets(filled({2, 9}, 1), 2, 0);
               }),
               StartsWith("patch_offsets: a grid of 2 x 0 patches after 0 tokens"));
    CHECK_THAT(refusal(patch_offsets(filled({1, 9}, 1), 2, 2), {1, 1, 4, 5}),
               Containing("with 4 queries and 5 keys; expected 4 keys"));
}
