// Which process owns which elements of the parameters.
#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/optim/sum_of_squares.hpp>
#include <heed/nn/training/shards/multiply.hpp>
#include <heed/nn/training/shards/owners.hpp>

namespace heed::training {
namespace {

constexpr Dim block_size = nn::squares_block;  // so that a process has all of a block's squares

// The sum of `parts` arrays of n elements, one after the other, as a tree; it is left in the first.
void add_as_tree(Real* all, std::size_t parts, std::size_t n) {
    parallel_blocks(static_cast<Dim>(n), block_size, [=](Dim begin, Dim end) {
        for (std::size_t step = 1; step < parts; step *= 2)
            for (std::size_t p = 0; p + step < parts; p += 2 * step) {
                Real* const to = all + p * n;
                const Real* const from = all + (p + step) * n;
                for (Dim i = begin; i < end; ++i) to[i] += from[i];
            }
    });
}

std::vector<std::size_t> in_bytes(std::vector<std::size_t> ends, std::size_t each) {
    for (std::size_t& end : ends) end *= each;
    return ends;
}

}  // namespace

Owners::Owners(const nn::Params& params, nn::Optimizer& optimizer, Group& group)
    : params_(params), parameters_(params.list()), optimizer_(optimizer), group_(group), updated_(parameters_.size()) {
    if (group.size() == 1) return;
    std::unordered_map<const heed::detail::Node*, std::size_t> index_of;
    for (std::size_t i = 0; i < parameters_.size(); ++i) index_of.emplace(&parameters_[i].node(), i);
    const std::vector<Var>& updated = optimizer.parameters();
    std::vector<std::size_t> numbers(parameters_.size());  // the optimiser's
    std::vector<bool> cut(parameters_.size(), true);
    for (std::size_t n = 0; n < updated.size(); ++n) {
        const auto found = index_of.find(&updated[n].node());
        if (found == index_of.end())
            throw Error(
                fmt::format("fit: the optimiser updates '{}', which is not among the parameters that several "
                            "processes share",
                            updated[n].name()));
        numbers[found->second] = n;
        updated_[found->second] = true;
        cut[found->second] = optimizer.updates_stretches(n);
    }
    assign_owners(cut);
    list_owned(numbers);
}

// Elements that are sent at once: with many processes more, so that each has a block of them.
std::size_t Owners::bucket_size() const {
    return static_cast<std::size_t>(std::max(Dim{1} << 20, group_.size() * block_size));
}

// A process owns a run of blocks, then the one that has the fewest elements goes on.
void Owners::assign_owners(const std::vector<bool>& cut) {
    std::size_t all = 0;
    for (const Var& p : parameters_) all += static_cast<std::size_t>(p.size());
    const std::size_t processes = static_cast<std::size_t>(group_.size()),
                      longest = std::min(bucket_size(), all) / processes;
    std::vector<std::size_t> elements(processes);
    std::size_t owner = 0, run = 0;
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        for (Dim begin = 0, size = parameters_[i].size(); begin < size; begin += block_size) {
            if (cut[i] ? run >= longest : begin == 0) {
                owner = static_cast<std::size_t>(std::ranges::min_element(elements) - elements.begin());
                run = 0;
            }
            const Block& block =
                blocks_.emplace_back(Block{i, begin, std::min(begin + block_size, size), static_cast<int>(owner)});
            elements[owner] += block.size();
            run += block.size();
        }
}

void Owners::list_owned(const std::vector<std::size_t>& numbers) {
    for (const Block& block : blocks_) {
        if (!is_mine(block) || !updated_[block.parameter]) continue;
        const std::size_t number = numbers[block.parameter];
        if (!owned_.empty() && owned_.back().parameter == number && owned_.back().end == block.begin)
            owned_.back().end = block.end;
        else owned_.push_back({number, block.begin, block.end});
    }
    std::ranges::stable_sort(owned_, {}, &nn::Stretch::parameter);
}

Owners::Bucket Owners::laid_out(std::vector<Block> blocks, FunctionRef<std::size_t(const Block&)> size_of) const {
    Bucket bucket{.blocks = std::move(blocks), .begins = {}, .ends = {}};
    bucket.begins.resize(bucket.blocks.size());
    for (std::size_t end = 0, p = 0; p < static_cast<std::size_t>(group_.size()); ++p) {
        for (std::size_t k = 0; k < bucket.blocks.size(); ++k)
            if (static_cast<std::size_t>(bucket.blocks[k].owner) == p) {
                bucket.begins[k] = end;
                end += size_of(bucket.blocks[k]);
            }
        bucket.ends.push_back(end);
    }
    return bucket;
}

std::vector<Owners::Bucket> Owners::buckets_of(const std::vector<bool>& sent) const {
    const auto elements = [](const Block& block) { return block.size(); };
    std::vector<Bucket> buckets;
    std::vector<Block> blocks;
    std::size_t size = 0;
    for (const Block& block : blocks_) {
        if (!sent[block.parameter]) continue;
        blocks.push_back(block);
        size += block.size();
        if (size < bucket_size()) continue;
        buckets.push_back(laid_out(std::exchange(blocks, {}), elements));
        size = 0;
    }
    if (!blocks.empty()) buckets.push_back(laid_out(std::move(blocks), elements));
    return buckets;
}

void Owners::add_up(std::span<Storage<Real>> gradients, double factor) const {
    if (group_.size() == 1) {
        for (Storage<Real>& gradient : gradients)
            if (gradient) multiply({gradient.data(), gradient.size()}, factor);
        return;
    }
    const auto processes = static_cast<std::size_t>(group_.size()), rank = static_cast<std::size_t>(group_.rank());
    std::vector<bool> sent;
    for (const Storage<Real>& gradient : gradients) sent.push_back(bool(gradient));
    std::vector<Real> values, received;
    for (const Bucket& bucket : buckets_of(sent)) {
        values.resize(bucket.ends.back());
        for (std::size_t k = 0; k < bucket.blocks.size(); ++k) {
            const Block& block = bucket.blocks[k];
            const Real* const from = std::as_const(gradients[block.parameter]).data();
            std::copy(from + block.begin, from + block.end, values.data() + bucket.begins[k]);
        }
        const std::size_t mine = rank == 0 ? 0 : bucket.ends[rank - 1], size = bucket.ends[rank] - mine;
        received.resize(size * processes);
        group_.all_to_all(std::as_bytes(std::span(values)), in_bytes(bucket.ends, sizeof(Real)),
                          std::as_writable_bytes(std::span(received)));
        add_as_tree(received.data(), processes, size);
        multiply(received, factor);
        for (std::size_t k = 0; k < bucket.blocks.size(); ++k) {
            const Block& block = bucket.blocks[k];
            if (is_mine(block))
                std::copy_n(received.data() + (bucket.begins[k] - mine), block.size(),
                            gradients[block.parameter].data() + block.begin);
        }
    }
}

double Owners::clip(double most) const {
    if (group_.size() == 1) return nn::clip_gradients(params_, most);
    const Bucket all = laid_out(blocks_, [](const Block&) { return std::size_t{1}; });
    std::vector<double> sums(blocks_.size()), in_order;
    const auto gradient_of = [&](const Block& block) -> heed::detail::Gradient& {
        return parameters_[block.parameter].node().grad;
    };
    for (std::size_t k = 0; k < blocks_.size(); ++k)
        if (is_mine(blocks_[k]) && gradient_of(blocks_[k]))
            sums[all.begins[k]] = nn::sum_of_squares(gradient_of(blocks_[k]).sum().data() + blocks_[k].begin,
                                                     blocks_[k].end - blocks_[k].begin);
    group_.share_parts(std::as_writable_bytes(std::span(sums)), in_bytes(all.ends, sizeof(double)));
    for (std::size_t k = 0; k < blocks_.size(); ++k)
        if (gradient_of(blocks_[k])) in_order.push_back(sums[all.begins[k]]);
    const double norm = std::sqrt(nn::sum_of_blocks(in_order));
    if (!(norm > most) || !std::isfinite(norm)) return norm;
    const auto scale = static_cast<Real>(most / norm);
    for (const Block& block : blocks_) {
        if (!is_mine(block) || !gradient_of(block)) continue;
        gradient_of(block).change([&](Real* values, Dim begin, Dim end) {
            const Dim from = std::max(begin, block.begin), to = std::min(end, block.end);
            for (Dim i = from; i < to; ++i) values[i] *= scale;
        });
    }
    return norm;
}

void Owners::step() const {
    if (group_.size() == 1) return optimizer_.step();
    std::vector<bool> sent = updated_;
    for (std::size_t i = 0; i < parameters_.size(); ++i) sent[i] = sent[i] && parameters_[i].has_grad();
    group_.together([&] { optimizer_.step(owned_); });
    std::vector<Real> values;
    for (const Bucket& bucket : buckets_of(sent)) {
        values.resize(bucket.ends.back());
        for (std::size_t k = 0; k < bucket.blocks.size(); ++k) {
            const Block& block = bucket.blocks[k];
            const Real* const from = parameters_[block.parameter].value().storage().data();
            if (is_mine(block)) std::copy(from + block.begin, from + block.end, values.data() + bucket.begins[k]);
        }
        group_.share_parts(std::as_writable_bytes(std::span(values)), in_bytes(bucket.ends, sizeof(Real)));
        for (std::size_t k = 0; k < bucket.blocks.size(); ++k) {
            const Block& block = bucket.blocks[k];
            if (!is_mine(block))
                std::copy_n(values.data() + bucket.begins[k], block.size(),
                            parameters_[block.parameter].mutable_value("fit").data() + block.begin);
        }
    }
}

}  // namespace heed::training
