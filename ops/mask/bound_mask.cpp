// What a mask refuses, and how its parts become intervals of keys, or conditions of single pairs.
#include <algorithm>
#include <numeric>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/mask/bound_mask.hpp>
#include <heed/ops/mask/lengths.hpp>

namespace heed {

using kernel::Interval;
using Kind = MaskPart::Kind;
using Corner = MaskPart::Corner;

namespace {

std::string name_of(const MaskPart& part, const char* corner = "") {
    if (part.kind == Kind::window) return fmt::format("window{}({}, {})", corner, part.left, part.right);
    return fmt::format("{}{}({})", part.kind == Kind::causal ? "causal" : "prefix", corner,
                       part.kind == Kind::causal ? "" : "n");
}

// The ids of example b: those of (b, t), or the same (t) for all.
const std::int64_t* row_of(const Ints& ids, Dim b) {
    return ids.storage().data() + (ids.dimension() == 2 ? b * ids.shape()[1] : 0);
}

constexpr Dim most_stored = Dim{1} << 26;  // pairs of a predicate, 8 MB of bits

}  // namespace

BoundMask::BoundMask(const char* op, const Mask& mask, Dim batch, Dim heads, Dim tq, Dim tk, Site at, Site check)
    : PairMask(batch, heads, tq, tk) {
    for (const MaskPart& part : mask.parts) add({op, at, check}, part);
    for (const Bias& bias : mask.biases) add({op, at, check}, bias);
    store_predicates();
}

void BoundMask::add(const Caller& caller, const MaskPart& part) {
    const char* const op = caller.op;  // no structured binding: clang 14 does not capture one
    const Site at = caller.at, check = caller.check;
    const auto each_example = [&](const char* name) {
        check_lengths(op, name, part.ids, batch_, {"keys", tk_}, at, check);
    };
    const auto same_corners = [&] {
        require(
            part.corner != Corner::both || tq_ == tk_, op,
            [&] {
                return fmt::format("{} with {} queries and {} keys is ambiguous; say {} or {}", name_of(part), tq_, tk_,
                                   name_of(part, "_from_start"), name_of(part, "_from_end"));
            },
            at, check);
    };
    const Dim shift = part.corner == Corner::end ? tk_ - tq_ : 0;  // of queries' positions
    switch (part.kind) {
    case Kind::lengths:
        each_example("lengths");
        return narrow(true, [&](Dim b, Dim) { return Interval{0, row_of(part.ids, 0)[b]}; });
    case Kind::causal: same_corners(); return narrow(false, [&](Dim, Dim i) { return Interval{0, i + shift + 1}; });
    case Kind::window: {
        same_corners();
        const Dim left = std::min(part.left, tq_ + tk_),
                  right = std::min(part.right, tq_ + tk_);  // further there is nothing
        return narrow(false, [&](Dim, Dim i) { return Interval{i + shift - left, i + shift + right + 1}; });
    }
    case Kind::prefix:
        same_corners();
        each_example("prefix");
        return narrow(true, [&](Dim b, Dim i) {
            return Interval{0, std::max<Dim>(i + shift + 1, row_of(part.ids, 0)[b])};
        });
    case Kind::documents:
        for (const bool keys : {false, true}) {
            const Shape shape = (keys ? part.key_ids : part.ids).shape();
            const Dim n = keys ? tk_ : tq_;
            expect(
                shape == Shape{n} || shape == Shape{batch_, n}, op,
                keys ? "documents: key_ids" : "documents: query_ids", shape,
                [&] { return fmt::format("({0}, {1}) or ({1})", batch_, n); }, at, check);
        }
        return add_documents(part);
    case Kind::keep:
    case Kind::drop: return add_pairs(caller, part);
    case Kind::predicate:
        require(static_cast<bool>(part.allows), op, "predicate() was given an empty function", at, check);
        scattered_.push_back({.kind = Condition::Kind::predicate, .allows = part.allows});
    }
}

std::array<Dim, 4> BoundMask::steps_over_pairs(const Caller& caller, const char* argument, const Shape& shape) const {
    const std::array<Dim, 4> full{batch_, heads_, tq_, tk_};
    std::array<Dim, 4> steps{};
    Dim step = 1;
    bool fits = shape.size() <= full.size();
    for (std::size_t k = 1; fits && k <= shape.size(); ++k) {
        const Dim n = shape[shape.size() - k];
        fits = n == full[full.size() - k] || n == 1;
        steps[full.size() - k] = n == 1 ? 0 : step;
        step *= n;
    }
    expect(
        fits, caller.op, argument, shape,
        [&] {
            return fmt::format("a shape that broadcasts to ({}, {}, {}, {}), which is (b, h, queries, keys)", batch_,
                               heads_, tq_, tk_);
        },
        caller.at, caller.check);
    return steps;
}

void BoundMask::add_pairs(const Caller& caller, const MaskPart& part) {
    const bool keep = part.kind == Kind::keep;
    Condition condition{.kind = keep ? Condition::Kind::keep : Condition::Kind::drop, .pairs = part.pairs};
    const std::array<Dim, 4> steps = steps_over_pairs(caller, keep ? "keep" : "drop", part.pairs.shape);
    const Dim width = std::max<Dim>(1, part.pairs.width());
    for (std::size_t axis = 0; axis < 3; ++axis) condition.row_step[axis] = steps[axis] / width;
    scattered_.push_back(std::move(condition));
}

void BoundMask::narrow(bool each_example, FunctionRef<Interval(Dim, Dim)> to) {
    const auto rows = static_cast<std::size_t>(tq_), examples = static_cast<std::size_t>(batch_);
    if (examples == 0) return;
    if (intervals_.empty()) intervals_.assign(rows, Interval{0, tk_});
    if (each_example && shared_) {
        shared_ = false;
        const List<Interval> first = std::move(intervals_);
        intervals_.clear();
        for (std::size_t b = 0; b < examples; ++b) intervals_.insert(intervals_.end(), first.begin(), first.end());
    }
    for (std::size_t k = 0; k < intervals_.size(); ++k) {
        const Interval more = to(static_cast<Dim>(k / rows), static_cast<Dim>(k % rows));
        intervals_[k] = {std::max(intervals_[k].begin, more.begin), std::min(intervals_[k].end, more.end)};
    }
}

// Keys in the order of their ids, those of one document in their own: so a document is a stretch of them. Where the
// keys of every document stand side by side, each query sees one interval of keys, and the mask narrows to that.
void BoundMask::add_documents(const MaskPart& part) {
    const bool each_example = part.ids.dimension() == 2 || part.key_ids.dimension() == 2;
    const Dim examples = each_example ? batch_ : 1;
    Condition documents{.kind = Condition::Kind::documents};
    documents.keys.resize(static_cast<std::size_t>(examples * tk_));
    documents.seen.resize(static_cast<std::size_t>(examples * tq_));
    bool together = true;
    for (Dim b = 0; b < examples; ++b) {
        const std::int64_t *ids = row_of(part.key_ids, b), *of_queries = row_of(part.ids, b);
        Dim* const keys = documents.keys.data() + b * tk_;
        std::iota(keys, keys + tk_, Dim{0});
        if (!std::is_sorted(ids, ids + tk_))
            std::stable_sort(keys, keys + tk_, [ids](Dim j, Dim k) { return ids[j] < ids[k]; });
        for (Dim n = 1; n < tk_; ++n) together &= ids[keys[n]] != ids[keys[n - 1]] || keys[n] == keys[n - 1] + 1;
        for (Dim i = 0; i < tq_; ++i) {
            const auto before = [ids](Dim j, std::int64_t id) { return ids[j] < id; };
            const auto after = [ids](std::int64_t id, Dim j) { return id < ids[j]; };
            const std::int64_t id = of_queries[i];
            const Dim* const first = std::lower_bound(keys, keys + tk_, id, before);
            const Dim* const last = std::upper_bound(first, static_cast<const Dim*>(keys + tk_), id, after);
            documents.seen[static_cast<std::size_t>(b * tq_ + i)] = {first - documents.keys.data(),
                                                                     last - documents.keys.data()};
        }
    }
    if (!together) return scattered_.push_back(std::move(documents));
    narrow(each_example, [&](Dim b, Dim i) {
        const Interval of = documents.seen[static_cast<std::size_t>((each_example ? b * tq_ : 0) + i)];
        if (of.begin == of.end) return Interval{};
        const Dim first = documents.keys[static_cast<std::size_t>(of.begin)];
        return Interval{first, first + of.end - of.begin};
    });
}

// A predicate of so few pairs that their bits take little memory is asked once, not by the forward and the backward.
void BoundMask::store_predicates() {
    const Dim rows = batch_ * heads_ * tq_;
    if (saturated_product(rows, tk_) > most_stored) return;
    for (Condition& part : scattered_) {
        if (part.kind != Condition::Kind::predicate) continue;
        Condition stored{.kind = Condition::Kind::keep,
                         .pairs = {.shape = {batch_, heads_, tq_, tk_}},
                         .row_step = {heads_ * tq_, tq_, 1}};
        const Dim words = stored.pairs.words_of_row();
        stored.pairs.words = Storage<std::uint64_t>(static_cast<std::size_t>(rows * words), 0);
        std::uint64_t* const all = stored.pairs.words.data();
        parallel_blocks(rows, std::max<Dim>(1, 16384 / std::max<Dim>(1, tk_)), [&](Dim begin, Dim end) {
            for (Dim row = begin; row < end; ++row) {
                const Dim b = row / tq_ / heads_, h = row / tq_ % heads_, i = row % tq_;
                const Interval keys = visible(b, i);
                for (Dim j = std::max<Dim>(keys.begin, 0) / 64 * 64; j < keys.end; j += 64)
                    all[row * words + j / 64] = part.allows(b, h, i, j, std::min<Dim>(64, tk_ - j));
            }
        });
        part = std::move(stored);
    }
}

}  // namespace heed
