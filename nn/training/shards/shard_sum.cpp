// The sum over the shards of a batch.
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/tree_sum.hpp>
#include <heed/nn/training/shards/multiply.hpp>
#include <heed/nn/training/shards/shard_sum.hpp>

namespace heed::training {
namespace {

constexpr Dim block = 65536;  // elements that a thread adds at once

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

// Of a sum: the rows that either touches; null where one of them may have any.
void add_rows(std::unique_ptr<RowSet>& left, bool has_left, std::unique_ptr<RowSet>&& right, bool has_right) {
    if (!has_right) return;
    if (!has_left) left = std::move(right);
    else if (left && right) left->add(*right);
    else left.reset();
}

enum Number : std::size_t { loss, units, items, others };  // the first ones of Sums::numbers

}  // namespace

// Of some shards, weighted by their counts.
struct ShardedBatch::Sums {
    // loss, units, items; then for each parameter 1 if a gradient reached it, and 1 if that may have any row; then 1
    // for each buffer that was written to, and the buffers' elements.
    std::vector<double> numbers;
    std::vector<Storage<Real>> gradients;       // of each parameter; empty where none reached it
    std::vector<std::unique_ptr<RowSet>> rows;  // that they touch; null where any

    void add(Sums&& right) {
        for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] += right.numbers[i];
        for (std::size_t i = 0; i < gradients.size(); ++i) {
            add_rows(rows[i], bool(gradients[i]), std::move(right.rows[i]), bool(right.gradients[i]));
            add_gradient(gradients[i], std::move(right.gradients[i]));
        }
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
    sums.rows.resize(parameters_.size());
    sums.numbers = {done.loss * done.count, done.units, done.count};
    if (done.count == 0) sums.numbers[loss] = 0;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        sums.numbers.push_back(parameters_[i].has_grad());
        sums.numbers.push_back(parameters_[i].has_grad() && !parameters_[i].touched_rows());
        if (!parameters_[i].has_grad()) continue;
        sums.rows[i] = parameters_[i].node().grad.take_rows();
        sums.gradients[i] = parameters_[i].node().grad.take();
        if (!done.weighted) multiply({sums.gradients[i].data(), sums.gradients[i].size()}, done.count);
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
        tree.add(i - first, std::move(sums));
    }
    return *tree.take();
}

// Those of all processes, in all of them.
void ShardedBatch::add_numbers(Sums& sums) const {
    if (group_.size() == 1) return;
    const std::vector<double> all = group_.all_gather(sums.numbers);
    TreeSum<Sums> tree;
    const std::size_t n = sums.numbers.size();
    for (int p = 0; p < group_.size(); ++p) {
        const auto numbers = std::span(all).subspan(static_cast<std::size_t>(p) * n, n);
        tree.add(p, Sums{.numbers = {numbers.begin(), numbers.end()}, .gradients = {}, .rows = {}});
    }
    sums.numbers = tree.take()->numbers;
}

// What reached a parameter in another process, and not in this one, is zeros here.
void ShardedBatch::add_gradients(Sums& sums, double factor) const {
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (sums.numbers[others + 2 * i] > 0 && !sums.gradients[i])
            sums.gradients[i] = Storage<Real>(static_cast<std::size_t>(parameters_[i].size()), 0);
    if (group_.size() > 1) join_rows(sums);
    owners_.add_up(sums.gradients, factor);
}

// The rows that any process touched, in all of them: where none may have any row, the bits of each one's set are sent.
void ShardedBatch::join_rows(Sums& sums) const {
    std::string mine;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (sums.numbers[others + 2 * i + 1] > 0) sums.rows[i].reset();
        else if (sums.numbers[others + 2 * i] > 0 && !sums.rows[i])
            sums.rows[i] = std::make_unique<RowSet>(parameters_[i].dim(0));
        if (!sums.rows[i]) continue;
        const auto bytes = std::as_bytes(sums.rows[i]->words());
        mine.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    if (mine.empty()) return;
    for (const std::string& theirs : group_.all_gather(mine)) {
        const char* from = theirs.data();
        for (const std::unique_ptr<RowSet>& rows : sums.rows) {
            if (!rows) continue;
            std::vector<std::uint64_t> words(rows->words().size());
            std::memcpy(words.data(), from, words.size() * sizeof(std::uint64_t));
            from += words.size() * sizeof(std::uint64_t);
            rows->add(words);
        }
    }
}

ShardLoss ShardedBatch::run(FunctionRef<ShardLoss(Shard)> backward, double scale) const {
    std::vector<heed::detail::Gradient> earlier(parameters_.size());  // of the batches before, in the same step
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (parameters_[i].has_grad()) earlier[i] = std::exchange(parameters_[i].node().grad, {});
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
        if (all.gradients[i]) gradient.add(std::move(all.gradients[i]), std::move(all.rows[i]));
    }
    const std::size_t changed = others + 2 * parameters_.size(), averages = changed + buffers_.size();
    set_averages(numbers.subspan(changed, buffers_.size()), numbers.subspan(averages), count);
    return {scale * numbers[loss] / count, numbers[units], count};
}

}  // namespace heed::training
