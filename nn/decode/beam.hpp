#pragma once
// Beam search over a decoder that predicts one symbol after the other.
#include <functional>
#include <span>
#include <vector>
#include <heed/core/base/parallel.hpp>
#include <heed/core/var.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::nn {

struct BeamOptions {
    Dim width = 1;              // hypotheses of each row that are kept; 1 is greedy search
    double length_penalty = 0;  // a finished one of n symbols, `end` included, scores log-probability / n^penalty
    std::int64_t begin = 0;     // what the decoder is given before the first symbol
    std::int64_t end = 0;       // the symbol behind the last one
    std::int64_t first = 0;     // smaller symbols are never predicted: padding, markers
    // A constraint: whether `symbol`, which may be `end`, may follow the symbols that row has so far. None: each may.
    std::function<bool(Dim row, std::span<const std::int64_t> before, std::int64_t symbol)> may_follow = {};
};

// A constraint: no sequence of n symbols, that is no n-gram, occurs twice in a hypothesis (Paulus, Xiong, Socher,
// 2018). Throws RangeError for n below 1.
HEED_ABI std::function<bool(Dim row, std::span<const std::int64_t> before, std::int64_t symbol)> no_repeated_ngrams(
    Dim n, Site at = Site::current());

struct BeamHypothesis {
    std::vector<std::int64_t> symbols = {};  // without markers
    double log_prob = 0;                     // the sum over the symbols, and `end` where it is finished
    bool finished = false;                   // by `end`; else it has the greatest length, or nothing may follow
};

// For each row the best finished hypothesis, or the best of all where none was finished; row i has at most longest[i]
// symbols.
//     next(previous):  previous (n), the symbols predicted last -> log-probabilities (n, symbols) of those that follow;
//                      advances the decoder. n is the number of rows at first, and then that of the hypotheses kept.
//     reorder(rows):   hypothesis i continues hypothesis rows(i), which may be left out or taken several times.
// `end` finishes a hypothesis only where it is among the `width` best continuations. A row is done when it has `width`
// finished hypotheses (Ott et al., "fairseq", 2019) and none that is kept would be better than the best of them if it
// ended now: where one continuation is nearly certain, `end` is among the best of the others, and `width` hypotheses
// that it finishes with hardly any probability are found before the right one is complete. Without a length penalty, or
// with one below 0, what is worse than the best finished one is dropped, since it can only fall. Greedy search is done
// with its first `end`. Equal hypotheses keep the order in which they were found, so that a row's result does not
// depend on the others. Throws RangeError for options out of range, ShapeError for what next() must not give,
// NumberError for log-probabilities that are NaN.
HEED_ABI std::vector<BeamHypothesis> beam_search(std::span<const Dim> longest, FunctionRef<Var(const Ints&)> next,
                                                 FunctionRef<void(const Ints&)> reorder, const BeamOptions& options,
                                                 Site at = Site::current());

// Rows of similar length belong into one batch, where little is padded: at most `at_once` row indices each, those of
// the shortest rows first. Throws RangeError for at_once below 1.
HEED_ABI std::vector<std::vector<std::size_t>> by_length(const std::vector<std::vector<std::int64_t>>& rows,
                                                         Dim at_once, Site at = Site::current());

// The model's output for some of the sources, `which`, decoded together, in their order; as beam_decode().
template <class Model, class Longest>
std::vector<std::vector<std::int64_t>> beam_decode_batch(const Model& model,
                                                         const std::vector<std::vector<std::int64_t>>& sources,
                                                         std::span<const std::size_t> which, std::int64_t padding,
                                                         Longest longest, const BeamOptions& options,
                                                         Site at = Site::current()) {
    std::vector<std::vector<std::int64_t>> rows;
    std::vector<Dim> most;
    for (const std::size_t i : which) {
        rows.push_back(sources[i]);
        most.push_back(longest(static_cast<Dim>(sources[i].size())));
    }
    const data::Padded source = data::padded(rows, padding);
    auto state = model.start(source.values, source.lengths);
    std::vector<BeamHypothesis> found = beam_search(
        most, [&](const Ints& previous) { return model.next(state, previous); },
        [&](const Ints& moved) { state.reorder(moved); }, options, at);
    for (std::size_t k = 0; k < which.size(); ++k) rows[k] = std::move(found[k].symbols);
    return rows;
}

// The model's output for each source, without markers. `at_once` sources of similar length are decoded together, which
// changes no result. The model has start(values (n, t), lengths (n)), which gives a state with reorder(rows), and
// next(state, previous). longest(n): the most symbols that may be predicted for a source of n symbols.
template <class Model, class Longest>
std::vector<std::vector<std::int64_t>> beam_decode(const Model& model,
                                                   const std::vector<std::vector<std::int64_t>>& sources,
                                                   std::int64_t padding, Longest longest, const BeamOptions& options,
                                                   Dim at_once, Site at = Site::current()) {
    std::vector<std::vector<std::int64_t>> result(sources.size());
    for (const std::vector<std::size_t>& which : by_length(sources, at_once, at)) {
        auto rows = beam_decode_batch(model, sources, which, padding, longest, options, at);
        for (std::size_t k = 0; k < which.size(); ++k) result[which[k]] = std::move(rows[k]);
    }
    return result;
}

}  // namespace heed::nn
