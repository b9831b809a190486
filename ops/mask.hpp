#pragma once
// Which keys a query may attend to, and what is added to its scores, said by type: an array alone is no mask, because nobody
// can see its polarity. Masks combine with &; + adds a bias: `causal() & lengths(n)`, `causal() + alibi(slopes)`.
#include <functional>
#include <vector>
#include <heed/core/var.hpp>

namespace heed {

// What is added to a score, differentiable: dense or by a rule.
struct HEED_ABI Bias {
    enum class Kind { dense, relative, alibi, patches };
    Kind kind = Kind::dense;
    Var numbers;                    // the dense bias, the table, or the slopes
    bool bidirectional = true;      // relative: half of the buckets for keys behind the query
    Dim max_distance = 128;         // relative: from here on all distances share the last bucket
    Dim rows = 0, cols = 0, lead = 0;  // patches: the grid, and the tokens before it
};

// One condition of a mask. A pair (query, key) counts only where every part allows it.
struct HEED_ABI MaskPart {
    enum class Kind { lengths, causal, causal_from_start, causal_from_end, window, window_from_end, prefix, keep, drop, documents, predicate };
    Kind kind;
    Ints ids = {}, key_ids = {};          // lengths, prefix: one for each example; documents: of queries and of keys
    Array pairs = {};                     // keep, drop
    Dim left = 0, right = 0;              // window
    std::function<bool(Dim b, Dim h, Dim i, Dim j)> allows = {};
};

class HEED_ABI Mask {
public:
    Mask() = default;  // everything is allowed, nothing is added
    Mask(Bias bias) : biases{std::move(bias)} {}
    explicit Mask(MaskPart part) : parts{std::move(part)} {}
    // A bare array does not say whether `true` means "look" or "do not look".
    template <class A>
        requires Expression<A>
    Mask(const A&) = delete;  // say keep(m) or drop(m)
    bool everything() const { return parts.empty() && biases.empty(); }

    std::vector<MaskPart> parts;
    std::vector<Bias> biases;
};

Mask operator&(Mask a, const Mask& b);
Mask operator+(Mask a, const Bias& b);
Mask operator+(const Bias& a, const Mask& b);
Mask operator+(const Bias& a, const Bias& b);

HEED_ABI Mask lengths(Ints n);                    // (b): example b has keys 0 .. n_b - 1
HEED_ABI Mask causal();                           // query i sees keys 0 .. i; as many queries as keys
HEED_ABI Mask causal_from_start();                // query i sees keys 0 .. i, whatever their number
HEED_ABI Mask causal_from_end();                  // the last query sees all keys: query i sees keys 0 .. i + keys - queries
HEED_ABI Mask window(Dim left, Dim right);        // query i sees keys i - left .. i + right; as many queries as keys
HEED_ABI Mask window_from_end(Dim left, Dim right);  // the same with query i at the place i + keys - queries
HEED_ABI Mask prefix(Ints n);                     // (b): causal, and every query sees keys 0 .. n_b - 1; as many queries as keys
HEED_ABI Mask documents(Ints ids);                // (b, t) or (t): a query sees the keys of its own document
HEED_ABI Mask documents(Ints query_ids, Ints key_ids);
HEED_ABI Mask predicate(std::function<bool(Dim b, Dim h, Dim i, Dim j)> allows);  // called from any thread
Mask keep(Array m);                               // broadcast to (b, h, i, j): a pair counts where m is not 0
Mask drop(Array m);                               // a pair counts where m is 0

// Biases. Distances are between places of keys; query i stands at the place i + keys - queries.
Bias bias(In numbers);                            // broadcast to (b, h, i, j)
// T5's buckets (Raffel et al., 2020): table (buckets, h); small distances have a bucket each, larger ones share by their logarithm.
struct BucketOptions {
    bool bidirectional = true;                    // else keys after the query share the bucket of distance 0
    Dim max_distance = 128;
};
Bias relative_buckets(In table, const BucketOptions& options = {});
Bias alibi(In slopes);                            // (h): -slope |distance| (Press, Smith, Lewis, 2022); slopes may be learned
HEED_ABI Var alibi_slopes(Dim heads);             // the paper's slopes: a geometric series from 2^(-8/heads)
// Offsets in a picture of rows x cols patches, in raster order, after `lead` tokens that get no bias:
// table (h, (2 rows - 1) (2 cols - 1)) at (dy + rows - 1) (2 cols - 1) + dx + cols - 1 with dy, dx = query's place - key's.
Bias patch_offsets(In table, Dim rows, Dim cols, Dim lead = 0);

}  // namespace heed
