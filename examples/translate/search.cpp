#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <fmt/format.h>
#include <heed/examples/translate/search.hpp>
#include <heed/nn/training/order.hpp>

namespace heed::translate {
namespace {

struct Hypothesis {
    double score = 0;  // the sum of log-probabilities
    Ids said = {};
    Dim row = 0;       // in the decoder's state
};

struct Step {  // one way to go on
    double score;
    std::size_t from;  // hypothesis of the same sentence
    std::int64_t piece;
};

// A sentence on its way.
struct Sentence {
    std::size_t index;
    Dim longest;
    std::vector<Hypothesis> open;  // the best first; none once the sentence is done
    Dim finished = 0;
    double best = -std::numeric_limits<double>::infinity();  // of the finished ones
    Ids said = {};
};

// The best ways to go on, in order; of equal ones the first.
std::vector<Step> best_steps(const std::vector<Hypothesis>& open, const Real* log_p, Dim pieces, std::size_t most) {
    std::vector<Step> steps;
    for (std::size_t k = 0; k < open.size(); ++k) {
        const Real* row = log_p + open[k].row * pieces;
        for (std::int64_t v = Bpe::end; v < pieces; ++v) {
            const double score = open[k].score + static_cast<double>(row[v]);
            if (steps.size() == most && !(score > steps.back().score)) continue;
            if (steps.size() == most) steps.pop_back();
            const auto after = std::upper_bound(steps.begin(), steps.end(), score, [](double s, const Step& other) { return s > other.score; });
            steps.insert(after, {score, k, v});
        }
    }
    return steps;
}

// One piece further.
void advance(Sentence& s, const Real* log_p, Dim pieces, const SearchOptions& o) {
    const auto width = static_cast<std::size_t>(o.beam);
    std::vector<Hypothesis> next;
    const std::vector<Step> steps = best_steps(s.open, log_p, pieces, 2 * width);
    for (std::size_t rank = 0; rank < steps.size() && next.size() < width; ++rank) {
        const Step& step = steps[rank];
        const Hypothesis& before = s.open[step.from];
        if (step.piece != Bpe::end) {
            next.push_back({step.score, before.said, before.row});
            next.back().said.push_back(step.piece);
        } else if (rank < width) {
            ++s.finished;
            const double score = step.score / std::pow(static_cast<double>(before.said.size() + 1), o.length_penalty);
            if (score > s.best) s.best = score, s.said = before.said;
        }
    }
    s.open = std::move(next);
    const bool too_long = !s.open.empty() && static_cast<Dim>(s.open.front().said.size()) >= s.longest;
    if (too_long && s.finished == 0) s.said = s.open.front().said;
    if (too_long || s.finished >= o.beam) s.open.clear();
}

// `which` are sentences of similar length.
void search(const Model& model, const std::vector<Ids>& sources, std::span<const std::size_t> which, const SearchOptions& o,
            std::vector<Ids>& result) {
    std::vector<Ids> rows;
    std::vector<Sentence> sentences;
    for (const std::size_t i : which) {
        const auto length = static_cast<Dim>(sources[i].size());
        sentences.push_back({.index = i, .longest = length + length / 2 + 10, .open = {{.row = static_cast<Dim>(rows.size())}}});
        rows.push_back(sources[i]);
    }
    const training::Padded source = training::padded(rows, Bpe::pad);
    Model::State state = model.start(source.values, source.lengths);
    Ints previous = Ints::from_shape({static_cast<Dim>(which.size())});
    previous.fill(Bpe::begin);
    for (;;) {
        const Var log_p = model.next(state, previous);
        Ids from, said;  // of the rows that go on
        for (Sentence& s : sentences) {
            advance(s, log_p.value().storage().data(), log_p.dim(1), o);
            if (s.open.empty()) result[s.index] = std::move(s.said);
            for (Hypothesis& h : s.open) {
                from.push_back(std::exchange(h.row, static_cast<Dim>(from.size())));
                said.push_back(h.said.back());
            }
        }
        std::erase_if(sentences, [](const Sentence& s) { return s.open.empty(); });
        if (sentences.empty()) break;
        previous = array_of(said);
        const Ints rows_now = array_of(from);
        if (count(rows_now) != state.size() || rows_now.storage() != arange(count(rows_now)).storage()) state.reorder(rows_now);
    }
}

}  // namespace

std::vector<Ids> translate(const Model& model, const std::vector<Ids>& sources, const SearchOptions& o) {
    for (const auto& [name, value] : {std::pair("beam", o.beam), std::pair("at_once", o.at_once)})
        if (value < 1) throw RangeError(fmt::format("translate: option '{}' is {}; expected 1 or more", name, value));
    if (!std::isfinite(o.length_penalty))
        throw RangeError(fmt::format("translate: option 'length_penalty' is {}; expected a number", o.length_penalty));
    std::vector<std::size_t> order(sources.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sources[a].size() < sources[b].size(); });
    std::vector<Ids> result(sources.size());
    const auto at_once = static_cast<std::size_t>(o.at_once);
    for (std::size_t i = 0; i < order.size(); i += at_once)
        search(model, sources, std::span(order).subspan(i, std::min(at_once, order.size() - i)), o, result);
    return result;
}

}  // namespace heed::translate
