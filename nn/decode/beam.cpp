// Beam search.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <fmt/format.h>
#include <heed/nn/decode/beam.hpp>
#include <heed/ops/ops.hpp>

namespace heed::nn {
namespace {

using Symbols = std::vector<std::int64_t>;

struct Open {  // a hypothesis that may continue
    Symbols symbols = {};
    double score = 0;
    Dim row = 0;  // of the decoder
};

struct Step {  // one continuation of a hypothesis
    double score;
    std::size_t from;  // of the row's open hypotheses
    std::int64_t symbol;
};

// A row whose search is under way.
struct Row {
    Dim index, longest;
    std::vector<Open> open;  // the best first; none once the row is done
    Dim finished = 0;
    BeamHypothesis best = {};  // of the finished ones, if there are any
    double best_value = 0;     // of the best finished one
};

// What finished hypotheses are compared by: a score by a length, the end included.
double value_of(double score, const Symbols& symbols, const BeamOptions& o) {
    return score / std::pow(static_cast<double>(symbols.size() + 1), o.length_penalty);
}

// The best continuations, in order; of equal ones the first.
std::vector<Step> best_steps(const Row& row, const Array& log_probs, std::size_t most, const BeamOptions& o) {
    const Dim symbols = log_probs.shape()[1];
    std::vector<Step> steps;
    for (std::size_t k = 0; k < row.open.size(); ++k) {
        const Open& before = row.open[k];
        const Real* log_p = log_probs.data() + before.row * symbols;
        for (std::int64_t v = o.first; v < symbols; ++v) {
            if (std::isnan(log_p[v]))
                throw NumberError(
                    fmt::format("beam_search: the log-probability of symbol {} after {} others of row {} is NaN", v,
                                before.symbols.size(), row.index));
            const double score = before.score + static_cast<double>(log_p[v]);
            if (steps.size() == most && !(score > steps.back().score)) continue;
            if (score == -std::numeric_limits<double>::infinity() ||
                (o.may_follow && !o.may_follow(row.index, before.symbols, v)))
                continue;
            if (steps.size() == most) steps.pop_back();
            const auto after = std::upper_bound(steps.begin(), steps.end(), score,
                                                [](double s, const Step& other) { return s > other.score; });
            steps.insert(after, {score, k, v});
        }
    }
    return steps;
}

// Extends the hypotheses of a row by one symbol.
void advance(Row& row, const Array& log_probs, const BeamOptions& o) {
    const auto width = static_cast<std::size_t>(o.width);
    const std::vector<Step> steps = best_steps(row, log_probs, 2 * width, o);
    std::vector<Open> next;
    for (std::size_t rank = 0; rank < steps.size() && next.size() < width; ++rank) {
        const Step& step = steps[rank];
        const Open& before = row.open[step.from];
        if (step.symbol != o.end) {
            next.push_back({before.symbols, step.score, before.row});
            next.back().symbols.push_back(step.symbol);
        } else if (rank < width) {
            const double value = value_of(step.score, before.symbols, o);
            if (row.finished++ == 0 || value > row.best_value)
                row.best_value = value, row.best = {before.symbols, step.score, true};
        }
    }
    const auto is_worse = [&](const Open& h) { return value_of(h.score, h.symbols, o) <= row.best_value; };
    const bool can_only_fall = o.length_penalty <= 0;
    if (row.finished > 0 && can_only_fall) std::erase_if(next, is_worse);
    if (row.finished == 0)
        row.best = next.empty() ? BeamHypothesis{row.open.front().symbols, row.open.front().score}
                                : BeamHypothesis{next.front().symbols, next.front().score};
    row.open = std::move(next);
    if (row.open.empty()) return;
    const bool too_long = static_cast<Dim>(row.open.front().symbols.size()) >= row.longest;
    const bool enough = row.finished >= o.width && (o.width == 1 || is_worse(row.open.front()));
    if (too_long || enough) row.open.clear();
}

void check(std::span<const Dim> longest, const BeamOptions& o, Site at) {
    require_least("beam_search", "option 'width'", o.width, 1, at);
    require(
        std::isfinite(o.length_penalty), "beam_search",
        [&] { return fmt::format("option 'length_penalty' is {}; expected a finite number", o.length_penalty); }, at);
    for (const auto& [name, value] : {std::pair("begin", o.begin), {"end", o.end}, {"first", o.first}})
        require(
            value >= 0, "beam_search",
            [n = name, v = value] { return fmt::format("option '{}' is {}; expected a symbol, from 0", n, v); }, at);
    for (std::size_t i = 0; i < longest.size(); ++i)
        require(
            longest[i] >= 1, "beam_search",
            [&] { return fmt::format("longest[{}] is {}; expected 1 symbol or more", i, longest[i]); }, at);
}

void check(const Var& log_probs, Dim rows, const BeamOptions& o, Site at) {
    expect(
        log_probs.shape().size() == 2 && log_probs.dim(0) == rows && log_probs.dim(1) > o.end, "beam_search", "next()",
        log_probs.shape(), [&] { return fmt::format("({}, symbols), `end` = {} among them", rows, o.end); }, at);
}

}  // namespace

std::function<bool(Dim, std::span<const std::int64_t>, std::int64_t)> no_repeated_ngrams(Dim n, Site at) {
    require_least("no_repeated_ngrams", "argument 'n'", n, 1, at);
    return [old = static_cast<std::size_t>(n) - 1](Dim, std::span<const std::int64_t> before, std::int64_t symbol) {
        if (before.size() <= old) return true;
        const std::span<const std::int64_t> last = before.last(old);
        for (std::size_t i = 0; i + old < before.size(); ++i)
            if (before[i + old] == symbol && std::ranges::equal(before.subspan(i, old), last)) return false;
        return true;
    };
}

std::vector<BeamHypothesis> beam_search(std::span<const Dim> longest, FunctionRef<Var(const Ints&)> next,
                                        FunctionRef<void(const Ints&)> reorder, const BeamOptions& o, Site at) {
    check(longest, o, at);
    std::vector<Row> rows;
    for (const Dim length : longest) {
        const auto index = static_cast<Dim>(rows.size());
        rows.push_back({.index = index, .longest = length, .open = {{.row = index}}});
    }
    std::vector<BeamHypothesis> result(rows.size());
    Dim followed = static_cast<Dim>(rows.size());
    Ints previous(Shape{followed}, o.begin);
    while (!rows.empty()) {
        const Var log_probs = next(previous);
        check(log_probs, followed, o, at);
        Symbols from, symbols;  // of the hypotheses that continue
        for (Row& row : rows) {
            advance(row, log_probs.value(), o);
            if (row.open.empty()) result[static_cast<std::size_t>(row.index)] = std::move(row.best);
            for (Open& h : row.open) {
                from.push_back(std::exchange(h.row, static_cast<Dim>(from.size())));
                symbols.push_back(h.symbols.back());
            }
        }
        std::erase_if(rows, [](const Row& row) { return row.open.empty(); });
        if (rows.empty()) break;
        previous = data::array_of(symbols);
        const Ints moved = data::array_of(from);
        if (count(moved) != followed || moved.storage() != arange(count(moved)).storage()) reorder(moved);
        followed = count(moved);
    }
    return result;
}

std::vector<std::vector<std::size_t>> by_length(const std::vector<std::vector<std::int64_t>>& rows, Dim at_once,
                                                Site at) {
    require_least("by_length", "argument 'at_once'", at_once, 1, at);
    std::vector<std::size_t> order(rows.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return rows[i].size(); });
    std::vector<std::vector<std::size_t>> batches;
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (i % static_cast<std::size_t>(at_once) == 0) batches.emplace_back();
        batches.back().push_back(order[i]);
    }
    return batches;
}

}  // namespace heed::nn
