#pragma once
// What a user's lambdas give to a training step: the loss of a batch, or of a shard of one.
#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <vector>
#include <heed/core/var.hpp>
#include <heed/nn/data/shard.hpp>

namespace heed::training {

using data::Shard;

// The loss to minimise (a scalar), how many units the batch holds, for the rate in the progress line, and over how many
// items the loss is a mean, such as target tokens or pictures: shards weigh as much as that. A run of one shard needs
// no count.
struct HEED_ABI Loss {
    Var value;
    double units;
    std::optional<double> count;
    Loss(Var loss, double seen = 1, std::optional<double> items = {})
        : value(std::move(loss)), units(seen), count(items) {}
    static Loss of_nothing() { return {Var(), 0, 0}; }  // of a shard without examples
};

// The loss of a batch by its number, from 0, and, where a step may be cut into shards, of one of these. Shards that
// meet on their way, as the stretches of one sequence do in attention, are computed together: loss(n) then returns a
// std::vector<Loss>, of all shards that this process has, in order, each recorded in its part of the tape (see
// <heed/core/tape_parts.hpp>). One without items has a count of 0, and a value all the same, so that its process takes
// part in the sweep.
class HEED_ABI LossOf {
public:
    template <class F>
        requires(std::is_invocable_r_v<Loss, F&, Dim> && !std::invocable<F&, Dim, Shard> &&
                 !std::same_as<std::remove_cvref_t<F>, LossOf>)
    LossOf(F loss) : loss_([loss = std::move(loss)](Dim n, Shard) mutable { return Loss(loss(n)); }) {}
    template <class F>
        requires(std::is_invocable_r_v<Loss, F&, Dim, Shard> && !std::same_as<std::remove_cvref_t<F>, LossOf>)
    LossOf(F loss) : loss_(std::move(loss)), takes_shards_(true) {}

    template <class F>
        requires(std::is_invocable_r_v<std::vector<Loss>, F&, Dim> && !std::same_as<std::remove_cvref_t<F>, LossOf>)
    LossOf(F loss) : together_(std::move(loss)) {}

    bool takes_shards() const { return takes_shards_; }
    bool is_together() const { return bool(together_); }
    // Of shards that are computed together, the first one that this process has.
    Loss operator()(Dim batch, Shard shard = {}) const {
        return is_together() ? together(batch).front() : loss_(batch, shard);
    }
    std::vector<Loss> together(Dim batch) const { return together_(batch); }

private:
    std::function<Loss(Dim, Shard)> loss_ = {};
    std::function<std::vector<Loss>(Dim)> together_ = {};
    bool takes_shards_ = false;
};

// Makes batches: batch(n), or batch(n, shard), which is std::nullopt for a shard without examples.
template <class BatchOf>
concept TakesShards = std::invocable<BatchOf&, Dim, Shard>;
template <class BatchOf>
concept MakesBatches = TakesShards<BatchOf> || std::invocable<BatchOf&, Dim>;

namespace batch_detail {
template <class Batch>
struct Content {
    using type = Batch;
};
template <class Batch>
struct Content<std::optional<Batch>> {
    using type = Batch;
};
template <MakesBatches BatchOf>
auto made_by(BatchOf& batch, Dim n, Shard shard) {
    if constexpr (TakesShards<BatchOf>) return batch(n, shard);
    else return batch(n);
}
}  // namespace batch_detail

// What BatchOf makes.
template <MakesBatches BatchOf>
using BatchFrom = decltype(batch_detail::made_by(std::declval<BatchOf&>(), Dim{}, Shard{}));

namespace batch_detail {
template <class BatchOf, class LossOfBatch>
LossOf loss_of_each(BatchOf batch, LossOfBatch loss) {
    auto of = [batch = std::move(batch), loss = std::move(loss)](Dim n, Shard shard) mutable {
        auto made = batch_detail::made_by(batch, n, shard);
        if constexpr (std::same_as<BatchFrom<BatchOf>, typename batch_detail::Content<BatchFrom<BatchOf>>::type>)
            return Loss(loss(std::move(made)));
        else return made ? Loss(loss(*std::move(made))) : Loss::of_nothing();
    };
    if constexpr (TakesShards<BatchOf>) return of;
    else return [of](Dim n) mutable { return of(n, {}); };
}
}  // namespace batch_detail

// The loss of what `batch` makes.
template <MakesBatches BatchOf, class LossOfBatch>
LossOf loss_of_batches(BatchOf batch, LossOfBatch loss) {
    if constexpr (std::is_invocable_r_v<std::vector<Loss>, LossOfBatch&,
                                        typename batch_detail::Content<BatchFrom<BatchOf>>::type>) {
        static_assert(!TakesShards<BatchOf>, "a loss of all shards at once takes what batch(n) makes for this process");
        return [batch = std::move(batch), loss = std::move(loss)](Dim n) mutable {
            return std::vector<Loss>(loss(batch(n)));
        };
    } else {
        return batch_detail::loss_of_each(std::move(batch), std::move(loss));
    }
}

}  // namespace heed::training
