// Beam search against all sequences that there are, with a decoder whose memory shows whether hypotheses kept their
// own.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <heed/core/base/random.hpp>
#include <heed/nn/decode/beam.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

namespace heed::nn {
namespace {

using Symbols = std::vector<std::int64_t>;
constexpr Dim symbols = 4;
constexpr std::int64_t end = 2;

// log_probs of row `index` after these symbols: a function of all of them, at random; the larger `sharpness`, the more
// probable is one of them.
std::vector<double> log_probs_after(Dim index, const Symbols& before, double sharpness = 2) {
    std::uint64_t hash = static_cast<std::uint64_t>(index) + 1;
    for (const std::int64_t symbol : before) hash = mix_bits(hash * 31 + static_cast<std::uint64_t>(symbol));
    const RandomStream random(Key{hash, 5}, 7);
    std::vector<double> p(symbols);
    double sum = 0;
    for (std::size_t v = 0; v < p.size(); ++v) sum += p[v] = std::exp(sharpness * random.normal(v));
    for (double& value : p) value = static_cast<double>(static_cast<Real>(std::log(value / sum)));
    return p;
}

// A decoder that remembers what each of its hypotheses was given.
struct Decoder {
    std::vector<std::pair<Dim, Symbols>> hypotheses;
    double sharpness;
    Dim steps = 0;

