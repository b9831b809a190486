// Gradients added up over processes.
#include <algorithm>
#include <vector>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/training/exchange.hpp>

namespace heed::training {
namespace {

constexpr std::size_t bucket = std::size_t{1} << 20;  // elements that are exchanged at once

// Calls act(elements, offset, n) for the stretches of gradients that make the elements [begin, end) of all of them,
// each with its offset from `begin`.
template <class Act>
void for_stretches(std::span<Storage<Real>> gradients, std::size_t begin, std::size_t end, Act act) {
    std::size_t first = 0;  // of this gradient
    for (Storage<Real>& gradient : gradients) {
        const std::size_t from = std::max(first, begin), to = std::min(first + gradient.size(), end);
        if (from < to) act(gradient.data() + (from - first), from - begin, to - from);
        first += gradient.size();
    }
}

// The sum of `parts` arrays of n elements, one after the other, as a tree; it is left in the first.
void add_as_tree(Real* all, std::size_t parts, std::size_t n) {
    parallel_blocks(static_cast<Dim>(n), 65536, [=](Dim begin, Dim end) {
        for (std::size_t step = 1; step < parts; step *= 2)
            for (std::size_t p = 0; p + step < parts; p += 2 * step) {
                Real* const to = all + p * n;
                const Real* const from = all + (p + step) * n;
                for (Dim i = begin; i < end; ++i) to[i] += from[i];
            }
    });
}

}  // namespace

void sum_over(Group& group, std::span<Storage<Real>> gradients) {
    if (group.size() == 1) return;
    const auto processes = static_cast<std::size_t>(group.size()), rank = static_cast<std::size_t>(group.rank());
    std::size_t all = 0;
    for (const Storage<Real>& gradient : gradients) all += gradient.size();
    std::vector<Real> values(std::min(all, bucket)), received(values.size() + processes * processes);
    std::vector<std::size_t> ends(processes);
    for (std::size_t begin = 0; begin < all; begin += bucket) {
        const std::size_t n = std::min(bucket, all - begin);
        for_stretches(gradients, begin, begin + n, [&](const Real* from, std::size_t offset, std::size_t count) {
            std::copy_n(from, count, values.data() + offset);
        });
        for (std::size_t p = 0; p < processes; ++p) ends[p] = n * (p + 1) / processes * sizeof(Real);
        const std::size_t mine = n * rank / processes, size = n * (rank + 1) / processes - mine;
        group.all_to_all(std::as_bytes(std::span(values).first(n)), ends,
                         std::as_writable_bytes(std::span(received).first(size * processes)));
        add_as_tree(received.data(), processes, size);
        std::copy_n(received.data(), size, values.data() + mine);
        group.share_parts(std::as_writable_bytes(std::span(values).first(n)), ends);
        for_stretches(gradients, begin, begin + n, [&](Real* to, std::size_t offset, std::size_t count) {
            std::copy_n(values.data() + offset, count, to);
        });
    }
}

}  // namespace heed::training
