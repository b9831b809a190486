// The training run of patches, its batches and its confusion matrix.
#include <algorithm>
#include <numeric>
#include <fmt/format.h>
#include <heed/examples/models/image_run.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::patches {

Batch make_batch(const models::PreparedImages& images, const Options& config, const std::vector<std::size_t>& chosen,
                 Dim n, Dim first) {
    const std::vector<Dim> which(chosen.begin(), chosen.end());
    const image::LabelledImages& kind = images.kind;
    Batch batch{images.batch(which, config.model.mean, config.model.deviation),
                Ints::from_shape({static_cast<Dim>(which.size())})};
    const auto each = static_cast<std::size_t>(kind.each());
    const auto black = static_cast<Real>(-config.model.mean / config.model.deviation);
    for (std::size_t i = 0; i < which.size(); ++i) {
        batch.labels.data()[i] = images.label(which[i]);
        image::augment({batch.images.data() + i * each, each}, kind.width, kind.channels, black, config.augment,
                       RandomStream(Key{config.seed, static_cast<std::uint64_t>(n)},
                                    hash_text("patches/augment") + static_cast<std::uint64_t>(first) + i));
    }
    return batch;
}

Ints confusion(const Model& model, const models::PreparedImages& images, Dim most, training::Progress* progress,
               training::Group& group) {
    const ModelOptions& o = model.options;
    const Dim classes = o.class_count();
    const image::LabelledImages& kind = images.kind;
    require(
        kind.height == o.height && kind.width == o.width && kind.channels == o.channels, "confusion",
        [&] {
            return fmt::format("images of {} x {} with {} channels; expected {} x {} with {}", kind.width, kind.height,
                               kind.channels, o.width, o.height, o.channels);
        },
        Site::current());
    Ints counts(Shape{classes, classes}, 0);
    constexpr Dim at_once = 250;
    const Dim all = images.size(), n = most > 0 ? std::min(most, all) : all;
    const auto count_predictions = [&](Dim begin, Dim end, std::span<double> to) {
        std::vector<Dim> which;
        for (Dim i = begin; i < end; ++i) which.push_back(i * all / n);
        const Ints predicted = argmax(model(images.batch(which, o.mean, o.deviation)));
        for (std::size_t i = 0; i < which.size(); ++i) {
            const std::int64_t label = images.label(which[i]);
            require(
                label < classes, "confusion",
                [&] { return fmt::format("label {}; expected 0 to {}, the model's classes", label, classes - 1); },
                Site::current());
            to[static_cast<std::size_t>(label * classes + predicted.data()[i])] += 1;
        }
    };
    const std::vector<double> sums =
        training::sum_over_examples(group, n, at_once, counts.size(), count_predictions, progress);
    std::ranges::transform(sums, counts.data(), [](double sum) { return static_cast<std::int64_t>(sum); });
    return counts;
}

Array features_of(const Model& model, const models::PreparedImages& images) {
    std::vector<Var> parts;
    for (Dim from = 0; from < images.size(); from += 250) {
        std::vector<Dim> which(static_cast<std::size_t>(std::min<Dim>(250, images.size() - from)));
        std::iota(which.begin(), which.end(), from);
        parts.push_back(model.features(images.batch(which, model.options.mean, model.options.deviation)));
    }
    return concat(parts, 0).value();
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
    const models::ImageData data = models::read_images(
        config.source(), launch, run.cut(), launch.resume ? config.model.class_names() : std::vector<std::string>());
    run.take(models::examples_of(data.train), models::examples_of(data.dev), "images");
    if (launch.resume)
        image::require_as_begun(data.train.kind, config.model.class_names(), config.model.height, config.model.width,
                                config.data);
    else config.model.set_from_data(data.train.kind, data.train.moments());
    const models::ImageRun<Model, Batch> its{
        .but = {"head"},
        .held_out = fmt::format("{} dev", data.dev.size()),
        .loss =
            [&](const Model& model, const Batch& b) {
                return cross_entropy(model(b.images), b.labels, {.smoothing = config.smoothing});
            },
        .measure =
            [&](const Model& model) {
                return training::Metrics{
                    {"accuracy", accuracy(confusion(model, data.dev, config.eval_examples, nullptr, launch.group()))}};
            },
        .finish =
            [&](const Model& model, const nn::Params& params, const training::Outcome& done) {
                training::Progress progress({.label = "measure", .unit = "images", .counts = "images"},
                                            training::leader_host(launch.group()));
                const double last = accuracy(confusion(model, data.dev, 0, &progress, launch.group()));
                progress.finish();
                program::print(launch, "{} dev images: {:.2f} % right, by the weights after step {}\nmodel: {}\n",
                               data.dev.size(), 100 * last, done.best_step, launch.folder.string());
                program::save_result(launch, config, params, done, "accuracy", last,
                                     {{"steps", std::int64_t{done.step}},
                                      {"best_step", std::int64_t{done.best_step}},
                                      {"data", config.data}});
            }};
    return models::train_on_images<Batches>(config, launch, run, data.train, its);
}

}  // namespace heed::patches
