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

// Of a parameter, weighted by the count; empty where none reached it.
struct ShardGradient {
    Storage<Real> values;
    std::unique_ptr<RowSet> rows;  // that it touches; null where any

    // Takes it from its leaf.
    ShardGradient(heed::detail::Gradient& gradient, double weight) {
        if (!gradient) return;
        rows = gradient.take_rows();
        values = gradient.take();
        if (weight != 1) multiply({values.data(), values.size()}, weight);
    }
    void add(ShardGradient&& right) {
        add_rows(rows, bool(values), std::move(right.rows), bool(right.values));
        add_gradient(values, std::move(right.values));
    }
};

// loss, units, items; then for each parameter 1 if a gradient reached it, and 1 if that may have any row; then 1 for
// each buffer that was written to, and the buffers' elements. All but the units are weighted by the count.
struct Numbers {
    enum First : std::size_t { loss, units, items, parameters };
    std::vector<double> values;

    void add(Numbers&& right) {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] += right.values[i];
    }
    bool reached(std::size_t parameter) const { return values[parameters + 2 * parameter] > 0; }
    bool any_row(std::size_t parameter) const { return values[parameters + 2 * parameter + 1] > 0; }
};

}  // namespace

// Of some shards, beside the gradients, which are on their way to their owners.
struct ShardedBatch::Sums {
    Numbers numbers;
    std::vector<std::unique_ptr<RowSet>> rows;  // that the gradient of each parameter touches; null where any
};

ShardedBatch::ShardedBatch(const nn::Params& params, Dim shards, const Owners& owners)
    : parameters_(params.list()), buffers_(params.buffers()), shards_(shards), owners_(owners), group_(owners.group()) {
    for (const Var& buffer : buffers_) before_.push_back(buffer.value());
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

// Each shard begins with the values of before. Their versions.
std::vector<std::uint32_t> ShardedBatch::reset_buffers() const {
    std::vector<std::uint32_t> versions;
    for (std::size_t b = 0; b < buffers_.size(); ++b) {
        buffers_[b].mutable_value("fit") = before_[b];
        versions.push_back(buffers_[b].node().version);
    }
    return versions;
}

// Which buffers a shard of `count` items wrote to, and what they are then.
void ShardedBatch::add_buffers(std::vector<double>& numbers, std::span<const std::uint32_t> versions,
                               double count) const {
    for (std::size_t b = 0; b < buffers_.size(); ++b)
        numbers.push_back(count > 0 && buffers_[b].node().version != versions[b]);
    for (const Var& buffer : buffers_)
        for (const Real value : buffer.value().storage()) numbers.push_back(count * double{value});
}

// Of the shards of this process; with the numbers alone where a loss is not finite. The sums of gradients are on their
// way as soon as the last shard's sweep has completed them.
ShardedBatch::Sums ShardedBatch::of_process(Backward backward, GradientExchange& exchange) const {
    const Dim mine = shards_ / group_.size(), first = mine * group_.rank();
    TreeSum<Numbers> numbers;
    std::vector<TreeSum<ShardGradient>> gradients(parameters_.size());
    Sums sums;
    sums.rows.resize(parameters_.size());
    for (Dim i = 0; i < mine; ++i) {
        const bool last = i + 1 == mine;
        std::vector<bool> added(parameters_.size());
        std::vector<double> reached(2 * parameters_.size());
        const auto add = [&](std::size_t p, double weight) {
            ShardGradient gradient(parameters_[p].node().grad, weight);
            added[p] = true;
            reached[2 * p] = bool(gradient.values);
            reached[2 * p + 1] = gradient.values && !gradient.rows;
            gradients[p].add(i, std::move(gradient));
            if (!last) return;
            ShardGradient sum = *gradients[p].take();
            sums.rows[p] = std::move(sum.rows);
            exchange.send(p, std::move(sum.values));
        };
        const auto add_leaf = [&](const heed::detail::Node& leaf, double count) {
            if (const std::optional<std::size_t> p = owners_.number_of(leaf)) add(*p, count);
        };
        const Completed completed = add_leaf;
        const std::vector<std::uint32_t> versions = reset_buffers();
        const ShardLoss done = backward({first + i, shards_}, last && group_.size() > 1 ? &completed : nullptr);
        for (std::size_t p = 0; p < parameters_.size(); ++p)
            if (!added[p]) add(p, done.weighted ? 1 : done.count);
        Numbers shard{{done.count == 0 ? 0 : done.loss * done.count, done.units, done.count}};
        shard.values.insert(shard.values.end(), reached.begin(), reached.end());
        add_buffers(shard.values, versions, done.count);
        if (!std::isfinite(shard.values[Numbers::loss])) {
            sums.numbers = std::move(shard);
            return sums;
        }
        numbers.add(i, std::move(shard));
    }
    sums.numbers = *numbers.take();
    return sums;
}

// Those of all processes, in all of them.
void ShardedBatch::add_numbers(Sums& sums) const {
    if (group_.size() == 1) return;
    const std::vector<double> all = group_.all_gather(sums.numbers.values);
    TreeSum<Numbers> tree;
    const std::size_t n = sums.numbers.values.size();
    for (int p = 0; p < group_.size(); ++p) {
        const auto numbers = std::span(all).subspan(static_cast<std::size_t>(p) * n, n);
        tree.add(p, Numbers{{numbers.begin(), numbers.end()}});
    }
    sums.numbers = std::move(*tree.take());
}

// The rows that any process touched, in all of them: where none may have any row, the bits of each one's set are sent.
void ShardedBatch::join_rows(Sums& sums) const {
    std::string mine;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        if (sums.numbers.any_row(i)) sums.rows[i].reset();
        else if (sums.numbers.reached(i) && !sums.rows[i])
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

ShardLoss ShardedBatch::run(Backward backward, double scale) const {
    std::vector<heed::detail::Gradient> earlier(parameters_.size());  // of the batches before, in the same step
    for (std::size_t i = 0; i < parameters_.size(); ++i)
        if (parameters_[i].has_grad()) earlier[i] = std::exchange(parameters_[i].node().grad, {});
    GradientExchange exchange(owners_);
    Sums all;
    group_.together([&] { exchange.run([&] { all = of_process(backward, exchange); }); });
    add_numbers(all);
    const std::span<const double> numbers = all.numbers.values;
    const double loss = numbers[Numbers::loss], units = numbers[Numbers::units], count = numbers[Numbers::items];
    if (!std::isfinite(loss)) return {loss, units, count};
    require(
        count > 0, "fit", [&] { return fmt::format("a batch is empty: all of its {} shards are", shards_); },
        Site::current());
    if (group_.size() > 1) join_rows(all);
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        heed::detail::Gradient& gradient = parameters_[i].node().grad = std::move(earlier[i]);
        if (all.numbers.reached(i)) gradient.add(exchange.take(i, scale / count), std::move(all.rows[i]));
    }
    const std::size_t changed = Numbers::parameters + 2 * parameters_.size(), averages = changed + buffers_.size();
    set_averages(numbers.subspan(changed, buffers_.size()), numbers.subspan(averages), count);
    return {scale * loss / count, units, count};
}

}  // namespace heed::training
