#pragma once
// Attention over a sequence whose stretches several processes hold: keys and values come to each process in turn, which
// computes what its own queries get from them, as in ring attention (Liu, Zaharia, Abbeel, 2023). They are exchanged in
// pairs rather than round a ring, in an order in which fewer parts wait to be merged.
#include <heed/core/peers.hpp>
#include <heed/ops/attention/attention.hpp>

namespace heed {

// A sequence, cut into `count` stretches for several processes. A stretch has 256 2^n positions, n as small as
// will do, so the last ones may be shorter or empty. Stretches are shards: each process has as many, neighbours by
// number of shard; shards 0, 1, 2, 3 ... are the first stretch, the last, the second, the last but one ..., so that
// under a causal mask processes with an even number of them have the same work.
class HEED_ABI Stretches {
public:
    // Throws RangeError where length is below 0, count is no power of two, or the processes do not divide it. The peers
    // have to outlive what is computed with them, and its gradients.
    Stretches(Dim length, Dim count, Peers& peers = no_peers(), Site at = Site::current());

    Dim length() const { return length_; }
    Dim count() const { return count_; }
    Peers& peers() const { return *peers_; }

    // The positions begin .. end - 1 of the sequence, which are the rows from `row` on of the process that holds them.
    struct HEED_ABI Stretch {
        Dim number, begin, end, row;
        Dim size() const { return end - begin; }
    };
    std::vector<Stretch> of(int process) const;  // by shard
    Dim rows(int process) const;
    Dim rows() const { return rows(peers_->rank()); }
    Ints positions() const;  // of this process's rows, (rows)

private:
    Dim length_, count_, size_;
    Peers* peers_;
};

// Of q, k, v that hold this process's rows of a sequence, in the order of positions(), the same rows of its attention:
// options are about the whole sequence, so that its mask has as many queries and keys as positions, and are the same in
// all processes, which call this together, and sweep back through it together. The result has the bits of attention()
// for any number of stretches and of processes. Gradients are sums over stretches: they depend on their number, and on
// no number of processes. Those of what all queries share (the score's weight, the sink, biases) are of this process's
// queries, for the caller to add up, as fit() does. Dropout needs a tape of the same key in all processes.
//
// Throws ShapeError or RangeError before any work, as attention(); also for what reads all keys at once: a lens,
// `keys`, and the composed path.
Var attention(In q, In k, In v, const Stretches& stretches, const AttentionOptions& options = {});

}  // namespace heed
