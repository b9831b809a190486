// The sub-commands eval, predict and attend of detect.
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/detect/commands.hpp>
#include <heed/examples/detect/data.hpp>
#include <heed/examples/detect/train.hpp>
#include <heed/nn/data/image/drawing.hpp>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/run.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::detect {
namespace {

using Trained = training::Trained<Model>;
using Found = std::vector<image::Detection>;

Trained open(const std::filesystem::path& folder) { return program::open_model_or_best<Model, Options>(folder); }

image::Image read_fitting(const ModelOptions& o, const std::string& file) {
    return image::read_fitting_png(file, o.height, o.width, o.channels);
}

Outputs outputs(const Trained& trained, const image::Image& image) {
    image::LabelledImages one;
    image::add_values(one, image, "");
    const Dim first[] = {0};
    return trained.model(image::batch_of(one, first, trained.options.mean, trained.options.deviation));
}

std::string text_of(const image::Detection& d, const std::vector<std::string>& classes) {
    return fmt::format("{} {:.2f} at {:.0f} {:.0f} {:.0f} {:.0f}",
                       utf8::printable(classes[static_cast<std::size_t>(d.label)]), d.score, d.box.left, d.box.top,
                       d.box.right, d.box.bottom);
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const Trained trained = open(options.folder);
    const image::BoxedImages images =
        read_held_out(program::read_options<Options>(options.folder), trained.options, options.boxes);
    const image::CocoPrecision found = precision(trained.model, images);
    fmt::print("{} images: AP {:.3f}, at IoU .5 {:.3f}\n", images.size(), found.mean.ap, found.mean.ap50);
    const std::vector<std::string> classes = trained.options.class_names();
    for (std::size_t c = 0; c < classes.size(); ++c)
        if (const auto& of = found.classes[c])
            fmt::print("{:>16}: AP {:.3f}, at IoU .5 {:.3f}\n", utf8::printable(classes[c]), of->ap, of->ap50);
    return 0;
}

void PredictOptions::check() const {
    if (files.size() > 1 && !out.empty()) throw program::UsageError("--out is one PNG file; expected one image for it");
}

int predict(const PredictOptions& options) {
    const Trained trained = open(options.folder);
    nlohmann::json results = nlohmann::json::array();
    const int code = program::for_each_file("detect", options.files, [&](const std::string& file) {
        const image::Image image = read_fitting(trained.options, file);
        Found found = detections(outputs(trained, image), trained.options)[0];
        std::ranges::stable_sort(found, std::greater(), &image::Detection::score);
        std::erase_if(found, [&](const image::Detection& d) { return d.score < options.least; });
        for (const image::Detection& d : found) {
            fmt::print("{}: {}\n", file, text_of(d, trained.options.class_names()));
            results.push_back({{"file_name", file},
                               {"category_id", d.label + 1},
                               {"score", d.score},
                               {"bbox", {d.box.left, d.box.top, d.box.width(), d.box.height()}}});
        }
        if (found.empty()) fmt::print("{}: nothing found\n", file);
        if (options.out.empty()) return;
        const image::Image drawn = image::with_boxes(image, found, 4);
        io::write_atomically(options.out.string(),
                             io::bytes_of(training::png_of(drawn.height, drawn.width, 3, drawn.values)));
    });
    const std::string text = results.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (!options.json.empty()) io::write_atomically(options.json.string(), io::bytes_of(text));
    return code;
}

int attend(const program::AttendOptions& options) {
    const Trained trained = open(options.folder);
    const std::filesystem::path file = options.input;
    const image::Image image = read_fitting(trained.options, file.string());
    const Dim rows = trained.model.rows(), columns = trained.model.columns();
    const std::vector<std::string> patches = inspect::places(rows, columns);
    std::vector<std::string> queries;
    const Lenses lenses;
    const Found all = detections(outputs(trained, image), trained.options)[0];
    const auto below = [](const image::Detection& a, const image::Detection& b) { return a.score < b.score; };
    for (auto query = all.begin(); query != all.end(); query += trained.options.class_count())
        queries.push_back(text_of(*std::max_element(query, query + trained.options.class_count(), below),
                                  trained.options.class_names()));
    inspect::Page page =
        inspect::page_of(lenses, file.filename().string(),
                         {{.path = "cross", .queries = queries, .keys = patches, .from = "objects", .to = "patches"}});
    page.note = "what each object query looked at: its surest class, score and corners";
    page.image = {training::png_of(image.height, image.width, image.channels, image.values), rows, columns};
    page.layer = static_cast<Dim>(page.layers.size()) - 1;
    return write_attention(std::move(page), options);
}

}  // namespace heed::detect
