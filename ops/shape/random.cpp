// randn, uniform, randint and permutation: random numbers from a key.
#include <cmath>
#include <numeric>
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

// Element i is made of the stream's i-th numbers, whichever thread makes it.
template <class T, class F>
ArrayOf<T> generated(const char* op, const Shape& shape, Site at, F&& element) {
    require_sizes(op, shape, at);
    ArrayOf<T> y = ArrayOf<T>::from_shape(shape);
    T* to = y.data();
    parallel_blocks(count(y), Dim{1} << 14, [&](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) to[i] = element(static_cast<std::uint64_t>(i));
    });
    return y;
}

// A whole number in [0, n), by the high half of a product of 128 bits (Lemire, "Fast random integer generation in an
// interval", 2019). Without his rejection: for n below 2^32 no number is likelier than another by more than 2^-32.
Dim below(std::uint64_t bits, std::uint64_t n) {
    return static_cast<Dim>((static_cast<unsigned __int128>(bits) * n) >> 64);
}

}  // namespace

Var randn(Shape shape, Key key, Site at) {
    const RandomStream random(key, hash_text("randn"));
    return generated<Real>("randn", shape, at, [&](std::uint64_t i) { return static_cast<Real>(random.normal(i)); });
}

// A rounded result that reaches `high` becomes the number before it.
Var uniform(Shape shape, Key key, double low, double high, Site at) {
    require(
        std::isfinite(low) && std::isfinite(high) && low <= high, "uniform",
        [&] { return fmt::format("from {} to {}; expected finite numbers, low <= high", low, high); }, at);
    const RandomStream random(key, hash_text("uniform"));
    const Real most = std::nextafter(static_cast<Real>(high), static_cast<Real>(low));
    return generated<Real>("uniform", shape, at, [&](std::uint64_t i) {
        return std::min(static_cast<Real>(low + random.uniform(i) * (high - low)), most);
    });
}

Ints randint(Dim low, Dim high, Shape shape, Key key, Site at) {
    require(
        low < high, "randint", [&] { return fmt::format("from {} to {}; expected low < high", low, high); }, at);
    const RandomStream random(key, hash_text("randint"));
    const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
    return generated<std::int64_t>("randint", shape, at, [&](std::uint64_t i) {
        return static_cast<Dim>(static_cast<std::uint64_t>(low) +
                                static_cast<std::uint64_t>(below(random.bits(i), range)));
    });
}

// Fisher and Yates' shuffle.
Ints permutation(Dim n, Key key, Site at) {
    require(
        n >= 0, "permutation", [&] { return fmt::format("n is {}; expected n >= 0", n); }, at);
    Ints y = arange(n, at);
    const RandomStream random(key, hash_text("permutation"));
    std::int64_t* to = y.data();
    for (Dim i = n - 1; i > 0; --i) {
        const auto k = static_cast<std::uint64_t>(i);
        std::swap(to[i], to[below(random.bits(k), k + 1)]);
    }
    return y;
}

// clang-format off
HEED_OP_CASES(
    {.name = "randn/no gradient", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] + randn({3}, Key{1}); },
     .same_as = [](Vars in) { return in[0] + stack({randn({3}, Key{1}), randn({3}, Key{1})}); }},
    {.name = "randn/negative size", .inputs = {{1}}, .call = [](Vars) { return randn({-1}, Key{1}); }, .rejects = true},
    {.name = "uniform/a range", .inputs = {{4}}, .call = [](Vars in) { return in[0] * uniform({4}, Key{1}, -2, 3); },
     .same_as = [](Vars in) { return in[0] * (uniform({4}, Key{1}) * 5 - 2); }},
    {.name = "uniform/range", .inputs = {{1}}, .call = [](Vars) { return uniform({2}, Key{1}, 1, 0); }, .rejects = true},
    {.name = "randint/ids", .inputs = {{5, 2}}, .call = [](Vars in) { return take_rows(in[0], randint(0, 5, {3, 4}, Key{1})); }},
    {.name = "randint/range", .inputs = {{1, 2}}, .call = [](Vars in) { return take_rows(in[0], randint(1, 1, {2}, Key{1})); }, .rejects = true},
    {.name = "permutation/rows", .inputs = {{5, 2}}, .call = [](Vars in) { return sum(take_rows(in[0], permutation(5, Key{1})), 0); },
     .same_as = [](Vars in) { return sum(in[0], 0); }},
    {.name = "permutation/negative", .inputs = {{1, 2}}, .call = [](Vars in) { return take_rows(in[0], permutation(-1, Key{1})); }, .rejects = true})
// clang-format on

}  // namespace heed
