// The sum over the shards of a batch.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/nn/training/shards/shard_sum.hpp>

namespace heed::training {
namespace {

constexpr Dim block = 65536;  // elements that a thread adds at once

void multiply(Storage<Real>& values, double factor) {
    Real* const y = values.data();
    const auto scale = static_cast<Real>(factor);
    parallel_blocks(static_cast<Dim>(values.size()), block, [=](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) y[i] *= scale;
    });
}

// An absent one counts as zeros: -0 becomes +0, as it does where processes send those.
void add_gradient(Storage<Real>& left, Storage<Real>&& right) {
    if (!right) std::swap(left, right);
    if (!left && !right) return;
    const bool both = bool(left);
    if (!both) std::swap(left, right);
    Real* const y = left.data();
    const Real* const x = std::as_const(right).data();
    parallel_blocks(static_cast<Dim>(left.size()), block, [=](Dim begin, Dim end) {
        for (Dim i = begin; i < end; ++i) y[i] += both ? x[i] : 0;
    });
}

enum Number : std::size_t { loss, units, items, others };  // the first ones of Sums::numbers

}  // namespace

// Of some shards, weighted by their counts.
struct ShardedBatch::Sums {
    // loss, units, items; then 1 for each parameter that a gradient reached, 1 for each buffer that was written to, and
    // the buffers' elements.
    std::vector<double> numbers;
    std::vector<Storage<Real>> gradients;  // of each parameter; empty where none reached it

    void add(Sums&& right) {
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += right.numbers[i];
        for (std::size_t i = 0; i < gradients.size(); ++i) add_gradient(gradients[i], std::move(right.gradients[i]));
    }
};

ShardedBatch::ShardedBatch(const nn::Params& params, Dim shards, const Owners& owners)
    : parameters_(params.list()), buffers_(params.buffers()), shards_(shards), owners_(owners), group_(owners.group()) {
    for (const Var& buffer : buffers_) before_.push_back(buffer.value());
}

ShardedBatch::Sums ShardedBatch::of_shard(FunctionRef<ShardLoss(Shard)> backward, Shard shard) const {
    std::vector<std::uint32_t> versions;
    for (std::size_t b = 0; b < buffers_.size(); ++b) {
        buffers_[b].mutable_value("fit") = before_[b];
        versions.push_back(buffers_[b].node().version);
    }
    const ShardLoss done = backward(shard);
    Sums sums;
    sums.gradients.resize(parameters_.size());
    sums.numbers = {done.loss * done.count, done.units, done.count};
    if (done.count == 0) sums.numbers[loss] = 0;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        sums.numbers.push_back(parameters_[i].has_grad());
        if (!parameters_[i].has_grad()) continue;
        sums.gradients[i] = parameters_[i].node().grad.take();
        multiply(sums.gradients[i], done.count);
    }
    for (std::size_t b = 0; b < buffers_.size(); ++b)
        sums.numbers.push_back(done.count > 0 && buffers_[b].node().version != versions[b]);
    for (const Var& buffer : buffers_)
        for (const Real value : buffer.value().storage()) sums.numbers.push_back(done.count * double{value});
    return sums;
}

void ShardedBatch::set_averages(std::span<const double> changed, std::span<const double> sums, double count) const {
    for (std::size_t b = 0; b < buffers_.size(); ++b) {
        const auto size = static_cast<std::size_t>(buffers_[b].size());
        buffers_[b].mutable_value("fit") = before_[b];
        if (changed[b] > 0) {
            Real* const to = buffers_[b].mutable_value("fit").data();
            for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<Real>(sums[i] / count);
        }
        sums = sums.subspan(size);
    }
}

// Of the shards of this process; with the numbers alone where a loss is not finite.
ShardedBatch::Sums ShardedBatch::of_process(FunctionRef<ShardLoss(Shard)> backward) const {
    TreeSum<Sums> tree;
    const Dim mine = shards_ / group_.size(), first = mine * group_.rank();
    for (Dim i = first; i < first + mine; ++i) {
        Sums sums = of_shard(backward, {i, shards_});
        if (!std::isfinite(sums.numbers[loss])) return sums;
        tree.add(std::move(sums));
    }
    return tree.take();
}

// Those of all processes, in all of them.
void ShardedBatch::add_numbers(Sums& sums) const {
    if (group_.size() == 1) return;
    const std::vector<double> all = group_.all_gather(sums.numbers);
    TreeSum<Sums> tree;
    for (std::span<const double> left = all; !left.empty(); left = left.subspan(sums.numbers.size())) {
        const std::span<const double> numbers = left.first(sums.numbers.size());
        tree.add({.numbers = {numbers.begin(), numbers.end()}, .gradients = {}});
    }
    sums.numbers = tree.take().numbers;
}

// What reached a parameter in another process, and not in this one, is zeros here.
void ShardedBatch::add_gradients(Sums& sums, double factor) const {
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (sums.numbers[others + i] > 0 && !sums.gradients[i])
            sums.gradients[i] = Storage<Real>(static_cast<std::size_t>(parameters_[i].size()), 0);
    owners_.add_up(sums.gradients, factor);
}

ShardLoss ShardedBatch::run(FunctionRef<ShardLoss(Shard)> backward, double scale) const {
    std::vector<heed::detail::Gradient> earlier;  // of the batches before this one, in the same step
    for (const Var& p : parameters_) earlier.push_back(std::exchange(p.node().grad, {}));
    Sums all;
    group_.together([&] { all = of_process(backward); });
    add_numbers(all);
    const std::span<const double> numbers = all.numbers;
    const double count = numbers[items];
    if (!std::isfinite(numbers[loss])) return {numbers[loss], numbers[units], count};
    require(
        count > 0, "fit", [&] { return fmt::format("a batch is empty: all of its {} shards are", shards_); },
        Site::current());
    add_gradients(all, scale / count);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        heed::detail::Gradient& gradient = parameters_[i].node().grad = std::move(earlier[i]);
        if (all.gradients[i]) gradient.add(std::move(all.gradients[i]));
    }
    const std::size_t changed = others + parameters_.size(), averages = changed + buffers_.size();
    set_averages(numbers.subspan(changed, buffers_.size()), numbers.subspan(averages), count);
    return {scale * numbers[loss] / count, numbers[units], count};
}

}  // namespace heed::training
