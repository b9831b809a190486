// The training run of detect, its batches and its metric.
#include <algorithm>
#include <numeric>
#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/examples/detect/data.hpp>
#include <heed/examples/detect/train.hpp>
#include <heed/examples/models/image_run.hpp>
#include <heed/nn/data/examples.hpp>
#include <heed/nn/training/share.hpp>

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

// Over which the loss is a mean; without any, a batch weighs as much as one with one object, since its scores are to be
// low.
double objects_of(const Batch& batch) {
    std::size_t objects = 0;
    for (const std::vector<image::LabelledBox>& boxes : batch.boxes) objects += boxes.size();
    return static_cast<double>(std::max<std::size_t>(1, objects));
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

Batch make_batch(const image::BoxedImages& data, const Options& config, const std::vector<std::size_t>& chosen, Dim n,
                 Dim first) {
    const std::vector<Dim> which(chosen.begin(), chosen.end());
    const image::LabelledImages& images = data.images;
    Batch batch{image::batch_of(images, which, config.model.mean, config.model.deviation), {}};
    const auto each = static_cast<std::size_t>(images.each());
    for (std::size_t i = 0; i < which.size(); ++i) {
        const RandomStream random(Key{config.seed, static_cast<std::uint64_t>(n)},
                                  hash_text("detect/view") + static_cast<std::uint64_t>(first) + i);
        const image::Crop crop = image::random_crop(images.height, images.width, config.crop, random);
        image::take_crop({batch.images.data() + i * each, each}, images.width, images.channels, 0, crop);
        batch.boxes.push_back(image::boxes_in_crop(data.boxes[chosen[i]], images.height, images.width, crop));
        std::erase_if(batch.boxes.back(), [](const image::LabelledBox& b) { return b.crowd; });
    }
    return batch;
}

image::CocoPrecision precision(const Model& model, const image::BoxedImages& data, training::Group& group) {
    constexpr std::size_t at_once = 16;
    std::vector<Dim> all(static_cast<std::size_t>(data.size()));
    std::iota(all.begin(), all.end(), Dim{0});
    const ModelOptions& o = model.options;
    const auto found = training::share_rows(group, data::in_parts(all, at_once), [&](std::span<const Dim> which) {
        return detections(model(image::batch_of(data.images, which, o.mean, o.deviation)), o);
    });
    return image::coco_ap(data.boxes, found, o.class_count());
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
    const models::ImageRun<Model, Batch> its{
        .but = {"patch_head.score", "head.score"},
        .held_out = fmt::format("{} held out", data.val.size()),
        .keep = program::KeptWeights::average,
        .loss = [&](const Model& model,
                    const Batch& b) { return loss(model(b.images), b.boxes, config.model, config.repeat); },
        .items = objects_of,
        .measure =
            [&](const Model& model) {
                const image::AveragePrecision mean = precision(model, data.val, launch.group()).mean;
                return training::Metrics{{"ap", mean.ap}, {"ap50", mean.ap50}};
            },
        .finish =
            [&](const Model& model, const nn::Params& params, const training::Outcome& done) {
                launch.group().by_leader([&] {
                    if (config.train.empty()) write_scenes(data.val, launch.folder);
                });
                const image::AveragePrecision found = precision(model, data.val, launch.group()).mean;
                program::print(launch, "{} images held out: AP {:.3f}, at IoU .5 {:.3f}\nmodel: {}\n", data.val.size(),
                               found.ap, found.ap50, launch.folder.string());
                program::save_result(launch, config, params, done, "ap", found.ap,
                                     {{"steps", std::int64_t{done.step}}, {"ap50", found.ap50}, {"data", config.data}});
            }};
    return models::train_on_images<Batches>(config, launch, run, data.train, its);
}

}  // namespace heed::detect
