#pragma once
// The contributions of a tile's key blocks are merged by a binary tree over the blocks' indices. Blocks that the tile
// does not see are left out, and a row of the tile that does not see a block takes the other side as it is. So the bits
// of a row depend on the keys that it sees, not on the other rows, on what comes after, or on which task computes a
// subtree. A chain would lose more digits the more blocks there are.
// Private to heed; not installed.
#include <bit>
#include <cstdint>
#include <heed/ops/kernel/attention/tiles.hpp>

namespace heed::kernel {

class HEED_ABI MergeTree {
public:
    // To be called before block `next`, which comes after all others, is computed and added: merges the contributions
    // that the tree joins with each other before it joins them with that block. Rows of `width` values.
    void merge_before(Dim next, Dim rows, Dim width) {
        const auto before = [&](Dim k) { return waiting_[size_ - k].block; };
        while (size_ > 1 && height(before(2), before(1)) < height(before(1), next)) merge(rows, width);
    }
    void add(Dim block, const Contribution& given) { waiting_[size_++] = {block, given}; }
    // What all blocks gave, or null where there was none; begins anew.
    const Contribution* merge_all(Dim rows, Dim width) {
        const bool any = size_ > 0;
        while (size_ > 1) merge(rows, width);
        size_ = 0;
        return any ? &waiting_[0].given : nullptr;
    }
    Dim size() const { return size_; }  // how many contributions wait
    static Dim depth_of(Dim blocks) { return 1 + (blocks > 1 ? height(0, blocks - 1) : 0); }  // at most how many

private:
    // Of the smallest subtree that holds both blocks.
    static Dim height(Dim a, Dim b) { return static_cast<Dim>(std::bit_width(static_cast<std::uint64_t>(a ^ b))); }
    void merge(Dim rows, Dim width) {
        const Contribution& more = waiting_[--size_].given;
        table<AttentionFamily>().merge(
            {.rows = rows, .width = width, .ld = padded(width), .to = waiting_[size_ - 1].given, .more = more});
    }

    struct Waiting {
        Dim block;  // one of those that are in it
        Contribution given;
    } waiting_[64];
    Dim size_ = 0;
};

}  // namespace heed::kernel
