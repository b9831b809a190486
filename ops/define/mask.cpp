// Makers of masks and biases.
#include <cmath>
#include <fmt/format.h>
#include <heed/ops/define/mask.hpp>

namespace heed {

using Kind = MaskPart::Kind;
using Corner = MaskPart::Corner;

Mask operator&(Mask a, const Mask& b) {
    a.parts.insert(a.parts.end(), b.parts.begin(), b.parts.end());
    a.biases.insert(a.biases.end(), b.biases.begin(), b.biases.end());
    return a;
}
Mask operator+(Mask a, const Bias& b) { return std::move(a) & Mask(b); }
Mask operator+(const Bias& a, const Mask& b) { return Mask(a) & b; }
Mask operator+(const Bias& a, const Bias& b) { return Mask(a) & Mask(b); }

Mask lengths(Ints n) { return Mask({.kind = Kind::lengths, .ids = std::move(n)}); }
Mask documents(Ints ids) { return Mask({.kind = Kind::documents, .ids = ids, .key_ids = ids}); }
Mask documents(Ints query_ids, Ints key_ids) {
    return Mask({.kind = Kind::documents, .ids = std::move(query_ids), .key_ids = std::move(key_ids)});
}
Mask keep(In m) { return keep(kernel::pair_bits(m.value())); }
Mask drop(In m) { return drop(kernel::pair_bits(m.value())); }
Mask keep(kernel::PairBits m) { return Mask({.kind = Kind::keep, .pairs = std::move(m)}); }
Mask drop(kernel::PairBits m) { return Mask({.kind = Kind::drop, .pairs = std::move(m)}); }
Mask predicate(MaskPart::Allows allows) {
    if (!allows) return Mask({.kind = Kind::predicate});  // refused where the mask is used
    return predicate([allows = std::move(allows)](Dim b, Dim h, Dim i, Dim j) { return allows(b, h, i, j); });
}

Mask causal() { return Mask({.kind = Kind::causal}); }
Mask causal_from_start() { return Mask({.kind = Kind::causal, .corner = Corner::start}); }
Mask causal_from_end() { return Mask({.kind = Kind::causal, .corner = Corner::end}); }
Mask prefix(Ints n) { return Mask({.kind = Kind::prefix, .ids = std::move(n)}); }
Mask prefix_from_start(Ints n) { return Mask({.kind = Kind::prefix, .corner = Corner::start, .ids = std::move(n)}); }
Mask prefix_from_end(Ints n) { return Mask({.kind = Kind::prefix, .corner = Corner::end, .ids = std::move(n)}); }

namespace {

Mask window_at(Corner corner, Dim left, Dim right, Site at) {
    require(
        left >= 0 && right >= 0, "window",
        [&] { return fmt::format("left is {} and right is {}; expected numbers of keys, 0 or more", left, right); },
        at);
    return Mask({.kind = Kind::window, .corner = corner, .left = left, .right = right});
}

}  // namespace

Mask window(Dim left, Dim right, Site at) { return window_at(Corner::both, left, right, at); }
Mask window_from_start(Dim left, Dim right, Site at) { return window_at(Corner::start, left, right, at); }
Mask window_from_end(Dim left, Dim right, Site at) { return window_at(Corner::end, left, right, at); }

Bias bias(In values) { return {.values = values.var()}; }

Bias relative_buckets(In table, const BucketOptions& options) {
    const Dim sides = options.bidirectional ? 2 : 1;
    expect(table.rank() == 2, "relative_buckets", "table", table.shape(), "(buckets, h)", table.at);
    const Dim exact = table.dim(0) / sides / 2;  // distances with a bucket of their own
    expect(
        exact >= 1 && table.dim(0) % sides == 0, "relative_buckets", "table", table.shape(),
        [&] {
            return fmt::format("(buckets, h) with at least {}{} buckets", 2 * sides,
                               sides == 2 ? ", an even number of" : "");
        },
        table.at);
    require(
        options.max_distance > exact, "relative_buckets",
        [&] {
            return fmt::format(
                "max_distance is {}; expected more than {}: with {} buckets the distances up to there have one each",
                options.max_distance, exact, table.dim(0));
        },
        table.at);
    return {.kind = Bias::Kind::relative,
            .values = table.var(),
            .bidirectional = options.bidirectional,
            .max_distance = options.max_distance};
}

Bias alibi(In slopes) {
    expect(slopes.rank() == 1, "alibi", "slopes", slopes.shape(), "(h)", slopes.at);
    return {.kind = Bias::Kind::alibi, .values = slopes.var()};
}

Var alibi_slopes(Dim heads, Site at) {
    require_least("alibi_slopes", "heads", heads, 0, at);
    require_sizes("alibi_slopes", {heads}, at);
    Array slopes = Array::from_shape({heads});
    for (Dim h = 0; h < heads; ++h)
        slopes.data()[h] = static_cast<Real>(std::exp2(-8.0 * static_cast<double>(h + 1) / static_cast<double>(heads)));
    return slopes;
}

Bias patch_offsets(In table, Dim rows, Dim cols, Dim lead) {
    require(
        rows > 0 && cols > 0 && lead >= 0, "patch_offsets",
        [&] { return fmt::format("a grid of {} x {} patches after {} tokens; expected patches", rows, cols, lead); },
        table.at);
    for (const Dim size : {rows, cols, lead}) require_sizes("patch_offsets", {size}, table.at);
    const Dim offsets = saturated_product(2 * rows - 1, 2 * cols - 1);
    expect(
        table.rank() == 2 && table.dim(1) == offsets, "patch_offsets", "table", table.shape(),
        [&] { return fmt::format("(h, {}) because {} x {} patches have that many offsets", offsets, rows, cols); },
        table.at);
    return {.kind = Bias::Kind::patches, .values = table.var(), .rows = rows, .cols = cols, .lead = lead};
}

}  // namespace heed
