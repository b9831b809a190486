// The settings of both tasks, and their pictures.
#include <heed/examples/paint/pictures.hpp>

namespace heed::paint {

void TaskOptions::declare(training::Settings& s) {
    using namespace program;
    s.add("data", data, "folder of IDX files (as Fashion-MNIST), or with train/CLASS/*.png and dev/CLASS/*.png")
        .may_change();
    s.add("dev", dev, "of IDX files: this many at the end are kept back").within(1);
    declare_eval_examples(s, eval_examples, 0);
    s.add("batch", batch, "images in a step").within(1, most_rows);
    declare_rate(s, lr, warmup);
    s.add("decay", decay, "of the weights").within(0, 10);
    s.add("ema", ema, "decay of the weights' average, which is what is kept").within(0, 0.999999);
    RunOptions::declare(s);
}

void SizeOptions::declare(training::Settings& s) {
    program::declare_stack(s, "dim", dim, "width of the tokens", layers, "of the encoder", heads);
    s.add("hidden", hidden, "width inside a layer").within(1, program::most_width);
    ImageOptions::declare(s);
}

Batch batch_of(const Images& images, std::span<const Dim> which, Key key) {
    Batch batch{images.batch(which, 0.5, 0.5), Ints::from_shape({std::ssize(which)}), key};
    std::ranges::transform(which, batch.labels.data(), [&](Dim i) { return images.label(i); });
    return batch;
}

Batch make_batch(const Images& images, const TaskOptions& config, const std::vector<std::size_t>& chosen, Dim n,
                 Dim first) {
    const std::uint64_t seed =
        first == 0 ? config.seed : mix_bits(config.seed + hash_text("paint/part") + static_cast<std::uint64_t>(first));
    return batch_of(images, std::vector<Dim>(chosen.begin(), chosen.end()), Key{seed, static_cast<std::uint64_t>(n)});
}

models::ImageData read_pictures(const TaskOptions& config, const program::Launch& launch, std::optional<Dim> cut,
                                const models::ImageOptions* known) {
    const std::vector<std::string> classes = known ? known->class_names() : std::vector<std::string>();
    models::ImageData data = models::read_images({config.data, config.dev}, launch, cut, classes);
    if (known) image::require_as_begun(data.train.kind, classes, known->height, known->width, config.data);
    return data;
}

}  // namespace heed::paint
