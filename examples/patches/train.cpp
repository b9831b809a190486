// The training run of patches, its batches and its confusion matrix.
#include <algorithm>
#include <numeric>
#include <fmt/format.h>
#include <heed/examples/models/image_run.hpp>
#include <heed/examples/patches/data.hpp>
#include <heed/examples/patches/train.hpp>

namespace heed::patches {
namespace {

program::Examples examples_of(const image::LabelledImages& images) {
    program::Examples examples;
    const std::string_view values = program::bytes_of(images.values);
    const auto each = static_cast<std::size_t>(images.each());
    for (std::size_t i = 0; i < images.labels.size(); ++i)
        examples.add({images.classes[static_cast<std::size_t>(images.labels[i])], values.substr(i * each, each)});
    return examples;
}

}  // namespace

Batch make_batch(const image::LabelledImages& images, const Options& config, const std::vector<std::size_t>& chosen,
                 Dim n) {
    const std::vector<Dim> which(chosen.begin(), chosen.end());
    Batch batch{image::batch_of(images, which, config.model.mean, config.model.deviation),
                Ints::from_shape({static_cast<Dim>(which.size())})};
    const auto each = static_cast<std::size_t>(images.each());
    const auto black = static_cast<Real>(-config.model.mean / config.model.deviation);
    for (std::size_t i = 0; i < which.size(); ++i) {
        batch.labels.data()[i] = images.labels[chosen[i]];
        image::augment({batch.images.data() + i * each, each}, images.width, images.channels, black, config.augment,
                       RandomStream(Key{config.seed, static_cast<std::uint64_t>(n)}, hash_text("patches/augment") + i));
    }
    return batch;
}

Ints confusion(const Model& model, const image::LabelledImages& images) {
    const ModelOptions& o = model.options;
    const Dim classes = o.class_count();
    const auto found = std::ranges::minmax_element(images.labels);
    require(
        images.labels.empty() || (*found.min >= 0 && *found.max < classes), "confusion",
        [&] {
            return fmt::format("labels from {} to {}; expected 0 to {}, the model's classes", *found.min, *found.max,
                               classes - 1);
        },
        Site::current());
    require(
        images.height == o.height && images.width == o.width && images.channels == o.channels, "confusion",
        [&] {
            return fmt::format("images of {} x {} with {} channels; expected {} x {} with {}", images.width,
                               images.height, images.channels, o.width, o.height, o.channels);
        },
        Site::current());
    Ints counts(Shape{classes, classes}, 0);
    constexpr Dim at_once = 250;
    for (Dim from = 0; from < images.size(); from += at_once) {
        std::vector<Dim> which(static_cast<std::size_t>(std::min(at_once, images.size() - from)));
        std::iota(which.begin(), which.end(), from);
        const Ints predicted = argmax(model(image::batch_of(images, which, o.mean, o.deviation)));
        for (std::size_t i = 0; i < which.size(); ++i)
            counts(images.labels[static_cast<std::size_t>(which[i])], predicted.storage()[i]) += 1;
    }
    return counts;
}

double accuracy(const Ints& confusion) {
    std::int64_t right = 0, all = 0;
    for (Dim i = 0; i < confusion.shape()[0]; ++i) right += confusion(i, i);
    for (const std::int64_t n : confusion.storage()) all += n;
    return static_cast<double>(right) / static_cast<double>(std::max<std::int64_t>(all, 1));
}

int train(Options config, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    program::RunData run(launch);
    const Data data =
        read_data(config, run.cut(), launch.resume ? config.model.class_names() : std::vector<std::string>());
    run.take(examples_of(data.train), examples_of(data.dev), "images");
    if (launch.resume)
        image::require_as_begun(data.train, config.model.class_names(), config.model.height, config.model.width,
                                config.data);
    else set_from_data(data, config);
    const models::ImageRun<Model, Batch> its{
        .but = {"head"},
        .held_out = fmt::format("{} dev", data.dev.size()),
        .loss =
            [&](const Model& model, const Batch& b) {
                return cross_entropy(model(b.images), b.labels, {.smoothing = config.smoothing});
            },
        .measure =
            [&](const Model& model) {
                return training::Metrics{{"accuracy", accuracy(confusion(model, data.dev))}};
            },
        .finish =
            [&](const Model&, const nn::Params& params, const training::Outcome& done) {
                fmt::print("{} dev images: {:.2f} % right, by the weights after step {}\nmodel: {}\n", data.dev.size(),
                           100 * done.best, done.best_step, launch.folder.string());
                program::save_result(launch, config, params, done, "accuracy", done.best,
                                     {{"steps", std::int64_t{done.step}},
                                      {"best_step", std::int64_t{done.best_step}},
                                      {"data", config.data}});
            }};
    return models::train_on_images<Batches>(config, launch, run, data.train, its);
}

}  // namespace heed::patches
