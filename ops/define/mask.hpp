#pragma once
// Which keys a query may attend to, and what is added to its scores, given as types: an array alone is no mask, because
// its polarity would be unknown. Masks combine with &; + adds a bias, and binds closer:
// `(causal() & lengths(n)) + alibi(slopes)`.
#include <concepts>
#include <functional>
#include <heed/core/var.hpp>
#include <heed/ops/kernel/attention/pair_bits.hpp>

namespace heed {

// What is added to a score, differentiable: dense or by a rule.
struct HEED_ABI Bias {
    enum class Kind { dense, relative, alibi, patches };
    Kind kind = Kind::dense;
    Var values = {};                   // the dense bias, the table, or the slopes
    bool bidirectional = true;         // relative: half of the buckets for keys behind the query
    Dim max_distance = 128;            // relative: from here on all distances share the last bucket
    Dim rows = 0, cols = 0, lead = 0;  // patches: the grid, and the tokens before it
};

// One condition of a mask. A pair (query, key) counts only where every part allows it.
struct HEED_ABI MaskPart {
    enum class Kind { lengths, causal, window, prefix, keep, drop, documents, predicate };
    enum class Corner { both, start, end };  // which query and key have the same position: the first, the last, or both
    using Allows = std::function<bool(Dim b, Dim h, Dim i, Dim j)>;
    // Bit k: is the pair of query i and key j + k allowed, for k below n <= 64? So a function is called by reference
    // once for a row of keys, and the calls for each of them can be compiled into a loop.
    using AllowsRow = std::function<std::uint64_t(Dim b, Dim h, Dim i, Dim j, Dim n)>;

    Kind kind;
    Corner corner = Corner::both;  // causal, window, prefix
    Ints ids = {}, key_ids = {};   // lengths, prefix: one for each example; documents: of queries and of keys
    kernel::PairBits pairs = {};   // keep, drop
    Dim left = 0, right = 0;       // window
    AllowsRow allows = {};         // predicate
};

class HEED_ABI Mask {
public:
    Mask() = default;  // everything is allowed, nothing is added
    Mask(Bias bias) : biases{std::move(bias)} {}
    explicit Mask(MaskPart part) : parts{std::move(part)} {}
    // A bare array leaves open whether `true` means "attend" or "do not attend".
    template <Expression A>
    Mask(const A&) = delete;    // use keep(m) or drop(m); values that are added to the scores are bias(m)
    Mask(const Var&) = delete;  // use keep(m) or drop(m); values that are added to the scores are bias(m)
    bool everything() const { return parts.empty() && biases.empty(); }

    List<MaskPart> parts;
    List<Bias> biases;
};

Mask operator&(Mask a, const Mask& b);
Mask operator+(Mask a, const Bias& b);
Mask operator+(const Bias& a, const Mask& b);
Mask operator+(const Bias& a, const Bias& b);

// Shapes and lengths are checked where the mask is used; what can be seen before is refused at once, with RangeError or
// ShapeError.
Mask lengths(Ints n);      // (b): example b has keys 0 .. n_b - 1
Mask documents(Ints ids);  // (b, t) or (t): a query sees the keys of its own document; as many queries as keys
Mask documents(Ints query_ids, Ints key_ids);
// m broadcasts to (b, h, i, j), and is kept as a bit for each element: a mask that is the same for several attentions
// is best made once. xt::xarray<bool> and arrays of std::uint8_t are read as they are, without an array of Real.
Mask keep(In m);                // a pair counts where m is not 0
Mask drop(In m);                // a pair counts where m is 0
Mask keep(kernel::PairBits m);  // a pair counts where its bit is 1
Mask drop(kernel::PairBits m);

namespace detail {
template <class A>
concept Bytes = sizeof(typename std::remove_cvref_t<A>::value_type) == 1;
}

template <Expression A>
Mask keep(A&& m) {
    if constexpr (detail::Bytes<A>) return keep(kernel::pair_bits(ArrayOf<std::uint8_t>(std::forward<A>(m))));
    else return keep(In(std::forward<A>(m)));
}  // xtensor has functions of these names, which would be taken for its arrays
template <Expression A>
Mask drop(A&& m) {
    if constexpr (detail::Bytes<A>) return drop(kernel::pair_bits(ArrayOf<std::uint8_t>(std::forward<A>(m))));
    else return drop(In(std::forward<A>(m)));
}

// A pair counts where allows(b, h, i, j) is true; called from any thread.
Mask predicate(MaskPart::Allows allows);
template <class F>
    requires std::predicate<const F&, Dim, Dim, Dim, Dim> Mask predicate(F allows) {
        return Mask({.kind = MaskPart::Kind::predicate,
                     .allows = [allows = std::move(allows)](Dim b, Dim h, Dim i, Dim j, Dim n) {
                         std::uint64_t bits = 0;
                         for (Dim k = 0; k < n; ++k) bits |= std::uint64_t{allows(b, h, i, j + k) ? 1u : 0u} << k;
                         return bits;
                     }});
    }

// Where queries are not as many as keys, the caller chooses in which corner of (i, j) the diagonal starts:
// `_from_start` puts query i at the position of key i, `_from_end` at the position of key i + keys - queries. The plain
// ones refuse such shapes.
Mask causal();  // a query sees the keys up to its position
Mask causal_from_start();
Mask causal_from_end();
// A query sees `left` keys before its position, that one, and `right` after it.
Mask window(Dim left, Dim right, Site at = Site::current());
Mask window_from_start(Dim left, Dim right, Site at = Site::current());
Mask window_from_end(Dim left, Dim right, Site at = Site::current());
Mask prefix(Ints n);  // (b): causal, but every query sees keys 0 .. n_b - 1
Mask prefix_from_start(Ints n);
Mask prefix_from_end(Ints n);

// Biases. The distance of a pair is the key's position minus the query's, which is i + keys - queries.
Bias bias(In values);  // broadcasts to (b, h, i, j)
// T5's buckets (Raffel et al., 2020): table (buckets, h). Half of the buckets hold one distance each, the others share
// the larger distances by their logarithm.
struct BucketOptions {
    bool bidirectional = true;  // else keys after the query share the bucket of distance 0
    Dim max_distance = 128;     // all distances from here on share the last bucket
};
Bias relative_buckets(In table, const BucketOptions& options = {});
Bias alibi(In slopes);  // (h): -slope |distance| (Press, Smith, Lewis, 2022); slopes may be learned
Var alibi_slopes(Dim heads, Site at = Site::current());  // the paper's: 2^(-8 / heads) to the powers 1, 2, ..., heads
// Offsets in an image of rows x cols patches, in raster order, after `lead` tokens that get no bias (Liu et al., 2021):
// table (h, (2 rows - 1) (2 cols - 1)) at (dy + rows - 1) (2 cols - 1) + dx + cols - 1 with (dy, dx) = query's position
// - key's.
Bias patch_offsets(In table, Dim rows, Dim cols, Dim lead = 0);

}  // namespace heed
