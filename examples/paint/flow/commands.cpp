// Training, measuring and using the model that draws.
#include <algorithm>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/paint/flow/commands.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/nn/data/image/drawing.hpp>
#include <heed/nn/data/image/sheet.hpp>
#include <heed/nn/generate/sample_precision.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/flags.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::paint {
namespace {

constexpr Dim at_once = 50, neighbours = 5;

Dim label_of(const FlowModelOptions& o, const std::string& name) {
    const std::vector<std::string> known = o.class_names();
    const auto found = std::ranges::find(known, name);
    if (found != known.end()) return found - known.begin();
    const std::string near = program::nearest(name, known);
    throw program::UsageError(fmt::format("the model knows no class {}{}; it knows {}", utf8::in_quotes(name),
                                          near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                          fmt::join(known, ", ")));
}

// n pictures of one class, or of all in turn.
image::LabelledImages drawn(const FlowModel& model, Dim n, std::optional<Dim> label, const Painting& how) {
    const FlowModelOptions& o = model.options;
    image::LabelledImages all{o.height, o.width, 1, {}, {}, o.class_names()};
    for (Dim from = 0; from < n; from += at_once) {
        Ints labels = Ints::from_shape({std::min(at_once, n - from)});
        for (Dim i = 0; i < count(labels); ++i) labels(i) = label.value_or((from + i) % model.any());
        const Array pictures = painted(model, labels, how, static_cast<std::uint64_t>(from)).value();
        for (Dim i = 0; i < count(labels); ++i) {
            image::add_values(all, image::image_of(pictures, i, 0.5, 0.5), "");
            all.labels.push_back(labels(i));
        }
    }
    return all;
}

}  // namespace

int train_flow(FlowOptions config, const program::Launch& launch) {
    return run<FlowModel>(config, launch, "error", {"classes", "positions", "out"});
}

int evaluate_flow(const FlowEvalOptions& options) {
    const auto trained = program::open_model_or_best<FlowModel, FlowOptions>(options.folder);
    const auto classifier = program::open_model_or_best<patches::Model, patches::Options>(options.classifier);
    const std::vector<std::string> drawn_classes = trained.options.class_names(),
                                   known = classifier.options.class_names();
    if (known != drawn_classes)
        throw FileError(fmt::format("{}: knows the classes {}; expected {}, which are drawn",
                                    options.classifier.string(), fmt::join(known, ", "),
                                    fmt::join(drawn_classes, ", ")));
    const Images dev = pictures_of<FlowOptions>(options.folder, trained.model).dev;
    const Images real = dev.part(0, std::min(options.count, dev.size()));
    const double right = patches::accuracy(patches::confusion(classifier.model, real));
    const Images made = drawn(trained.model, options.count, {}, options.how);
    fmt::print("{} images drawn: {:.2f} % are taken for their class; of {} held out: {:.2f} %\n", made.size(),
               100 * patches::accuracy(patches::confusion(classifier.model, made)), real.size(), 100 * right);
    const nn::SamplePrecision found = nn::sample_precision(patches::features_of(classifier.model, real),
                                                           patches::features_of(classifier.model, made), neighbours);
    fmt::print("precision {:.3f}, recall {:.3f} ({} neighbours)\n", found.precision, found.recall, neighbours);
    return program::exit_ok;
}

int predict_flow(const FlowPredictOptions& options) {
    const auto trained = program::open_model_or_best<FlowModel, FlowOptions>(options.folder);
    std::optional<Dim> label;
    if (!options.name.empty()) label = label_of(trained.options, options.name);
    const image::LabelledImages made = drawn(trained.model, options.count, label, options.how);
    std::optional<Images> learnt;
    if (options.nearest) learnt = pictures_of<FlowOptions>(options.folder, trained.model).train;
    std::vector<image::Image> shown;
    for (Dim i = 0; i < made.size(); ++i) {
        shown.push_back(image::image_of(made, i));
        if (!learnt) continue;
        const auto values = [&](Dim k) { return learnt->values(k); };
        const std::span<const std::uint8_t> like = values(image::nearest(shown.back(), learnt->size(), values));
        shown.back() = image::stacked(shown.back(), {made.height, made.width, 1, {like.begin(), like.end()}});
    }
    const image::Image sheet = image::enlarged(image::sheet_of(shown, options.columns), 2);
    io::write_atomically(options.out.string(),
                         io::bytes_of(training::png_of(sheet.height, sheet.width, 3, sheet.values)));
    fmt::print("{}\n", options.out.string());
    return program::exit_ok;
}

int attend_flow(const FlowAttendOptions& options) {
    const auto trained = program::open_model_or_best<FlowModel, FlowOptions>(options.folder);
    const FlowModel& model = trained.model;
    const Ints label{label_of(trained.options, options.input)};
    const Var z = painted(model, label, options.how, 0, options.share);
    const Lenses lenses;
    const Var guess = model(z, full({1}, options.share), label);
    std::vector<std::string> patches = inspect::places(model.rows(), model.columns());
    patches.insert(patches.begin(), "class");
    inspect::Page page = inspect::page_of(lenses, fmt::format("A {} while it is drawn", utf8::printable(options.input)),
                                          {{.queries = patches, .from = "patches", .to = "patches"}});
    for (inspect::Layer& layer : page.layers) {
        const std::vector<double> mean = inspect::mean_of_heads(layer);
        for (std::size_t i = 0; i < layer.queries.size(); ++i)
            layer.queries[i] += fmt::format(" ({:.0f} % at the class)", 100 * mean[i * layer.keys.size()]);
        inspect::leave_out_first(layer);
    }
    page.note = fmt::format("{:.0f} % picture, {:.0f} % noise; shown is what the model takes it for",
                            100 * options.share, 100 * (1 - options.share));
    const image::Image image = image::image_of(guess.value(), 0, 0.5, 0.5);
    page.image = {training::png_of(image.height, image.width, 1, image.values), model.rows(), model.columns()};
    page.layer = std::ssize(page.layers) - 1;
    return program::write_attention(std::move(page), options);
}

}  // namespace heed::paint
