#pragma once
// The sum over the shards of a batch: of gradients, losses and what layers average themselves.
// Private to heed; not installed.
#include <span>
#include <vector>
#include <heed/core/base/function_ref.hpp>
#include <heed/nn/data/shard.hpp>
#include <heed/nn/params/params.hpp>
#include <heed/nn/training/shards/gradient_exchange.hpp>

namespace heed::training {

using data::Shard;

// What a forward and backward of one shard gave, beside the gradients.
struct ShardLoss {
    double loss = 0, units = 0;
    double count = 0;       // 0: the shard is empty, and there was no backward
    bool weighted = false;  // the gradients are of loss times count
};

// A batch, cut into shards, of which each has its own forward and backward. Each process of the group has some of them,
// neighbours; all get the same sums, of gradients those of the elements that they own.
class HEED_ABI ShardedBatch {
public:
    ShardedBatch(const nn::Params& params, Dim shards, const Owners& owners);

    // The gradient of a leaf is complete in a shard of `count` items, before all others are.
    using Completed = FunctionRef<void(const heed::detail::Node& leaf, double count)>;
    using Backward = FunctionRef<ShardLoss(Shard, const Completed*)>;

    // Calls backward(shard, completed) for all that are this process's, in order, until a loss is not finite. Where
    // `completed` is not null, backward may call it during the sweep, so that gradients are on their way early. The
    // mean of their losses, weighted by their counts, times `scale`, is returned with all units; its gradient is added
    // to the parameters' gradients. What layers average becomes the mean, weighted alike, of what each shard alone
    // makes of it. Where a loss is not finite, neither is the mean, and no gradient is complete. Throws RangeError
    // where all shards are empty, and in every process what backward() throws in one.
    ShardLoss run(Backward backward, double scale) const;

private:
    struct Sums;
    std::vector<std::uint32_t> reset_buffers() const;
    void add_buffers(std::vector<double>& numbers, std::span<const std::uint32_t> versions, double count) const;
    Sums of_process(Backward backward, GradientExchange& exchange) const;
    void add_numbers(Sums& sums) const;
    void join_rows(Sums& sums) const;
    void set_averages(std::span<const double> changed, std::span<const double> sums, double count) const;
    std::vector<Var> parameters_, buffers_;
    std::vector<Array> before_;  // the buffers' values
    Dim shards_;
    const Owners& owners_;
    Group& group_;
};

}  // namespace heed::training
