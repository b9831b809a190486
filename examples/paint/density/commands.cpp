// Training, measuring and using the model of how likely pictures are.
#include <algorithm>
#include <heed/examples/paint/density/commands.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::paint {
namespace {

image::LabelledImages read(const std::string& file, const DensityModelOptions& o) {
    return {o.height, o.width, 1, image::read_fitting_png(file, o.height, o.width, 1).values, {0}, {""}};
}

}  // namespace

int train_density(DensityOptions config, const program::Launch& launch) {
    return run<DensityModel>(config, launch, "bits", {"positions", "out", "start"});
}

int evaluate_density(const DensityEvalOptions& options) {
    const auto trained = program::open_model_or_best<DensityModel, DensityOptions>(options.folder);
    const Images dev = pictures_of<DensityOptions>(options.folder, trained.model).dev;
    const Dim n = options.count > 0 ? std::min(options.count, dev.size()) : dev.size();
    fmt::print("{} pictures held out: {:.3f} bits per dimension\n", n, measure(trained.model, dev, n));
    return program::exit_ok;
}

int predict_density(const DensityPredictOptions& options) {
    const auto trained = program::open_model_or_best<DensityModel, DensityOptions>(options.folder);
    return program::for_each_file("paint", options.files, [&](const std::string& file) {
        fmt::print("{}: {:.3f} bits per dimension\n", file, measure(trained.model, read(file, trained.options)));
    });
}

int attend_density(const program::AttendOptions& options) {
    const auto trained = program::open_model_or_best<DensityModel, DensityOptions>(options.folder);
    const DensityModelOptions& o = trained.options;
    const std::filesystem::path file = options.input;
    const image::LabelledImages one = read(file.string(), o);
    const Lenses lenses;
    const double bits = measure(trained.model, one);
    const std::vector<std::string> strips = inspect::places(o.height, o.width / o.strip);
    inspect::Page page = inspect::page_of(lenses, file.filename().string(),
                                          {{.queries = strips, .from = "strips", .to = "strips before"}});
    for (inspect::Layer& layer : page.layers)
        for (std::vector<double>& head : layer.heads)  // key i is strip i - 1, and the first one none
            for (auto row = head.begin(); row != head.end(); row += std::ssize(strips)) {
                *row = 0;
                std::rotate(row, row + 1, row + std::ssize(strips));
            }
    page.note = fmt::format("{:.2f} bits per dimension", bits);
    page.image = {training::png_of(o.height, o.width, 1, one.values), o.height, o.width / o.strip};
    page.layer = std::ssize(page.layers) - 1;
    return program::write_attention(std::move(page), options);
}

}  // namespace heed::paint
