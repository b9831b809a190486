// A run on the processes that mpirun starts, for several_processes.py: a small network with dropout, batch norm, an
// average of weights and accumulation learns under the optimiser that is named; the weights and the average are left in
// FOLDER/weights.safetensors.
//   train_in_processes FOLDER OPTIMIZER SHARDS STEPS [MODE]
// Modes: resume; bfloat16; other, rank 1 begins with other weights; clip, it clips to another norm; fails, it throws an
// IoError in step 3; nan, a NaN in step 3 is skipped; rollback, one in step 4 undoes step 3, too; impatient, the
// patience is 1.5 seconds; slow, so it is, and rank 0 computes for longer in step 3.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/nn/distributed/world.hpp>
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/lion.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/rmsprop.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/ops/ops.hpp>

using namespace heed;

namespace {

constexpr Dim rows = 19;  // uneven in any number of shards

struct Net {
    nn::Params params;
    nn::Embedding table{params / "table", 50, 32};
    nn::Linear first{params / "first", 32, 300};
    nn::BatchNorm norm{params / "norm", 300};
    nn::Dropout drop{params / "drop", 0.2};
    nn::Linear second{params / "second", 300, 7};
    explicit Net(std::uint64_t seed) : params(seed) {}
    Var loss(const Ints& x, const Ints& y) const { return cross_entropy(second(drop(relu(norm(first(table(x)))))), y); }
};

struct Batch {
    Dim number;
    Ints x, y;
};

Batch rows_of(Dim n, training::Shard shard) {
    const RandomStream random(Key{1, static_cast<std::uint64_t>(n)}, 3);
    const Dim begin = shard.begin(rows), size = shard.end(rows) - begin;
    Batch batch{n, Ints::from_shape({size}), Ints::from_shape({size})};
    for (Dim i = 0; i < size; ++i) {
        batch.x(i) = static_cast<std::int64_t>(random.bits(static_cast<std::uint64_t>(begin + i)) % 50);
        batch.y(i) = batch.x(i) % 7;
    }
    return batch;
}

std::unique_ptr<nn::Optimizer> optimizer_of(const std::string& name, const nn::Params& params) {
    if (name == "adamw") return std::make_unique<nn::AdamW>(params, nn::AdamOptions{.lr = 1e-2});
    if (name == "muon") return std::make_unique<nn::Muon>(params);
    if (name == "lion") return std::make_unique<nn::Lion>(params);
    if (name == "rmsprop") return std::make_unique<nn::RMSprop>(params);
    return std::make_unique<nn::SGD>(params, nn::SGDOptions{.lr = 1e-2, .momentum = 0.9});
}

int train(distributed::World& world, int argc, char** argv) {
    if (argc < 5) return std::fputs("see the first lines of the source\n", stderr), 2;
    const std::string folder = argv[1], mode = argc > 5 ? argv[5] : "";
    const Net net(mode == "other" && world.rank() == 1 ? 2 : 1);
    const std::unique_ptr<nn::Optimizer> optimizer = optimizer_of(argv[2], net.params);
    nn::Ema ema(net.params, {.decay = 0.9});
    training::FitOptions o;
    o.folder = folder;
    o.resume = mode == "resume";
    o.steps = std::atol(argv[4]);
    o.step = {.seed = 3, .accumulate = 2, .clip = 0.5, .on_nan = training::OnNan::skip, .bfloat16 = mode == "bfloat16"};
    if (mode == "rollback") o.step.on_nan = training::OnNan::rollback, o.step.good_every = 2;
    if (mode == "clip" && world.rank() == 1) o.step.clip = 0.25;
    o.save_seconds = 0.1;
    o.shards = std::atol(argv[3]);
    o.world = &world;
    o.ema = &ema;
    if (mode == "impatient" || mode == "slow") world.set_patience(1.5);
    const auto loss = [&](const Batch& b) {
        if (mode == "slow" && world.leads() && optimizer->steps() == 2 && b.number == 4)
            std::this_thread::sleep_for(std::chrono::seconds(1));
        Var value = net.loss(b.x, b.y);
        if (mode == "fails" && world.rank() == 1 && optimizer->steps() == 2) throw IoError("no such luck");
        if (world.rank() == world.size() - 1 && b.number == (mode == "nan" ? 4 : mode == "rollback" ? 6 : -1))
            value = value * std::numeric_limits<double>::quiet_NaN();
        return training::Loss(value, static_cast<double>(count(b.x)), static_cast<double>(count(b.x)));
    };
    const auto evaluate = [&] {
        const Batch all = rows_of(1000, {});
        return training::Metrics{{"nats", static_cast<double>(net.loss(all.x, all.y).item())}};
    };
    const auto batch = [](Dim n, training::Shard shard) {
        return shard.begin(rows) < shard.end(rows) ? std::optional(rows_of(n, shard)) : std::nullopt;
    };
    const training::Outcome done = training::fit(o, net.params, *optimizer, batch, loss, evaluate);
    if (world.leads() && done.exit_code == 0) {
        nn::Checkpoint weights;
        weights.put("model.", net.params);
        weights.put("ema.", ema);
        weights.save(o.folder / "weights.safetensors");
    }
    world.finish();
    return done.exit_code;
}

// Where nobody reads it, the exit code alone tells.
int end_with(int code, const std::exception& e) {
    std::fputs(fmt::format("{}\n", e.what()).c_str(), stderr);
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        distributed::World world(argc, argv);
        return train(world, argc, argv);
    } catch (const IoError& e) {
        return end_with(74, e);
    } catch (const training::GroupError& e) {
        return end_with(75, e);
    } catch (const std::exception& e) {
        return end_with(1, e);
    }
}
