// The code of docs/use/distributed.md: a run whose shards the processes of mpirun share.
#include <cmath>
#include <cstdio>
#include <optional>
#include <vector>
#include <heed/heed.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/distributed/world.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/training/fit.hpp>

using namespace heed;

namespace {

struct Batch {
    Array x, y;  // (b, 1)
};

// Points of a sine.
Batch points(const std::vector<std::size_t>& samples) {
    const Dim b = static_cast<Dim>(samples.size());
    Batch batch{Array::from_shape({b, 1}), Array::from_shape({b, 1})};
    for (Dim i = 0; i < b; ++i) {
        const double x = static_cast<double>(samples[static_cast<std::size_t>(i)]) / 100 - 5;
        batch.x(i, 0) = static_cast<Real>(x);
        batch.y(i, 0) = static_cast<Real>(std::sin(x));
    }
    return batch;
}

}  // namespace

// [train]
int main(int argc, char** argv) {
    distributed::World world(argc, argv);  // of mpirun, or this process alone
    const nn::Params params(1);
    const nn::Linear first(params / "first", 1, 64), second(params / "second", 64, 1);
    nn::Adam adam(params, {.lr = 1e-2});
    const data::BatchSampler order(std::vector<data::BatchSampler::Lengths>(1000, {1, 1}), {.batch = 50});

    const auto batch = [&](Dim n, training::Shard shard) {  // nothing, where the shard has no samples
        const std::vector<std::size_t> samples = order.at(n, shard);
        return samples.empty() ? std::nullopt : std::optional(points(samples));
    };
    const auto loss = [&](const Batch& b) {
        const auto items = static_cast<double>(count(b.y));
        return training::Loss(mse_loss(second(tanh(first(b.x))), b.y), items, items);
    };
    training::fit({.steps = 500, .shards = 8, .world = &world}, params, adam, batch, loss);

    const double error = static_cast<double>(mse_loss(second(tanh(first(points({100}).x))), points({100}).y).item());
    if (world.leads()) std::printf("square of the error at x = -4: %.5f\n", error);
    return error < 0.05 ? 0 : 1;
}
// [end]
