// The training run of detect, its batches and its metric.
#include <algorithm>
#include <numeric>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/detect/data.hpp>
#include <heed/examples/detect/train.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/run_data.hpp>

namespace heed::detect {
namespace {

program::Examples examples_of(const image::BoxedImages& data) {
    program::Examples examples;
    const std::string_view values = program::bytes_of(data.images.values);
    const auto each = static_cast<std::size_t>(data.images.each());
    for (std::size_t i = 0; i < data.boxes.size(); ++i) {
        std::string boxes;
        for (const image::LabelledBox& b : data.boxes[i])
            boxes += fmt::format("{} {} {} {} {};", data.images.classes[static_cast<std::size_t>(b.label)], b.box.left,
                                 b.box.top, b.box.right, b.box.bottom);
        examples.add({boxes, values.substr(i * each, each)});
    }
    return examples;
}

// Some scenes, so that there is something to predict.
void write_scenes(const image::BoxedImages& scenes, const std::filesystem::path& folder) {
    const image::LabelledImages& p = scenes.images;
    const auto each = static_cast<std::size_t>(p.each());
    for (std::size_t i = 0; i < std::min<std::size_t>(8, scenes.files.size()); ++i) {
        const std::string png =
            training::png_of(p.height, p.width, p.channels, std::span(p.values).subspan(i * each, each));
        io::write_atomically((folder / scenes.files[i]).string(), io::bytes_of(png));
    }
}

}  // namespace

Batches::Batches(const image::BoxedImages& data, const Options& config)
    : data_(data), config_(config), order_(std::vector<data::BatchSampler::Lengths>(data.boxes.size()),
                                           {.batch = config.batch, .seed = config.seed}) {}

Batch Batches::at(Dim n) const {
    const std::vector<std::size_t> chosen = order_.at(n);
    const std::vector<Dim> which(chosen.begin(), chosen.end());
    const image::LabelledImages& images = data_.images;
    Batch batch{image::batch_of(images, which, config_.model.mean, config_.model.deviation), {}};
    const auto each = static_cast<std::size_t>(images.each());
    for (std::size_t i = 0; i < which.size(); ++i) {
        const RandomStream random(Key{config_.seed, static_cast<std::uint64_t>(n)}, hash_text("detect/view") + i);
        const image::View view = image::random_view(images.height, images.width, config_.view, random);
        image::take_view({batch.images.data() + i * each, each}, images.width, images.channels, 0, view);
        batch.boxes.push_back(image::boxes_in_view(data_.boxes[chosen[i]], images.height, images.width, view));
        std::erase_if(batch.boxes.back(), [](const image::LabelledBox& b) { return b.crowd; });
    }
    return batch;
}

image::CocoPrecision precision(const Model& model, const image::BoxedImages& data) {
    std::vector<std::vector<image::Detection>> found;
    for (Dim begin = 0; begin < data.size(); begin += 16) {
        std::vector<Dim> which(static_cast<std::size_t>(std::min<Dim>(16, data.size() - begin)));
        std::iota(which.begin(), which.end(), begin);
        const Outputs out = model(image::batch_of(data.images, which, model.options.mean, model.options.deviation));
        std::ranges::move(detections(out, model.options), std::back_inserter(found));
    }
    return image::coco_ap(data.boxes, found, model.options.class_count());
}

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const Data data = read_data(config, launch.resume ? config.model.class_names() : std::vector<std::string>());
    run.take(examples_of(data.train), examples_of(data.val), "images");
    if (launch.resume)
        image::require_as_begun(data.train.images, config.model.class_names(), config.model.height, config.model.width,
                                config.data);
    else set_from_data(data, config);
    const nn::Params params(config.seed);
    const Model model(params, config.model);
    nn::Muon muon(params, {.adam = {.lr = config.lr, .beta2 = 0.99, .decay = config.decay},
                           .rms = 0.5,
                           .but = {"patch_head.score", "head.score"}});
    nn::Ema ema(params, {.decay = config.ema});
    const Batches batches(data.train, config);
    fmt::print(stderr, "{} images of {} x {} to train on, {} held out; {} classes; {} parameters; {} threads\n",
               data.train.size(), config.model.width, config.model.height, data.val.size(), config.model.class_count(),
               params.count(), threads());

    training::FitOptions fit = program::fit_options(config, launch, batches.per_epoch(), run);
    fit.rate = nn::WarmupCosine{.peak = config.lr, .warmup = config.warmup, .floor = 0.005};
    fit.ema = &ema;
    fit.higher_is_better = true;
    fit.progress.unit = "images";
    const auto batch = [&](Dim n) { return batches.at(n); };
    const auto loss_of = [&](const Batch& b) {
        return training::Loss(loss(model(b.images), b.boxes, config.model, config.repeat),
                              static_cast<double>(b.boxes.size()));
    };
    const auto evaluate = [&] {
        const image::AveragePrecision mean = precision(model, data.val).mean;
        return training::Metrics{{"ap", mean.ap}, {"ap50", mean.ap50}};
    };
    const auto finish = [&](const training::Outcome& done) {
        if (config.train.empty()) write_scenes(data.val, launch.folder);
        const image::AveragePrecision best = precision(model, data.val).mean;
        fmt::print("{} images held out: AP {:.3f}, at IoU .5 {:.3f}, by the weights after step {}\nmodel: {}\n",
                   data.val.size(), best.ap, best.ap50, done.best_step, launch.folder.string());
        program::save_result(launch, config, params, done, "ap", done.best,
                             {{"steps", std::int64_t{done.step}},
                              {"best_step", std::int64_t{done.best_step}},
                              {"ap50", best.ap50},
                              {"data", config.data}});
    };
    return program::fit_and_save<Model>(config.model, launch, params, muon, fit, batch, loss_of, evaluate, finish,
                                        {.keep = program::Keep::best});
}

}  // namespace heed::detect
