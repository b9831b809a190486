#pragma once
// Inspection of an attention: the weights that are asked for are computed again from the operands and from each row's
// largest score and sum of exponentials. Inspection changes no result of the model.
#include <memory>
#include <string>
#include <string_view>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/base/error.hpp>
#include <heed/ops/attention/attention.hpp>

namespace heed {

struct HEED_ABI LensRecord;

// Handed to attention() in its options, or found in Lenses. Weights are after the mask and before dropout; a row's
// weights sum to 1, less the sink's part; a query without a key has weights 0. Empty lists mean all queries, all heads.
// All throw TapeError before an attention was seen, RangeError for a query, head or key that there is none of.
class HEED_ABI Lens {
public:
    bool seen() const { return record_ != nullptr; }
    Dim examples(Site at = Site::current()) const;
    Dim heads(Site at = Site::current()) const;
    Dim queries(Site at = Site::current()) const;
    Dim keys(Site at = Site::current()) const;

    Array weights(std::vector<Dim> queries = {}, std::vector<Dim> heads = {},
                  Site at = Site::current()) const;   // (b, heads, queries, j)
    Array entropy(Site at = Site::current()) const;   // (b, h, i): -sum of w log w, in nats
    Array received(Site at = Site::current()) const;  // (b, h, j): the weights that a key got from all queries
    Array log_sums(Site at = Site::current())
        const;  // (b, h, i): log of the sum of e^score, the sink included; -inf without a key
    struct HEED_ABI Top {
        Ints keys;  // (b, h, n): the largest weight first; equal ones by index
        Array weights;
    };
    Top top_keys(Dim query, Dim n, Site at = Site::current()) const;
    // d loss / d score, (b, heads, queries, j), of a loss that was swept backwards while this lens lived.
    Array score_gradient(std::vector<Dim> queries = {}, std::vector<Dim> heads = {}, Site at = Site::current()) const;

    Lens() = default;
    explicit Lens(std::shared_ptr<LensRecord> record) : record_(std::move(record)) {}  // for attention()

private:
    const LensRecord& record_of(const char* what, Site at) const;
    std::shared_ptr<LensRecord> record_;
};

// While it is alive, every attention of this thread gets a lens, under the path of its layer. Later calls of a layer
// are "path#2", ...
//   Lenses lenses; model(x); lenses["first.attend"].entropy();
class HEED_ABI Lenses : public ThreadScope<Lenses> {
public:
    const Lens& operator[](std::string_view path) const;  // throws RangeError that lists the paths
    std::vector<std::string> paths() const;               // in the order of the calls
    void add(std::string_view path, Lens lens);           // for attention()

private:
    std::vector<std::pair<std::string, Lens>> list_;
};

}  // namespace heed
