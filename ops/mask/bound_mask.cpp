// What a mask refuses, and how its parts become intervals of keys, or conditions of single pairs.
#include <unordered_map>
#include <fmt/format.h>
#include <heed/ops/mask/bound_mask.hpp>

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

}  // namespace

BoundMask::BoundMask(const char* op, const Mask& mask, Dim batch, Dim heads, Dim tq, Dim tk, Site at, Site check)
    : PairMask(batch, heads, tq, tk) {
    for (const MaskPart& part : mask.parts) add({op, at, check}, part);
    for (const Bias& bias : mask.biases) add({op, at, check}, bias);
}

void BoundMask::add(const Caller& caller, const MaskPart& part) {
    const char* const op = caller.op;  // no structured binding: clang 14 does not capture one
    const Site at = caller.at, check = caller.check;
    const auto each_example = [&](const char* name) {
        expect(
            part.ids.dimension() == 1 && part.ids.shape()[0] == batch_, op, name, part.ids.shape(),
            [&] { return fmt::format("({}): one number for each example", batch_); }, at, check);
        for (Dim b = 0; b < batch_; ++b) {
            const std::int64_t n = row_of(part.ids, 0)[b];
            require(
                0 <= n && n <= tk_, op,
                [&] {
                    return fmt::format("argument '{}' holds {} at ({}); expected 0 <= length <= {}, the number of keys",
                                       name, n, b, tk_);
                },
                at, check);
        }
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
        if (!narrow_to_documents(part))
            scattered_.push_back({.kind = Condition::Kind::documents, .ids = part.ids, .key_ids = part.key_ids});
        return;
    case Kind::keep:
    case Kind::drop:
        scattered_.push_back(
            {.kind = part.kind == Kind::keep ? Condition::Kind::keep : Condition::Kind::drop,
             .pairs = broadcast_to_pairs(caller, part.kind == Kind::keep ? "keep" : "drop", part.pairs)});
        return;
    case Kind::predicate:
        require(static_cast<bool>(part.allows), op, "predicate() was given an empty function", at, check);
        scattered_.push_back({.kind = Condition::Kind::predicate, .allows = part.allows});
    }
}

kernel::Broadcast BoundMask::broadcast_to_pairs(const Caller& caller, const char* argument, const Array& values) const {
    const Shape& shape = values.shape();
    const std::array<Dim, 4> full{batch_, heads_, tq_, tk_};
    kernel::Broadcast s{.values = values};
    Dim step = 1;
    bool fits = shape.size() <= full.size();
    for (std::size_t k = 1; fits && k <= shape.size(); ++k) {
        const Dim n = shape[shape.size() - k];
        fits = n == full[full.size() - k] || n == 1;
        s.step[full.size() - k] = n == 1 ? 0 : step;
        step *= n;
    }
    expect(
        fits, caller.op, argument, shape,
        [&] {
            return fmt::format("a shape that broadcasts to ({}, {}, {}, {}), which is (b, h, queries, keys)", batch_,
                               heads_, tq_, tk_);
        },
        caller.at, caller.check);
    return s;
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

// Where the keys of every document stand side by side, each query sees one interval: this one narrows to it and returns
// true.
bool BoundMask::narrow_to_documents(const MaskPart& part) {
    const bool each_example = part.ids.dimension() == 2 || part.key_ids.dimension() == 2;
    std::vector<std::unordered_map<std::int64_t, Interval>> runs(static_cast<std::size_t>(each_example ? batch_ : 1));
    for (std::size_t b = 0; b < runs.size(); ++b) {
        const std::int64_t* ids = row_of(part.key_ids, static_cast<Dim>(b));
        for (Dim j = 0; j < tk_; ++j) {
            const auto [run, fresh] = runs[b].try_emplace(ids[j], Interval{j, j});
            if (!fresh && run->second.end != j) return false;
            run->second.end = j + 1;
        }
    }
    narrow(each_example, [&](Dim b, Dim i) {
        const auto& of_example = runs[static_cast<std::size_t>(each_example ? b : 0)];
        const auto run = of_example.find(row_of(part.ids, b)[i]);
        return run == of_example.end() ? Interval{} : run->second;
    });
    return true;
}

}  // namespace heed
