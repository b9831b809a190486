// Byte-pair encoding: learning the merges from words.
#include <algorithm>
#include <queue>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/text/bpe.hpp>

namespace heed::text {
namespace {

struct Word {
    Ids pieces;
    Dim count;
};

// Counts of pairs, kept up to date from merge to merge; only the words that hold the merged pair are visited again.
class Learner {
public:
    explicit Learner(const WordCounts& words) {
        for (const auto& [word, count] : words) {
            Word& made = words_.emplace_back(Word{{}, count});
            for (const char c : word) made.pieces.push_back(Bpe::first_byte + static_cast<unsigned char>(c));
        }
        for (std::size_t w = 0; w < words_.size(); ++w) add(w);
        for (const auto& [pair, count] : counts_) queue_.push({count, pair});
    }

    // The most frequent pair; the markers' {0, 0} where none occurs twice.
    Bpe::Merge best() {
        while (!queue_.empty()) {
            const Entry top = queue_.top();
            const Dim now = counts_[top.pair];
            if (now == top.count && now >= 2) return top.pair;
            queue_.pop();
            if (now >= 2) queue_.push({now, top.pair});  // it became rarer
        }
        return {0, 0};
    }

    void merge(Bpe::Merge pair, std::int64_t into) {
        std::vector<std::size_t> where = std::move(where_[pair]);
        where_.erase(pair);
        std::sort(where.begin(), where.end());
        where.erase(std::unique(where.begin(), where.end()), where.end());
        for (const std::size_t w : where) {
            take(w);
            Ids& ids = words_[w].pieces;
            std::size_t kept = 0;
            for (std::size_t i = 0; i < ids.size(); ++kept) {
                const bool here = i + 1 < ids.size() && Bpe::Merge(ids[i], ids[i + 1]) == pair;
                ids[kept] = here ? into : ids[i];
                i += here ? 2 : 1;
            }
            ids.resize(kept);
            add(w);
        }
        for (const std::size_t w : where) {
            const Ids& ids = words_[w].pieces;
            for (std::size_t i = 0; i + 1 < ids.size(); ++i)
                if (ids[i] == into || ids[i + 1] == into) fresh_.emplace_back(ids[i], ids[i + 1]);
        }
        std::sort(fresh_.begin(), fresh_.end());
        fresh_.erase(std::unique(fresh_.begin(), fresh_.end()), fresh_.end());
        for (const Bpe::Merge& made : fresh_) queue_.push({counts_[made], made});
        fresh_.clear();
    }

private:
    struct Entry {
        Dim count;
        Bpe::Merge pair;
        bool operator<(const Entry& other) const {
            return count != other.count ? count < other.count : pair > other.pair;
        }
    };

    void add(std::size_t w) {
        const auto& [ids, count] = words_[w];
        for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
            const Bpe::Merge pair(ids[i], ids[i + 1]);
            counts_[pair] += count;
            std::vector<std::size_t>& where = where_[pair];
            if (where.empty() || where.back() != w) where.push_back(w);
        }
    }
    void take(std::size_t w) {
        const auto& [ids, count] = words_[w];
        for (std::size_t i = 0; i + 1 < ids.size(); ++i) counts_[{ids[i], ids[i + 1]}] -= count;
    }

    std::vector<Word> words_;
    std::map<Bpe::Merge, Dim> counts_;
    std::map<Bpe::Merge, std::vector<std::size_t>> where_;  // words that hold the pair, or did once
    std::priority_queue<Entry> queue_;                      // with counts as they once were: never lower than now
    std::vector<Bpe::Merge> fresh_;
};

}  // namespace

Bpe learn_bpe(const WordCounts& words, Dim size) {
    require(
        size >= Bpe::first_merge, "learn_bpe",
        [&] {
            return fmt::format("a vocabulary of {}; expected at least {}: markers and bytes", size,
                               Dim{Bpe::first_merge});
        },
        Site::current());
    Learner learner(words);
    std::vector<Bpe::Merge> merges;
    for (std::int64_t next = Bpe::first_merge; next < size; ++next) {
        const Bpe::Merge pair = learner.best();
        if (pair == Bpe::Merge(0, 0)) break;
        merges.push_back(pair);
        learner.merge(pair, next);
    }
    return Bpe(std::move(merges));
}

}  // namespace heed::text
