// Monotonic alignment search against all alignments that there are.
#include <cmath>
#include <functional>
#include <limits>
#include <heed/nn/decode/monotonic_alignment.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

namespace heed::nn {
namespace {

using Durations = std::vector<Dim>;

// Calls act for every way to give t frames to n symbols, each at least one.
void for_each_way(Dim n, Dim t, Durations& begun, const std::function<void(const Durations&)>& act) {
    if (n == 1) {
        begun.push_back(t);
        act(begun);
        begun.pop_back();
        return;
    }
    for (Dim first = 1; first <= t - (n - 1); ++first) {
        begun.push_back(first);
        for_each_way(n - 1, t - first, begun, act);
        begun.pop_back();
    }
}

double score_of(const Array& scores, Dim example, const Durations& durations) {
    double sum = 0;
    Dim frame = 0;
    for (std::size_t i = 0; i < durations.size(); ++i)
        for (Dim k = 0; k < durations[i]; ++k)
            sum += static_cast<double>(scores(example, static_cast<Dim>(i), frame++));
    return sum;
}

Durations row_of(const Ints& durations, Dim example, Dim n) {
    const Dim* from = durations.storage().data() + example * durations.shape()[1];
    return {from, from + n};
}

std::string refusal(const Array& scores, const Ints& symbols, const Ints& frames) {
    return text_of([&] { align_monotonic(scores, symbols, frames); });
}

}  // namespace

TEST_CASE("align_monotonic finds the best of all alignments", "[nn]") {
    constexpr Dim most_symbols = 5, most_frames = 9;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const RandomStream random(Key{seed, 1}, 2);
        const Array scores = normals({3, most_symbols, most_frames}, RandomStream(Key{seed, 3}, 4));
        Ints symbols(Shape{3}, 0), frames(Shape{3}, 0);
        for (Dim k = 0; k < 3; ++k) {
            symbols(k) = 1 + static_cast<Dim>(random.bits(static_cast<std::uint64_t>(2 * k)) % most_symbols);
            frames(k) = symbols(k) + static_cast<Dim>(random.bits(static_cast<std::uint64_t>(2 * k + 1)) %
                                                      static_cast<std::uint64_t>(most_frames - symbols(k) + 1));
        }
        const Ints found = align_monotonic(scores, symbols, frames);
        REQUIRE(found.shape() == Shape{3, most_symbols});
        for (Dim k = 0; k < 3; ++k) {
            CAPTURE(seed, k);
            Durations best, begun;
            double most = -std::numeric_limits<double>::infinity();
            for_each_way(symbols(k), frames(k), begun, [&](const Durations& way) {
                const double score = score_of(scores, k, way);
                if (score > most) most = score, best = way;
            });
            CHECK(row_of(found, k, symbols(k)) == best);
            for (Dim i = symbols(k); i < most_symbols; ++i) CHECK(found(k, i) == 0);
        }
    }
}

TEST_CASE("align_monotonic: equal ways, ways that are impossible, and long texts", "[nn]") {
    const Ints two(Shape{1}, 2), three(Shape{1}, 3), four(Shape{1}, 4);
    CHECK(row_of(align_monotonic(filled({1, 2, 4}, 0), two, four), 0, 2) == Durations{1, 3});
    const Real never = -std::numeric_limits<Real>::infinity();
    Array scores = filled({1, 3, 4}, never);
    Dim sum = 0;
    for (const Dim d : row_of(align_monotonic(scores, three, four), 0, 3)) {
        CHECK(d >= 1);
        sum += d;
    }
    CHECK(sum == 4);
    scores = filled({1, 3, 4}, 0);
    scores(0, 1, 1) = never;  // then the second symbol begins with the third frame
    CHECK(row_of(align_monotonic(scores, three, four), 0, 3) == Durations{2, 1, 1});
    const Ints all(Shape{1}, 300), frames(Shape{1}, 2000);
    Array diagonal = filled({1, 300, 2000}, -1);
    for (Dim j = 0; j < 2000; ++j) diagonal(0, j * 300 / 2000, j) = 0;
    for (const Dim d : row_of(align_monotonic(diagonal, all, frames), 0, 300)) CHECK((d == 6 || d == 7));
}

TEST_CASE("align_monotonic refuses what cannot be aligned", "[nn]") {
    const Array scores = filled({1, 3, 4}, 0);
    const auto one = [](Dim x) { return Ints(Shape{1}, x); };
    CHECK_THAT(refusal(filled({3, 4}, 0), one(1), one(1)),
               StartsWith("align_monotonic: argument 'scores' has shape (3, 4); expected (b, symbols, frames)"));
    CHECK_THAT(refusal(scores, Ints(Shape{2}, 1), one(1)),
               StartsWith("align_monotonic: argument 'symbols' has shape (2); expected (1): one for each example"));
    CHECK_THAT(refusal(scores, one(1), Ints(Shape{2}, 1)),
               StartsWith("align_monotonic: argument 'frames' has shape (2)"));
    CHECK_THAT(
        refusal(scores, one(0), one(1)),
        StartsWith(
            "align_monotonic: argument 'symbols' holds 0 at (0); expected 1 <= length <= 3, the number of symbols"));
    CHECK_THAT(
        refusal(scores, one(1), one(5)),
        StartsWith(
            "align_monotonic: argument 'frames' holds 5 at (0); expected 1 <= length <= 4, the number of frames"));
    CHECK_THAT(refusal(scores, one(3), one(2)),
               StartsWith("align_monotonic: example 0 has 3 symbols and 2 frames; each symbol needs a frame"));
    for (const Real bad : {static_cast<Real>(NAN), std::numeric_limits<Real>::infinity()}) {
        Array broken = scores;
        broken(0, 2, 3) = bad;
        CHECK_THAT(refusal(broken, one(3), one(4)), StartsWith("align_monotonic: argument 'scores' holds "));
        CHECK(refusal(broken, one(2), one(4)).empty());  // what does not count is not looked at
    }
}

}  // namespace heed::nn
