// Decoding CTC outputs: the best path, and prefix beam search.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <fmt/format.h>
#include <heed/nn/decode/ctc_decode.hpp>
#include <heed/ops/mask/lengths.hpp>

namespace heed::nn {
namespace {

using Labels = std::vector<Dim>;
constexpr double never = -std::numeric_limits<double>::infinity();

void add(double& sum, double x) {
    const double most = std::max(sum, x);
    if (most > never) sum = most + std::log1p(std::exp(std::min(sum, x) - most));
}

void check(const char* op, const In& log_probs, const Ints& lengths, Dim blank) {
    expect(log_probs.rank() == 3 && log_probs.dim(2) > 0, op, "log_probs", log_probs.shape(),
           "(b, t, classes) with at least one class", log_probs.at);
    check_lengths(op, "lengths", lengths, log_probs.dim(0), {"frames", log_probs.dim(1)}, log_probs.at);
    const Dim classes = log_probs.dim(2);
    require(
        0 <= blank && blank < classes, op,
        [&] { return fmt::format("blank is {}; expected 0 <= blank < {}", blank, classes); }, log_probs.at);
    for (const Real x : log_probs.value().storage())
        require(!std::isnan(x), op, "argument 'log_probs' holds a NaN", log_probs.at);
}

// Log-probabilities of the paths that give a prefix: of those that end in a blank, and of those that end in its last
// label.
struct Ways {
    double blank = never, label = never;
    double all() const {
        double sum = blank;
        add(sum, label);
        return sum;
    }
};

using Beam = std::vector<std::pair<Labels, Ways>>;

Beam best_of(const std::map<Labels, Ways>& found, Dim beam) {
    Beam all(found.begin(), found.end());  // by their labels
    std::ranges::stable_sort(all, std::greater(), [](const auto& entry) { return entry.second.all(); });
    if (static_cast<Dim>(all.size()) > beam) all.resize(static_cast<std::size_t>(beam));
    return all;
}

std::vector<CtcHypothesis> search(const Real* log_probs, Dim frames, Dim classes, const CtcBeamOptions& options) {
    Beam beam{{Labels(), Ways{.blank = 0}}};
    for (Dim t = 0; t < frames; ++t) {
        const auto log_prob = [&](Dim c) { return static_cast<double>(log_probs[t * classes + c]); };
        std::map<Labels, Ways> found;
        for (const auto& [prefix, ways] : beam) {
            Ways& same = found[prefix];
            add(same.blank, ways.all() + log_prob(options.blank));
            if (!prefix.empty()) add(same.label, ways.label + log_prob(prefix.back()));
            Labels longer = prefix;
            longer.push_back(0);
            for (Dim c = 0; c < classes; ++c) {
                if (c == options.blank) continue;
                longer.back() = c;
                const bool again = !prefix.empty() && prefix.back() == c;  // a repeated label needs a blank between
                add(found[longer].label, (again ? ways.blank : ways.all()) + log_prob(c));
            }
        }
        beam = best_of(found, options.beam);
    }
    std::vector<CtcHypothesis> hypotheses;
    for (const auto& [labels, ways] : beam)
        if (ways.all() > never) hypotheses.push_back({labels, ways.all()});
    return hypotheses;
}

}  // namespace

std::vector<Labels> ctc_greedy(In log_probs, const Ints& lengths, Dim blank) {
    check("ctc_greedy", log_probs, lengths, blank);
    const Dim batch = log_probs.dim(0), frames = log_probs.dim(1), classes = log_probs.dim(2);
    std::vector<Labels> decoded(static_cast<std::size_t>(batch));
    for (Dim i = 0; i < batch; ++i) {
        Dim last = blank;
        for (Dim t = 0; t < lengths(i); ++t) {
            const Real* row = log_probs.data() + (i * frames + t) * classes;
            const Dim c = std::max_element(row, row + classes) - row;
            if (c != last && c != blank) decoded[static_cast<std::size_t>(i)].push_back(c);
            last = c;
        }
    }
    return decoded;
}

std::vector<std::vector<CtcHypothesis>> ctc_beam_search(In log_probs, const Ints& lengths,
                                                        const CtcBeamOptions& options) {
    check("ctc_beam_search", log_probs, lengths, options.blank);
    require(
        options.beam > 0, "ctc_beam_search",
        [&] { return fmt::format("beam is {}; expected at least 1", options.beam); }, log_probs.at);
    const Dim batch = log_probs.dim(0), frames = log_probs.dim(1), classes = log_probs.dim(2);
    std::vector<std::vector<CtcHypothesis>> found;
    for (Dim i = 0; i < batch; ++i)
        found.push_back(search(log_probs.data() + i * frames * classes, lengths(i), classes, options));
    return found;
}

}  // namespace heed::nn
