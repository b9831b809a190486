#include <algorithm>
#include <limits>
#include <numeric>
#include <fmt/format.h>
#include <heed/examples/pronounce/search.hpp>

namespace heed::pronounce {
namespace {

constexpr std::size_t words_at_once = 256;

struct Hypothesis {
    double score = 0;
    PhoneIds phones;
    bool done = false;
};

struct Step {  // one way to go on
    double score;
    std::size_t from;  // hypothesis of the same word
    std::int64_t phone;
};

// The `width` best ways to go on from the hypotheses of one word; a finished one can only stay.
std::vector<Step> best_steps(const std::vector<Hypothesis>& beam, const Real* log_p, Dim phones, std::size_t width) {
    std::vector<Step> steps;
    for (std::size_t k = 0; k < beam.size(); ++k) {
        if (beam[k].done) {
            steps.push_back({beam[k].score, k, Vocabulary::end});
            continue;
        }
        const Real* row = log_p + static_cast<Dim>(k) * phones;
        for (Dim v = Vocabulary::end; v < phones; ++v) steps.push_back({beam[k].score + static_cast<double>(row[v]), k, v});
    }
    const std::size_t keep = std::min(width, steps.size());
    std::partial_sort(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(keep), steps.end(), [](const Step& a, const Step& b) {
        return a.score != b.score ? a.score > b.score : std::pair(a.from, a.phone) < std::pair(b.from, b.phone);
    });
    steps.resize(keep);
    return steps;
}

// `which` are words of similar length.
void search(const Model& model, const std::vector<PhoneIds>& words, const std::vector<std::size_t>& which, std::size_t width,
            std::vector<PhoneIds>& result) {
    std::size_t longest = 0;
    for (std::size_t i : which) longest = std::max(longest, words[i].size());
    Ints source = Ints::from_shape({static_cast<Dim>(which.size()), static_cast<Dim>(longest)}),
         lengths = Ints::from_shape({static_cast<Dim>(which.size())});
    source.fill(Vocabulary::pad);
    for (std::size_t i = 0; i < which.size(); ++i) {
        const PhoneIds& word = words[which[i]];
        std::copy(word.begin(), word.end(), source.data() + i * longest);
        lengths(static_cast<Dim>(i)) = static_cast<Dim>(word.size());
    }
    Model::State state = model.start(source, lengths);
    std::vector<std::vector<Hypothesis>> beams(which.size(), std::vector<Hypothesis>(1));
    std::size_t rows = 1;  // hypotheses of each word
    Ints previous = Ints::from_shape({static_cast<Dim>(which.size())});
    previous.fill(Vocabulary::begin);
    for (std::size_t t = 0; t < 2 * longest + 4; ++t) {
        const Var log_p = model.next(state, previous);
        const Dim phones = log_p.dim(-1);
        std::vector<std::int64_t> from, said;
        bool all_done = true;
        for (std::size_t i = 0; i < which.size(); ++i) {
            const Real* scores = log_p.value().storage().data() + static_cast<Dim>(i * rows) * phones;
            std::vector<Hypothesis> next;
            for (const Step& step : best_steps(beams[i], scores, phones, width)) {
                Hypothesis h = beams[i][step.from];
                h.score = step.score;
                if (!h.done && step.phone != Vocabulary::end) h.phones.push_back(step.phone);
                h.done = h.done || step.phone == Vocabulary::end || t + 1 >= 2 * words[which[i]].size() + 4;
                all_done = all_done && h.done;
                next.push_back(std::move(h));
                from.push_back(static_cast<std::int64_t>(i * rows + step.from));
                said.push_back(step.phone);
            }
            beams[i] = std::move(next);
        }
        if (all_done) break;
        rows = beams[0].size();
        previous = Ints::from_shape({static_cast<Dim>(said.size())});
        std::copy(said.begin(), said.end(), previous.data());
        bool moved = false;
        for (std::size_t k = 0; k < from.size(); ++k) moved = moved || from[k] != static_cast<std::int64_t>(k);
        if (moved || static_cast<Dim>(from.size()) != state.size()) {
            Ints order = Ints::from_shape({static_cast<Dim>(from.size())});
            std::copy(from.begin(), from.end(), order.data());
            state.reorder(order);
        }
    }
    for (std::size_t i = 0; i < which.size(); ++i) result[which[i]] = std::move(beams[i].front().phones);
}

}  // namespace

std::vector<PhoneIds> pronounce(const Model& model, const std::vector<PhoneIds>& words, Dim width) {
    require(width >= 1, "pronounce", [&] { return fmt::format("argument 'width' is {}; expected 1 or more", width); }, Site::current());
    std::vector<std::size_t> order(words.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return words[a].size() < words[b].size(); });
    std::vector<PhoneIds> result(words.size());
    for (std::size_t i = 0; i < order.size(); i += words_at_once) {
        const std::vector<std::size_t> which(order.begin() + static_cast<std::ptrdiff_t>(i),
                                             order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), i + words_at_once)));
        search(model, words, which, static_cast<std::size_t>(width), result);
    }
    return result;
}

std::vector<double> align(const Model& model, const PhoneIds& word, const PhoneIds& phones) {
    const Sample sample{word, phones};
    const std::size_t only = 0;
    std::vector<Var> weights;
    model(make_batch({&sample, 1}, {&only, 1}), &weights);
    std::vector<double> all;
    for (const Var& row : weights) all.insert(all.end(), row.value().storage().begin(), row.value().storage().end());
    return all;
}

}  // namespace heed::pronounce
