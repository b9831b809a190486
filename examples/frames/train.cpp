// The training run of frames.
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/frames/data.hpp>
#include <heed/examples/frames/metrics.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>

namespace heed::frames {
namespace {

constexpr Dim beam = 4;  // of the result in result.json

}  // namespace

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const Data data = read_data(config, launch, run);
    run.take(data.train_files, data.dev_files, "recordings");
    run.made<std::vector<std::string>>("dev_prompts", [&] { return data.dev_prompts; });
    const Task& task = task_of(config.model.task);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::AdamW adam(params, {.lr = config.lr, .beta2 = 0.99, .decay = config.decay});
    nn::Ema ema(params, {.decay = config.ema});
    const TrainingSet lessons(data.train, config);
    fmt::print(stderr, "{} recordings to train on, {} dev {}; {} parameters; {} threads\n", data.train.size(),
               data.dev.size(), task.name, params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, lessons.per_epoch(), run);
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.005};
    fit.ema = &ema;
    fit.higher_is_better = task.whole;
    fit.progress.unit = "clips";
    Batcher batcher(config.model.features(), config.augment);
    const auto batch = [&](Dim n, training::Shard shard) {
        const RandomStream random(Key{config.seed, static_cast<std::uint64_t>(n)}, hash_text("frames/augment"));
        const std::vector<Utterance> some = lessons.at(n, shard);
        const Dim first = shard.begin(lessons.size(n));
        return some.empty() ? std::nullopt : std::optional(batcher.changed(some, random, first));
    };
    const auto loss = [&](const Batch& b) {
        return training::Loss(model.loss(b, config.smoothing), static_cast<double>(count(b.lengths)), model.items(b));
    };
    const Utterances some = data.dev.spread(config.eval_examples);
    const auto evaluate = [&] {
        const Errors errors = errors_of(model, some, 1, as_it_is, nullptr, launch.group());
        return training::Metrics{{task.metric, metric_of(task, errors)}};
    };
    const auto finish = [&](const training::Outcome& done) {
        const Measured last = [&] {  // the result of a run of this length; the best of its evaluations would be biased
            const nn::Ema::Use averaged(ema);
            return measure(model, data.dev, beam, launch.group());
        }();
        program::print(launch, "{}; {:.2f} % by the weights after step {}, which are kept\nmodel: {}\n", last.text,
                       100 * done.best, done.best_step, launch.folder.string());
        program::save_result(launch, config, params, done, task.metric, last.value,
                             {{"greedy", last.greedy},
                              {"best", done.best},
                              {"best_step", std::int64_t{done.best_step}},
                              {"task", config.model.task},
                              {"decoder", config.model.decoder},
                              {"leave", config.leave},
                              {"steps", std::int64_t{done.step}},
                              {"data", config.data}});
    };
    return program::fit_and_save<Model>(config.model, launch, params, adam, fit, batch, loss, evaluate, finish,
                                        {.keep = program::KeptWeights::best});
}

}  // namespace heed::frames
