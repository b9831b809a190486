// Reading images with boxes, and the statistics of the training set.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/examples/detect/data.hpp>
#include <heed/nn/data/image/scenes.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::detect {
namespace {

using image::LabelledImages;

image::BoxedImages read_images(const Options& config, const std::string& path, const std::vector<std::string>& known) {
    return image::read_boxed_images(config.data, image::read_boxes(path, known), 3, config.scale);
}

}  // namespace

void Options::check() const {
    if (train.empty() != val.empty()) throw program::UsageError("--train and --val are given together, or neither");
}

Data read_data(const Options& config, const std::vector<std::string>& known) {
    Data data;
    if (!config.train.empty()) {
        data.train = read_images(config, config.train, known);
        data.val = read_images(config, config.val, data.train.images.classes);
        const LabelledImages& train = data.train.images;
        image::require_as_begun(data.val.images, train.classes, train.height, train.width, config.val);
        return data;
    }
    const LabelledImages all = image::read_idx_images(config.data, "train", image::fashion_classes());
    const Dim cut = all.size() * 9 / 10;  // the last tenth is held out
    return {image::make_scenes(image::part_of(all, 0, cut), config.scenes, config.seed),
            image::make_scenes(image::part_of(all, cut, all.size()), std::max<Dim>(1, config.scenes / 10),
                               config.seed + 1)};
}

image::BoxedImages read_held_out(const Options& config, const ModelOptions& model, const std::string& boxes) {
    const std::vector<std::string> classes = model.class_names();
    image::BoxedImages images = boxes.empty() ? read_data(config, classes).val : read_images(config, boxes, classes);
    image::require_as_begun(images.images, classes, model.height, model.width, boxes.empty() ? config.val : boxes);
    return images;
}

void set_from_data(const Data& data, Options& config) {
    const LabelledImages& p = data.train.images;
    double sides = 0, count = 0;
    for (const auto& boxes : data.train.boxes)
        for (const auto& b : boxes) sides += std::sqrt(b.box.area()), count += 1;
    config.model.object = count > 0 ? sides / count : static_cast<double>(p.height) / 4;
    config.model.set_from_data(p, image::moments_of(p));
}

}  // namespace heed::detect
