#pragma once
// A mask and its biases, bound to the shapes of one attention: what the tiles of the kernel ask.
#include <array>
#include <cstdint>
#include <vector>
#include <heed/ops/mask.hpp>

namespace heed::kernel {

struct Places {  // of keys: begin .. end - 1
    Dim begin = 0, end = 0;
};

// An array as if it were broadcast to (b, h, i, j), without being copied.
struct HEED_ABI Spread {
    Array numbers = {};
    std::array<Dim, 4> step = {};  // 0 along axes of size one
    Dim row(Dim b, Dim h, Dim i) const { return b * step[0] + h * step[1] + i * step[2]; }
};

// (batch, heads, tq, tk) and the rules between queries and keys.
class HEED_ABI Rules {
public:
    // Throws ShapeError or RangeError, as `op`, if a part of the mask does not fit the shapes.
    Rules(const char* op, const Mask& mask, Dim batch, Dim heads, Dim tq, Dim tk, Site at, Site check = Site::current());

    // The keys that the parts which are intervals leave to query i of example b; empty: begin >= end.
    Places visible(Dim b, Dim i) const {
        if (intervals_.empty()) return {0, tk_};
        return intervals_[static_cast<std::size_t>(shared_ ? i : b * tq_ + i)];
    }
    bool scattered() const { return !scattered_.empty(); }  // are there parts that are no intervals?
    // Of those parts: allowed[j - j0] = 0 where one of them forbids the pair, else 1, for j0 <= j < j1.
    void allow(Dim b, Dim h, Dim i, Dim j0, Dim j1, std::uint8_t* allowed) const;
    bool allowed(Dim b, Dim h, Dim i, Dim j) const;          // by all parts

    bool everything() const { return intervals_.empty() && scattered_.empty() && bound_.empty(); }  // nothing forbidden, nothing added
    bool biased() const { return !bound_.empty(); }
    // s[j - j0] += every bias of the pair, for j0 <= j < j1.
    void add_bias(Dim b, Dim h, Dim i, Dim j0, Dim j1, Real* s) const;
    // Adds ds, the gradient of those scores, to the gradients of the biases that wanted one when the rules were made. `to` has
    // gradient_size() numbers, zero at first, doubles since a few of them take the terms of many pairs; several of them (of tasks) are
    // summed by the caller in a fixed order.
    Dim gradient_size() const { return gradient_size_; }
    void add_bias_gradient(Dim b, Dim h, Dim i, Dim j0, Dim j1, const Real* ds, double* to) const;
    // Hands the sum to the biases' slots, which the op captured: slots[k] belongs to biases()[k].
    void deliver(const double* sum, const List<Slot>& slots) const;
    const List<Bias>& biases() const { return biases_; }
    List<Slot> slots() const;  // of the biases

    Dim batch() const { return batch_; }
    Dim heads() const { return heads_; }
    Dim tq() const { return tq_; }
    Dim tk() const { return tk_; }

private:
    struct Scattered {
        MaskPart part;
        Spread pairs = {};  // keep, drop
    };
    struct Run {  // distances from `begin` on share a bucket
        Dim begin, bucket;
    };
    struct Bound {
        Bias::Kind kind;
        Spread dense = {};
        Array offsets = {};          // relative, alibi: (h, tq + tk - 1), what is added at the distances 1 - tk, ..., tq - 1
        List<Run> runs = {};  // relative: over those distances, as places in `offsets`
        Dim rows = 0, cols = 0, lead = 0;
        Dim gradient = -1;           // where it begins in the gradient, in the shape of the bias; -1: none is wanted
    };
    struct Caller {  // for the texts of errors
        const char* op;
        Site at, check;
    };
    void add(const Caller& caller, const MaskPart& part);
    void add(const Caller& caller, const Bias& bias);
    Spread spread(const Caller& caller, const char* argument, const Array& numbers) const;
    void narrow(bool each_example, FunctionRef<Places(Dim b, Dim i)> to);  // all intervals, to what they share with these
    bool narrow_to_documents(const MaskPart& part);

    Dim batch_, heads_, tq_, tk_;
    bool shared_ = true;                // one list of intervals for all examples
    List<Places> intervals_;
    List<Scattered> scattered_;
    List<Bound> bound_;
    List<Bias> biases_;
    Dim gradient_size_ = 0;
};

}  // namespace heed::kernel
