// Which process owns which elements of the parameters.
#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <fmt/format.h>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/training/shards/owners.hpp>

namespace heed::training {

Owners::Owners(const nn::Params& params, nn::Optimizer& optimizer, Group& group)
    : params_(params), parameters_(params.list()), optimizer_(optimizer), group_(group), updated_(parameters_.size()) {
    if (group.size() == 1) return;
    for (std::size_t i = 0; i < parameters_.size(); ++i) numbers_.emplace(&parameters_[i].node(), i);
    const std::vector<Var>& updated = optimizer.parameters();
    std::vector<std::size_t> numbers(parameters_.size());  // the optimiser's
    std::vector<bool> cut(parameters_.size(), true);
    for (std::size_t n = 0; n < updated.size(); ++n) {
        const std::optional<std::size_t> found = number_of(updated[n].node());
        if (!found)
            throw Error(
                fmt::format("fit: the optimiser updates '{}', which is not among the parameters that several "
                            "processes share",
                            updated[n].name()));
        numbers[*found] = n;
        updated_[*found] = true;
        cut[*found] = optimizer.updates_stretches(n);
    }
    assign_owners(cut);
    list_owned(numbers);
}

std::optional<std::size_t> Owners::number_of(const heed::detail::Node& leaf) const {
    const auto found = numbers_.find(&leaf);
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<bool> Owners::trained() const {
    std::vector<bool> all;
    for (const Var& parameter : parameters_) all.push_back(parameter.node().wants_grad());
    return all;
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
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        first_block_.push_back(blocks_.size());
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
    first_block_.push_back(blocks_.size());
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
    for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
        if (!sent[block->parameter]) continue;
        blocks.push_back(*block);
        size += block->size();
        if (size < bucket_size()) continue;
        buckets.push_back(laid_out(std::exchange(blocks, {}), elements));
        size = 0;
    }
    if (!blocks.empty()) buckets.push_back(laid_out(std::move(blocks), elements));
    return buckets;
}

void Owners::for_owned(std::size_t parameter, FunctionRef<void(Dim begin, Dim end)> act) const {
    if (group_.size() == 1) return act(0, parameters_[parameter].size());
    for (std::size_t k = first_block_[parameter]; k < first_block_[parameter + 1]; ++k)
        if (is_mine(blocks_[k])) act(blocks_[k].begin, blocks_[k].end);
}

std::vector<std::size_t> Owners::Bucket::ends_in_bytes(std::size_t each) const {
    std::vector<std::size_t> bytes = ends;
    for (std::size_t& end : bytes) end *= each;
    return bytes;
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
    group_.share_parts(std::as_writable_bytes(std::span(sums)), all.ends_in_bytes(sizeof(double)));
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
    struct Sent {
        Bucket bucket;
        Storage<Real> values;
        std::unique_ptr<Group::Transfer> transfer;  // ends before what it reads and writes
    };
    std::optional<Sent> before;  // while the next ones are copied
    const auto receive = [&](Sent& all) {
        all.transfer->wait();
        for (std::size_t k = 0; k < all.bucket.blocks.size(); ++k) {
            const Block& block = all.bucket.blocks[k];
            if (!is_mine(block))
                std::copy_n(all.values.data() + all.bucket.begins[k], block.size(),
                            parameters_[block.parameter].mutable_value("fit").data() + block.begin);
        }
    };
    for (Bucket& bucket : buckets_of(sent)) {
        Sent now{std::move(bucket), {}, {}};
        now.values = Storage<Real>(now.bucket.ends.back());
        for (std::size_t k = 0; k < now.bucket.blocks.size(); ++k) {
            const Block& block = now.bucket.blocks[k];
            const Real* const from = parameters_[block.parameter].value().storage().data();
            if (is_mine(block))
                std::copy(from + block.begin, from + block.end, now.values.data() + now.bucket.begins[k]);
        }
        now.transfer =
            group_.begin_share_parts(std::as_writable_bytes(std::span(now.values)), now.bucket.ends_in_bytes());
        if (before) receive(*before);
        before.emplace(std::move(now));
    }
    if (before) receive(*before);
}

}  // namespace heed::training
