// The training run of speak.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/speak/train.hpp>
#include <heed/examples/speak/voice.hpp>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>

namespace heed::speak {
namespace {

std::vector<data::BatchSampler::Lengths> lengths_of(const std::vector<Example>& all) {
    std::vector<data::BatchSampler::Lengths> lengths;
    for (const Example& one : all) lengths.emplace_back(one.features.shape()[0], 0);
    return lengths;
}

// What the model makes of the first held-out texts, beside the model.
void write_samples(const Model& model, const frames::Data& data, const std::filesystem::path& folder) {
    for (std::size_t i = 0; i < std::min<std::size_t>(3, data.dev.size()); ++i)
        write_wav((folder / fmt::format("held-out-{}.wav", i + 1)).string(), speak(model, data.dev[i].labels));
}

}  // namespace

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const frames::Data data = read_data(config, launch, run);
    run.take(data.train_files, data.dev_files, "recordings");
    run.made<std::vector<std::string>>("dev_prompts", [&] { return data.dev_prompts; });
    const std::vector<Example> examples = examples_of(data.train, config.model);
    if (examples.empty()) throw FileError(fmt::format("{}: no recording is as long as its text", config.data));
    const auto scale = run.made<std::vector<double>>("scale", [&] { return scale_of(examples); });
    config.model.mean = scale.at(0), config.model.deviation = scale.at(1);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::AdamW adam(params, {.lr = config.lr, .beta2 = 0.99, .decay = config.decay});
    nn::Ema ema(params, {.decay = config.ema});
    const data::BatchSampler order(lengths_of(examples), {.batch = config.batch, .seed = config.seed, .pool = 8});
    fmt::print(stderr, "{} recordings to train on, {} dev; {} parameters; {} threads\n", examples.size(),
               data.dev.size(), params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, order.per_epoch(), run);
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.005};
    fit.ema = &ema;
    fit.progress.unit = "frames";
    const auto batch = [&](Dim n, training::Shard shard) {
        const std::vector<std::size_t> some = order.at(n, shard);
        return some.empty() ? std::nullopt : std::optional(batch_of(examples, some, config.model));
    };
    const auto loss = [&](const Batch& b) {
        const auto frames = static_cast<double>(sum(Var(b.frame_counts)).item());
        return training::Loss(model.loss(b), frames, frames);
    };
    const std::size_t most = config.eval_examples ? static_cast<std::size_t>(config.eval_examples) : data.dev.size();
    const frames::Utterances some(std::min(most, data.dev.size()), [&](std::size_t n) { return data.dev[n]; });
    const auto evaluate = [&] { return training::Metrics{{"mcd", distortion(model, some, launch.group())}}; };
    const auto finish = [&](const training::Outcome& done) {
        const double last = distortion(model, data.dev, launch.group());
        launch.group().by_leader([&] { write_samples(model, data, launch.folder); });
        program::print(launch, "{} dev prompts: mel-cepstral distortion {:.2f} dB\nmodel: {}\n", data.dev.size(), last,
                       launch.folder.string());
        program::save_result(launch, config, params, done, "mcd", last,
                             {{"steps", std::int64_t{done.step}}, {"data", config.data}});
    };
    // The average of the weights, not the best: before a voice can be understood its distortion is low.
    return program::fit_and_save<Model>(config.model, launch, params, adam, fit, batch, loss, evaluate, finish);
}

}  // namespace heed::speak
