#pragma once
// Which pairs of a query and a key count in one attention, and what is added to their scores: what the tiles of the
// kernel ask. BoundMask makes it.
#include <array>
#include <cstdint>
#include <functional>
#include <vector>
#include <heed/core/base/list.hpp>
#include <heed/ops/kernel/attention/pair_bits.hpp>

namespace heed::kernel {

struct Interval {  // of keys: begin .. end - 1
    Dim begin = 0, end = 0;
};

// An array as if it were broadcast to (b, h, i, j), without being copied.
struct HEED_ABI Broadcast {
    Array values = {};
    std::array<Dim, 4> step = {};  // 0 along axes of size one
    Dim row(Dim b, Dim h, Dim i) const { return b * step[0] + h * step[1] + i * step[2]; }
};

class HEED_ABI PairMask {
public:
    // The keys that the parts which are intervals leave to query i of example b; empty: begin >= end.
    Interval visible(Dim b, Dim i) const {
        if (intervals_.empty()) return {0, tk_};
        return intervals_[static_cast<std::size_t>(shared_ ? i : b * tq_ + i)];
    }
    bool scattered() const { return !scattered_.empty(); }  // are there parts that are no intervals?
    // Of those parts: bit j - j0 is set where all of them allow the pair, for j0 <= j < j1. `bits` are whole words,
    // whose other bits are 0.
    void allow(Dim b, Dim h, Dim i, Dim j0, Dim j1, std::uint64_t* bits) const;
    bool allowed(Dim b, Dim h, Dim i, Dim j) const;  // by all parts

    bool everything() const {
        return intervals_.empty() && scattered_.empty() && pair_biases_.empty();
    }  // nothing forbidden, nothing added
    bool biased() const { return !pair_biases_.empty(); }
    // s[j - j0] += every bias of the pair, for j0 <= j < j1.
    void add_bias(Dim b, Dim h, Dim i, Dim j0, Dim j1, Real* s) const;
    // Adds ds, the gradient of those scores, to the gradients of the biases that wanted one when the mask was bound.
    // `to` has gradient_size() values, zero at first, doubles since a few of them take the terms of many pairs; several
    // of them (of tasks) are summed by the caller in a fixed order.
    Dim gradient_size() const { return gradient_size_; }
    void add_bias_gradient(Dim b, Dim h, Dim i, Dim j0, Dim j1, const Real* ds, double* to) const;

    Dim batch() const { return batch_; }
    Dim heads() const { return heads_; }
    Dim tq() const { return tq_; }
    Dim tk() const { return tk_; }

protected:
    PairMask(Dim batch, Dim heads, Dim tq, Dim tk) : batch_(batch), heads_(heads), tq_(tq), tk_(tk) {}

    // A condition that is no interval of keys.
    struct Condition {
        enum class Kind { documents, keep, drop, predicate };
        Kind kind;
        PairBits pairs = {};               // keep, drop
        std::array<Dim, 3> row_step = {};  // the same: in rows, 0 along axes of size one
        // documents: the keys of each, in order, of one example after the other; and which of them query i of an
        // example sees, at [i] for all or at [b tq + i].
        List<Dim> keys = {};
        List<Interval> seen = {};
        std::function<std::uint64_t(Dim b, Dim h, Dim i, Dim j, Dim n)> allows = {};  // predicate: as of a MaskPart
        // Bit k is set where the condition allows the pair of query i and key j + k, for k below n <= 64.
        std::uint64_t row(Dim b, Dim h, Dim i, Dim j, Dim n, Dim tq) const;
    };
    struct Run {  // distances from `begin` on share a bucket
        Dim begin, bucket;
    };
    struct PairBias {
        enum class Kind { dense, relative, alibi, patches };
        Kind kind;
        Broadcast dense = {};  // dense; patches: the table (h, offsets), its steps unused
        Array offsets = {};    // relative, alibi: (h, tq + tk - 1), what is added at the distances 1 - tk, ..., tq - 1
        List<Run> runs = {};   // relative: over those distances, as positions in `offsets`
        Dim rows = 0, cols = 0, lead = 0;
        Dim gradient = -1;  // where it begins in the gradient, in the shape of the bias; -1: none is wanted
    };
    Dim batch_, heads_, tq_, tk_;
    bool shared_ = true;  // one list of intervals for all examples
    List<Interval> intervals_;
    List<Condition> scattered_;
    List<PairBias> pair_biases_;
    Dim gradient_size_ = 0;
};

}  // namespace heed::kernel
