// How a sequence is cut, and who holds which stretch.
#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <heed/ops/attention/stretches.hpp>
#include <heed/ops/kernel/attention/tiles.hpp>

namespace heed {

Stretches::Stretches(Dim length, Dim count, Peers& peers, Site at) : length_(length), count_(count), peers_(&peers) {
    require_least("Stretches", "length", length, 0, at);
    require(
        count > 0 && std::has_single_bit(static_cast<std::uint64_t>(count)), "Stretches",
        [&] { return fmt::format("count is {}; expected a power of two", count); }, at);
    require(
        count % peers.size() == 0, "Stretches",
        [&] {
            return fmt::format("{} processes and count is {}; expected a multiple of the processes, which share them",
                               peers.size(), count);
        },
        at);
    const Dim blocks = kernel::ceil_div(kernel::ceil_div(length, kernel::key_block), count);  // a subtree of key blocks
    size_ = kernel::key_block * static_cast<Dim>(std::bit_ceil(static_cast<std::uint64_t>(blocks)));
}

std::vector<Stretches::Stretch> Stretches::of(int process) const {
    std::vector<Stretch> all;
    const Dim each = count_ / peers_->size();
    Dim row = 0;
    for (Dim shard = each * process; shard < each * (process + 1); ++shard) {
        const Dim number = shard % 2 == 0 ? shard / 2 : count_ - 1 - shard / 2;
        const Dim begin = std::min(number * size_, length_), end = std::min(begin + size_, length_);
        all.push_back({number, begin, end, row});
        row += end - begin;
    }
    return all;
}

Dim Stretches::rows(int process) const {
    const Stretch last = of(process).back();
    return last.row + last.size();
}

Ints Stretches::positions() const {
    Ints all = Ints::from_shape({rows()});
    Dim* const to = all.data();
    for (const Stretch& stretch : of(peers_->rank()))
        for (Dim i = 0; i < stretch.size(); ++i) to[stretch.row + i] = stretch.begin + i;
    return all;
}

}  // namespace heed
