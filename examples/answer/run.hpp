#pragma once
// What the three tasks share: the settings of their commands, and the course of their training runs.
#include <fmt/format.h>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/data/examples.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/attend.hpp>
#include <heed/nn/program/input.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::answer {

struct TaskOptions : program::RunOptions {
    Dim batch = 32;
    double lr = 2e-3;
    Dim warmup = 100;
    double decay = 0.01, ema = 0.999;
    void declare(training::Settings& s) {
        s.add("batch", batch, "examples in a step").within(1, program::most_rows);
        program::declare_rate(s, lr, warmup);
        s.add("decay", decay, "of weights").within(0, 10);
        s.add("ema", ema, "decay of the average of weights that is measured and kept").within(0, 0.999999);
        RunOptions::declare(s);
    }
};

struct TextOptions : program::TextOptions {
    void declare(training::Settings& s) {
        program::TextOptions::declare(s, "texts", "stories with their questions, or texts with @ for a name");
    }
};

struct AttendOptions : program::AttendOptions {
    void declare(training::Settings& s) {
        program::AttendOptions::declare(s, "text", "a question, a story with one, or a text with @ for a name");
    }
};

inline int print(const training::Metrics& metrics) {
    for (const auto& [name, value] : metrics) fmt::print("{} {:.4f}\n", name, value);
    return 0;
}

// From the first step to result.json. make(some, random, n) gives the batch of some of the examples, in the sampler's
// order, which may draw; they are those of order.at(n), or of one of its shards. loss(batch) is its training::Loss;
// evaluate() gives the metrics, the one of result.json first.
template <class Model, class Options, class Example, class MakeBatch, class LossOfBatch>
int run(Options& config, const program::Launch& launch, const program::RunData& data, const nn::Params& params,
        const std::vector<Example>& examples, const data::BatchSampler& order, MakeBatch make, LossOfBatch loss,
        bool higher_is_better, const std::function<training::Metrics()>& evaluate) {
    nn::AdamW adam(params, {.lr = config.lr, .decay = config.decay});
    nn::Ema ema(params, {.decay = config.ema});
    training::FitOptions fit = program::fit_options(config, launch, order.per_epoch(), data);
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.02};
    fit.ema = &ema;
    fit.higher_is_better = higher_is_better;
    fit.progress.unit = "examples";
    const auto batch = [&](Dim n, training::Shard shard) {
        const std::vector<std::size_t> which = order.at(n, shard);
        const RandomStream random(Key{config.seed, static_cast<std::uint64_t>(n)},
                                  1 + static_cast<std::uint64_t>(shard.index));
        return which.empty() ? std::nullopt : std::optional(make(data::picked(examples, which), random, n));
    };
    const auto finish = [&](const training::Outcome& done) {
        const training::Metrics metrics = evaluate();
        if (launch.group().leads()) print(metrics);
        program::save_result(launch, config, params, done, metrics, {{"data", config.data}});
        program::print(launch, "model: {}\n", launch.folder.string());
    };
    return program::fit_and_save<Model>(config.model, launch, params, adam, fit, batch, loss, evaluate, finish);
}

}  // namespace heed::answer
