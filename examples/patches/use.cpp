#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/examples/patches/data.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/examples/patches/use.hpp>
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
        fmt::print(" {:>6.1f} %\n", 100.0 * static_cast<double>(counts(row, row)) / static_cast<double>(std::max<std::int64_t>(all, 1)));
    }
}

image::Image read_fitting(const Trained& trained, const std::string& file) {
    const ModelOptions& o = trained.options;
    image::Image picture = image::read_png(file, o.channels);
    if (picture.height != o.height || picture.width != o.width)
        throw FileError(fmt::format("{}: has {} x {} pixels; the model takes {} x {}", file, picture.width, picture.height, o.width, o.height));
    return picture;
}

// The classes that are most probable, in words.
std::string said_of(const Trained& trained, const image::Image& picture) {
    const image::LabelledImages one{picture.height, picture.width, picture.channels, picture.values, {0}, {}};
    const Dim first[] = {0};
    const Var logits = trained.model(image::batch_of(one, first, trained.options.mean, trained.options.deviation));
    const Ordered best = topk(softmax(logits), std::min<Dim>(3, trained.options.class_count()));
    const std::vector<std::string> classes = trained.options.class_names();
    std::vector<std::string> words;
    for (Dim k = 0; k < best.values.dim(1); ++k)
        words.push_back(fmt::format("{} {:.1f} %", utf8::printable(classes[static_cast<std::size_t>(best.indices(0, k))]),
                                    100 * static_cast<double>(best.values.value()(0, k))));
    return fmt::format("{}", fmt::join(words, " "));
}

// Every attention of the model on a picture, and at the end their roll-out.
inspect::Page looked_at(const Trained& trained, const image::Image& picture, const std::string& name) {
    const Dim rows = trained.model.rows(), columns = trained.model.columns();
    std::vector<std::string> patches;
    for (Dim i = 0; i < rows * columns; ++i) patches.push_back(fmt::format("row {}, column {}", i / columns + 1, i % columns + 1));
    const Lenses lenses;
    std::string said = said_of(trained, picture);
    inspect::Page page = inspect::page_of(lenses, name, {{.queries = patches, .from = "patches", .to = "patches"}});
    page.note = std::move(said);
    page.picture = {training::png_of(picture.height, picture.width, picture.channels, picture.values), rows, columns};
    page.layers.push_back(inspect::roll_out(page.layers));
    page.layer = static_cast<Dim>(page.layers.size()) - 1;
    return page;
}

void predict_one(const Trained& trained, const std::string& file, const std::filesystem::path& attend) {
    const image::Image picture = read_fitting(trained, file);
    fmt::print("{}: {}\n", file, said_of(trained, picture));
    if (attend.empty()) return;
    const std::filesystem::path name = std::filesystem::path(file).filename();
    const inspect::Layer flow = looked_at(trained, picture, name.string()).layers.back();
    const image::Image drawn = drawn_over(picture,
                                  inspect::received(flow.heads[0], flow.keys.size()), trained.model.rows(), trained.model.columns(), 12);
    io::write_atomically((attend / name).string(), io::bytes_of(training::png_of(drawn.height, drawn.width, 3, drawn.values)));
}

}  // namespace

int evaluate(const EvalOptions& options) {
    const Trained trained = open(options.folder);
    auto config = program::read_options<Options>(options.folder);
    config.model = trained.options;
    const image::LabelledImages pictures = read_held_out(config, options.test, program::RunData::of(options.folder).cut());
    const Ints counts = confusion(trained.model, pictures);
    fmt::print("{} {} pictures: {:.2f} % right\n", pictures.size(), options.test ? "test" : "dev", 100 * accuracy(counts));
    print_confusion(counts, trained.options.class_names());
    return 0;
}

int predict(const PredictOptions& options) {
    const Trained trained = open(options.folder);
    std::error_code error;
    if (!options.attend.empty()) std::filesystem::create_directories(options.attend, error);
    if (error) throw IoError(fmt::format("{}: the folder cannot be made: {}", options.attend.string(), error.message()));
    int code = program::exit_ok;
    for (const std::string& file : options.files) {
        try {
            predict_one(trained, file, options.attend);
        } catch (const IoError&) {
            throw;
        } catch (const FileError& e) {
            fmt::print(stderr, "patches: error: {}\n", e.what());
            code = program::exit_bad_input;
        }
    }
    return code;
}

int attend(const AttendOptions& options) {
    const Trained trained = open(options.folder);
    const std::filesystem::path file = options.input;
    return write_attention(looked_at(trained, read_fitting(trained, file.string()), file.filename().string()), options);
}

image::Image drawn_over(const image::Image& picture, const std::vector<double>& weights, Dim rows, Dim columns, Dim scale) {
    image::Image drawn{picture.height * scale, picture.width * scale, 3, {}};
    drawn.values.reserve(static_cast<std::size_t>(drawn.height * drawn.width * 3));
    const double most = std::max(1e-12, *std::ranges::max_element(weights));
    for (Dim y = 0; y < drawn.height; ++y) {
        for (Dim x = 0; x < drawn.width; ++x) {
            const double red = 0.6 * weights[static_cast<std::size_t>(y * rows / drawn.height * columns + x * columns / drawn.width)] / most;
            for (Dim c = 0; c < 3; ++c) {
                const Dim from = (y / scale * picture.width + x / scale) * picture.channels + (picture.channels == 3 ? c : 0);
                const double value = picture.values[static_cast<std::size_t>(from)];
                drawn.values.push_back(static_cast<std::uint8_t>((1 - red) * value + (c == 0 ? red * 255 : 0)));
            }
        }
    }
    return drawn;
}

}  // namespace heed::patches