    Decoder(Dim rows, double sharp) : sharpness(sharp) {
        for (Dim i = 0; i < rows; ++i) hypotheses.emplace_back(i, Symbols());
    }
    Var next(const Ints& previous) {
        REQUIRE(count(previous) == static_cast<Dim>(hypotheses.size()));
        Array all = Array::from_shape({count(previous), symbols});
        for (Dim i = 0; i < count(previous); ++i) {
            auto& [row, before] = hypotheses[static_cast<std::size_t>(i)];
            if (steps > 0) before.push_back(previous(i));
            else CHECK(previous(i) == 1);
            const std::vector<double> p = log_probs_after(row, before, sharpness);
            for (Dim v = 0; v < symbols; ++v) all(i, v) = static_cast<Real>(p[static_cast<std::size_t>(v)]);
        }
        ++steps;
        return all;
    }
    void reorder(const Ints& rows) {
        const auto old = hypotheses;
        hypotheses.clear();
        for (Dim i = 0; i < count(rows); ++i) hypotheses.push_back(old[static_cast<std::size_t>(rows(i))]);
    }
};

std::vector<BeamHypothesis> search(const std::vector<Dim>& longest, BeamOptions options, double sharpness = 2) {
    options.begin = 1, options.end = end;
    Decoder decoder(static_cast<Dim>(longest.size()), sharpness);
    return beam_search(
        longest, [&](const Ints& p) { return decoder.next(p); }, [&](const Ints& rows) { decoder.reorder(rows); },
        options);
}

double value_of(const BeamHypothesis& h, double penalty) {
    return h.log_prob / std::pow(static_cast<double>(h.symbols.size() + 1), penalty);
}

// Of all finished sequences the best by log_prob / n^penalty.
BeamHypothesis best_of_all(Dim row, Dim longest, double penalty, const BeamOptions& o, double sharpness = 2,
                           const Symbols& before = {}, double log_prob = 0) {
    BeamHypothesis best;
    const std::vector<double> p = log_probs_after(row, before, sharpness);
    const auto take = [&](const BeamHypothesis& h) {
        if (h.finished && (!best.finished || value_of(h, penalty) > value_of(best, penalty))) best = h;
    };
    for (std::int64_t v = o.first; v < symbols; ++v) {
        if (o.may_follow && !o.may_follow(row, before, v)) continue;
        const double sum = log_prob + p[static_cast<std::size_t>(v)];
        Symbols after = before;
        after.push_back(v);
        if (v == end) take({before, sum, true});
        else if (static_cast<Dim>(after.size()) < longest)
            take(best_of_all(row, longest, penalty, o, sharpness, after, sum));
    }
    return best;
}

// The search as it is described, of one row and without a memory: without a length penalty up to the greatest length.
BeamHypothesis plain_search(Dim row, Dim longest, double penalty, std::size_t width, double sharpness) {
    std::vector<BeamHypothesis> open{{}}, done;
    const auto value = [&](const BeamHypothesis& h) { return value_of(h, penalty); };
    const auto enough = [&] {
        return penalty > 0 && done.size() >= width && std::ranges::none_of(open, [&](const auto& h) {
                   return value(h) > value(std::ranges::max(done, {}, value));
               });
    };
    while (static_cast<Dim>(open.front().symbols.size()) < longest && !enough()) {
        std::vector<BeamHypothesis> all;
        for (const BeamHypothesis& h : open) {
            const std::vector<double> p = log_probs_after(row, h.symbols, sharpness);
            for (std::int64_t v = 0; v < symbols; ++v) {
                all.push_back({h.symbols, h.log_prob + p[static_cast<std::size_t>(v)], v == end});
                if (v != end) all.back().symbols.push_back(v);
            }
        }
        std::ranges::stable_sort(all, std::greater(), &BeamHypothesis::log_prob);
        open.clear();
        for (std::size_t i = 0; i < all.size() && open.size() < width; ++i)
            if (!all[i].finished) open.push_back(all[i]);
            else if (i < width) done.push_back(all[i]);
    }
    return done.empty() ? open.front() : std::ranges::max(done, {}, value);
}

}  // namespace

TEST_CASE("beam: a wide beam finds the best of all sequences, by any length penalty and under a constraint",
          "[decode]") {
    const std::vector<Dim> longest{4, 1, 5, 3};
    for (const double penalty : {0.0, 0.6, 1.0, -1.0}) {
        for (const bool constrained : {false, true}) {
            BeamOptions o{.width = 2000, .length_penalty = penalty};
            if (constrained)  // no symbol twice in a row, and an end after an even number alone
                o.may_follow = [](Dim, std::span<const std::int64_t> before, std::int64_t v) {
                    return v == end ? before.size() % 2 == 0 : before.empty() || before.back() != v;
                };
            else o.first = 1;
            const std::vector<BeamHypothesis> found = search(longest, o);
            for (std::size_t i = 0; i < longest.size(); ++i) {
                CAPTURE(penalty, constrained, i);
                const BeamHypothesis best = best_of_all(static_cast<Dim>(i), longest[i], penalty, o);
                REQUIRE(best.finished);
                CHECK((found[i].finished && found[i].symbols == best.symbols));
                CHECK(std::abs(found[i].log_prob - best.log_prob) < 1e-9);
            }
        }
    }
}

// At each length it is the first of all, whatever the others are: what ends before it must not end the search.
TEST_CASE("beam: a sequence with more than half of the probability is found by any width and length penalty",
          "[decode]") {
    constexpr double sharpness = 10;
    const std::vector<Dim> longest(60, 7);
    int probable = 0;
    for (const double penalty : {0.0, 0.6, 1.0, 2.0}) {
        std::vector<BeamHypothesis> best;
        for (std::size_t i = 0; i < longest.size(); ++i)
            best.push_back(best_of_all(static_cast<Dim>(i), longest[i], penalty, {}, sharpness));
        for (const Dim width : {1, 2, 3, 4, 8}) {
            const std::vector<BeamHypothesis> found =
                search(longest, {.width = width, .length_penalty = penalty}, sharpness);
            for (std::size_t i = 0; i < longest.size(); ++i) {
                if (best[i].log_prob <= std::log(0.5) || best[i].symbols.size() < 3) continue;
                CAPTURE(penalty, width, i);
                CHECK((found[i].finished && found[i].symbols == best[i].symbols));
                ++probable;
            }
        }
    }
    CHECK(probable > 100);
}

TEST_CASE("beam: a narrow beam finds what a plain search does", "[decode]") {
    const std::vector<Dim> longest{9, 2, 6, 12, 1, 4, 9, 12, 30, 7};
    for (const double sharpness : {1.0, 2.0, 6.0})
        for (const double penalty : {-1.0, 0.0, 0.6, 1.0, 2.0})
            for (const Dim width : {2, 3, 5}) {
                const std::vector<BeamHypothesis> found =
                    search(longest, {.width = width, .length_penalty = penalty}, sharpness);
                for (std::size_t i = 0; i < longest.size(); ++i) {
                    CAPTURE(sharpness, penalty, width, i);
                    const BeamHypothesis plain = plain_search(static_cast<Dim>(i), longest[i], penalty,
                                                              static_cast<std::size_t>(width), sharpness);
                    CHECK((found[i].symbols == plain.symbols && found[i].finished == plain.finished));
                    CHECK(std::abs(found[i].log_prob - plain.log_prob) < 1e-9);
                }
            }
}

TEST_CASE("beam: a wide beam finds the best of all sequences in which no n-gram occurs twice", "[decode]") {
    const std::vector<Dim> longest{6, 6, 6};
    for (const Dim n : {1, 2, 3}) {
        // All n-grams of the sequence, one by one.
        const auto repeats = [n](Symbols all) {
            std::vector<Symbols> ngrams;
            for (; static_cast<Dim>(all.size()) >= n; all.pop_back()) ngrams.emplace_back(all.end() - n, all.end());
            std::ranges::sort(ngrams);
            return std::ranges::adjacent_find(ngrams) != ngrams.end();
        };
        const std::vector<BeamHypothesis> found =
            search(longest, {.width = 4000, .length_penalty = 2, .may_follow = no_repeated_ngrams(n)});
        const BeamOptions oracle{.may_follow = [&](Dim, std::span<const std::int64_t> before, std::int64_t v) {
            Symbols all(before.begin(), before.end());
            all.push_back(v);
            return !repeats(all);
        }};
        bool bites = false;  // without the constraint another sequence is the best
        for (std::size_t i = 0; i < longest.size(); ++i) {
            CAPTURE(n, i);
            const BeamHypothesis best = best_of_all(static_cast<Dim>(i), longest[i], 2, oracle);
            REQUIRE(best.finished);
            CHECK((found[i].finished && found[i].symbols == best.symbols));
            bites = bites || best_of_all(static_cast<Dim>(i), longest[i], 2, {}).symbols != best.symbols;
        }
        CHECK((bites || n == 3));
    }
    CHECK_THAT(text_of([] { no_repeated_ngrams(0); }), Containing("no_repeated_ngrams: argument 'n' is 0"));
}

TEST_CASE("beam: greedy search takes the most probable symbol, and a row does not depend on its neighbours",
          "[decode]") {
    const std::vector<Dim> longest{9, 2, 6, 9, 1, 4, 9};
    for (const auto& [width, penalty] : {std::pair<Dim, double>(1, 0), {1, 1}, {2, 0}, {3, 0}, {3, 1}}) {
        const std::vector<BeamHypothesis> together = search(longest, {.width = width, .length_penalty = penalty});
        for (std::size_t i = 0; i < longest.size(); ++i) {
            CAPTURE(width, penalty, i);
            std::vector<Dim> alone(i + 1, 1);  // the rows before it are over at once
            alone[i] = longest[i];
            const BeamHypothesis other = search(alone, {.width = width, .length_penalty = penalty})[i];
            CHECK((together[i].symbols == other.symbols && together[i].log_prob == other.log_prob &&
                   together[i].finished == other.finished));
            if (width > 1) continue;
            Symbols greedy;
            bool finished = false;
            while (!finished && static_cast<Dim>(greedy.size()) < longest[i]) {
                const std::vector<double> p = log_probs_after(static_cast<Dim>(i), greedy);
                const auto best = static_cast<std::int64_t>(std::ranges::max_element(p) - p.begin());
                finished = best == end;
                if (!finished) greedy.push_back(best);
            }
            CHECK((together[i].symbols == greedy && together[i].finished == finished));
        }
    }
}

TEST_CASE("beam: a constraint may leave nothing, and then what was found so far is the result", "[decode]") {
    const auto up_to_two = [](Dim, std::span<const std::int64_t> before, std::int64_t v) {
        return before.size() < 2 && v != end;
    };
    const BeamHypothesis found = search({9}, {.width = 3, .may_follow = up_to_two}).front();
    CHECK((found.symbols.size() == 2 && !found.finished));
    const BeamHypothesis none = search({9}, {.may_follow = [](Dim, auto, std::int64_t) { return false; }}).front();
    CHECK((none.symbols.empty() && !none.finished && none.log_prob == 0));
    CHECK(search({}, {}).empty());
}

TEST_CASE("beam: options and decoders that cannot be are refused", "[decode]") {
    const auto refusal = [](const BeamOptions& o, const std::vector<Dim>& longest = {3}) {
        return text_of([&] { search(longest, o); });
    };
    CHECK_THAT(refusal({.width = 0}), StartsWith("beam_search: option 'width' is 0; expected 1 or more"));
    CHECK_THAT(refusal({.length_penalty = std::nan("")}),
               StartsWith("beam_search: option 'length_penalty' is nan; expected a finite number"));
    CHECK_THAT(refusal({.first = -1}), StartsWith("beam_search: option 'first' is -1; expected a symbol, from 0"));
    CHECK_THAT(refusal({}, {3, 0}), StartsWith("beam_search: longest[1] is 0; expected 1 symbol or more"));
    const auto of = [](const Var& log_probs) {
        return text_of([&] {
            beam_search(
                std::array<Dim, 1>{3}, [&](const Ints&) { return log_probs; }, [](const Ints&) {}, {.end = 1});
        });
    };
    CHECK_THAT(
        of(filled({2, 3}, 0)),
        StartsWith("beam_search: argument 'next()' has shape (2, 3); expected (1, symbols), `end` = 1 among them"));
    CHECK_THAT(of(filled({1, 1}, 0)),
               StartsWith("beam_search: argument 'next()' has shape (1, 1); expected (1, symbols)"));
    CHECK_THAT(of(filled({1, 3}, std::numeric_limits<Real>::quiet_NaN())),
               StartsWith("beam_search: the log-probability of symbol 0 after 0 others of row 0 is NaN"));
    CHECK(by_length({{1, 1, 1}, {}, {1}, {1, 1, 1}}, 2) == std::vector<std::vector<std::size_t>>{{1, 2}, {0, 3}});
    CHECK_THAT(text_of([] { by_length({{1}}, 0); }),
               StartsWith("by_length: argument 'at_once' is 0; expected 1 or more"));
}

}  // namespace heed::nn
