#pragma once
// What both tasks share: their settings, their data and the course of a training run.
#include <numeric>
#include <heed/examples/models/image_batches.hpp>
#include <heed/examples/models/image_data.hpp>
#include <heed/examples/models/image_run.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::paint {

using Images = models::PreparedImages;

struct TaskOptions : program::RunOptions {
    std::string data = image::fashion_folder;
    Dim dev = 10000, eval_examples = 1000, batch = 128;
    double lr = 2e-3;
    Dim warmup = 100;
    double decay = 0.01, ema = 0.999;
    void declare(training::Settings& s);
};

// What the options of both models hold. Pictures are grey, and their values -1 for black to 1 for white.
struct SizeOptions : models::ImageOptions {
    Dim dim = 128, layers = 4, heads = 4, hidden = 256;
    SizeOptions() : ImageOptions{.height = 28, .width = 28, .channels = 1, .mean = 0.5, .deviation = 0.5} {}
    void declare(training::Settings& s);
};

struct Batch {
    Array images;  // (b, height, width, 1)
    Ints labels;   // (b)
    Key key;       // of what a loss draws
};
Batch batch_of(const Images& images, std::span<const Dim> which, Key key);
// Batch n of a run, or a part of it, which draws random numbers of its own: of the chosen images, which are those from
// number `first` on.
Batch make_batch(const Images& images, const TaskOptions& config, const std::vector<std::size_t>& chosen, Dim n,
                 Dim first);

// The images of a run. With the model's options `known`, classes and sizes are to be these. Throws as
// models::read_images() does.
models::ImageData read_pictures(const TaskOptions& config, const program::Launch& launch, std::optional<Dim> cut,
                                const models::ImageOptions* known = nullptr);

// Those that the trained model in a folder learnt from and is measured on.
template <class Options, class Model>
models::ImageData pictures_of(const std::filesystem::path& folder, const Model& model) {
    const auto config = program::read_options<Options>(folder);
    return read_pictures(config, {.folder = folder}, program::RunData::of(folder).cut(), &model.options);
}

// The mean of the model's loss on the first `some` images, 0: on all; the processes of a group share them. The same
// numbers are drawn each time.
template <class Model>
double measure(const Model& model, const Images& images, Dim some = 0,
               training::Group& group = training::one_process()) {
    constexpr Dim at_once = 100;
    const Dim n = some > 0 ? std::min(some, images.size()) : images.size();
    const auto loss_of = [&](Dim begin, Dim end, std::span<double> to) {
        std::vector<Dim> which(static_cast<std::size_t>(end - begin));
        std::iota(which.begin(), which.end(), begin);
        const Var loss = model.loss(batch_of(images, which, Key{0, static_cast<std::uint64_t>(begin)}));
        to[0] = static_cast<double>(loss.item()) * static_cast<double>(which.size());
    };
    return training::sum_over_examples(group, n, at_once, 1, loss_of)[0] / static_cast<double>(n);
}

// A whole run, whose result is the model's loss on the images held out, as `metric`. `but`: as of MuonOptions.
template <class Model, class Options>
int run(Options& config, const program::Launch& launch, const char* metric, std::vector<std::string> but) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData data_of_run(launch);
    const models::ImageData data =
        read_pictures(config, launch, data_of_run.cut(), launch.resume ? &config.model : nullptr);
    data_of_run.take(models::examples_of(data.train), models::examples_of(data.dev), "images");
    config.model.set_from_data(data.train.kind, {config.model.mean, config.model.deviation});
    const models::ImageRun<Model, Batch> its{
        .but = std::move(but),
        .held_out = fmt::format("{} held out", data.dev.size()),
        .higher_is_better = false,
        .keep = program::KeptWeights::average,
        .loss = [](const Model& model, const Batch& b) { return model.loss(b); },
        .measure =
            [&](const Model& model) {
                return training::Metrics{{metric, measure(model, data.dev, config.eval_examples, launch.group())}};
            },
        .finish =
            [&](const Model& model, const nn::Params& params, const training::Outcome& done) {
                const double last = measure(model, data.dev, 0, launch.group());
                program::print(launch, "{} images held out: {} {:.4f}\nmodel: {}\n", data.dev.size(), metric, last,
                               launch.folder.string());
                program::save_result(launch, config, params, done, {{metric, last}}, {{"data", config.data}});
            }};
    return models::train_on_images<models::ImageBatches<Images, Options>>(config, launch, data_of_run, data.train, its);
}

}  // namespace heed::paint
