// The sub-commands eval, predict and attend of patches.
#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/patches/commands.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/nn/data/image/drawing.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/run_data.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::patches {
namespace {

using Trained = training::Trained<Model>;

Trained open(const std::filesystem::path& folder) { return program::open_model_or_best<Model, Options>(folder); }

void print_confusion(const Ints& counts, const std::vector<std::string>& classes) {
    fmt::print("{:>12} |  taken for\n{:>12} |", "", "is");
    for (const std::string& name : classes) fmt::print(" {:>8.8}", utf8::printable(name));
    fmt::print("    right\n");
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const auto row = static_cast<Dim>(i);
        std::int64_t all = 0;
        fmt::print("{:>12.12} |", utf8::printable(classes[i]));
        for (Dim j = 0; j < static_cast<Dim>(classes.size()); ++j) {
            all += counts(row, j);
            fmt::print(" {:>8}", counts(row, j));
        }
        fmt::print(" {:>6.1f} %\n",
                   100.0 * static_cast<double>(counts(row, row)) / static_cast<double>(std::max<std::int64_t>(all, 1)));
    }
}

image::Image read_fitting(const ModelOptions& o, const std::string& file) {
    return image::read_fitting_png(file, o.height, o.width, o.channels);
}

// The most probable classes, as text.
std::string predicted_text(const Trained& trained, const image::Image& image) {
    const image::LabelledImages one{image.height, image.width, image.channels, image.values, {0}, {}};
    const Dim first[] = {0};
    const Var logits = trained.model(image::batch_of(one, first, trained.options.mean, trained.options.deviation));
    const Ordered best = topk(softmax(logits), std::min<Dim>(3, trained.options.class_count()));
    const std::vector<std::string> classes = trained.options.class_names();
    std::vector<std::string> words;
    for (Dim k = 0; k < best.values.dim(1); ++k)
        words.push_back(fmt::format("{} {:.1f} %",
                                    utf8::printable(classes[static_cast<std::size_t>(best.indices(0, k))]),
                                    100 * static_cast<double>(best.values.value()(0, k))));
    return fmt::format("{}", fmt::join(words, " "));
}

// Every attention of the model on an image, and at the end their roll-out.
inspect::Page attention_page(const Trained& trained, const image::Image& image, const std::string& name) {
    const Dim rows = trained.model.rows(), columns = trained.model.columns();
    const Lenses lenses;
    std::string prediction = predicted_text(trained, image);
    inspect::Page page = inspect::page_of(
        lenses, name, {{.queries = inspect::places(rows, columns), .from = "patches", .to = "patches"}});
    page.note = std::move(prediction);
    page.image = {training::png_of(image.height, image.width, image.channels, image.values), rows, columns};
    page.layers.push_back(inspect::roll_out(page.layers));
    page.layer = static_cast<Dim>(page.layers.size()) - 1;
    return page;
}

void predict_one(const Trained& trained, const std::string& file, const std::filesystem::path& attend) {
    const image::Image image = read_fitting(trained.options, file);
    fmt::print("{}: {}\n", file, predicted_text(trained, image));
    if (attend.empty()) return;
    const std::filesystem::path name = std::filesystem::path(file).filename();
    const inspect::Layer flow = attention_page(trained, image, name.string()).layers.back();
    const image::Image drawn = image::drawn_over(image, inspect::received(flow.heads[0], flow.keys.size()),
                                                 trained.model.rows(), trained.model.columns(), 12);
    io::write_atomically((attend / name).string(),
                         io::bytes_of(training::png_of(drawn.height, drawn.width, 3, drawn.values)));
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const Trained trained = open(options.folder);
    auto config = program::read_options<Options>(options.folder);
    config.model = trained.options;
    const std::optional<Dim> cut = program::RunData::of(options.folder).cut();
    const models::PreparedImages images = models::read_held_out(
        config.source(), config.model, {.folder = options.folder, .prepared = options.prepared}, options.test, cut);
    training::Progress progress({.label = "measure", .unit = "images", .counts = "images"});
    const Ints counts = confusion(trained.model, images, 0, &progress);
    progress.finish();
    fmt::print("{} {} images: {:.2f} % right\n", images.size(), options.test ? "test" : "dev", 100 * accuracy(counts));
    print_confusion(counts, trained.options.class_names());
    return 0;
}

int predict(const PredictOptions& options) {
    const Trained trained = open(options.folder);
    std::error_code error;
    if (!options.attend.empty()) std::filesystem::create_directories(options.attend, error);
    if (error)
        throw IoError(fmt::format("{}: the folder cannot be made: {}", options.attend.string(), error.message()));
    return program::for_each_file("patches", options.files,
                                  [&](const std::string& file) { predict_one(trained, file, options.attend); });
}

int attend(const program::AttendOptions& options) {
    const Trained trained = open(options.folder);
    const std::filesystem::path file = options.input;
    const image::Image image = read_fitting(trained.options, file.string());
    return write_attention(attention_page(trained, image, file.filename().string()), options);
}

}  // namespace heed::patches
