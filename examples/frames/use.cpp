#include <fmt/format.h>
#include <fmt/ranges.h>
#include <heed/core/io/file.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/frames/sound.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/examples/frames/use.hpp>
#include <heed/nn/inspect/page_of.hpp>

namespace heed::frames {
namespace {

// A model as training left it.
struct Trained {
    Config config;
    nn::Params params{0};
    Model model;
    explicit Trained(const std::filesystem::path& folder)
        : config(examples::read_config<Config>(folder)), model(params, config.model) {
        training::load_best(folder, params);
    }
};

// "7 98.2 % 3 1.1 % 0 0.2 %"
std::string said_of(const Model& model, const Batch& batch) {
    const Ordered best = topk(softmax(model(batch.features, batch.lengths)), 3);
    std::vector<std::string> words;
    for (Dim k = 0; k < 3; ++k) words.push_back(fmt::format("{} {:.1f} %", best.indices(0, k), 100 * static_cast<double>(best.values.value()(0, k))));
    return fmt::format("{}", fmt::join(words, " "));
}

}  // namespace

int evaluate(const std::filesystem::path& folder) {
    const Trained trained(folder);
    const Data data = read_data(trained.config);
    fmt::print("{} dev recordings: {:.2f} % right\n", data.dev.size(), 100 * accuracy(trained.model, data.dev, trained.config));
    return 0;
}

int predict(const std::filesystem::path& folder, const std::vector<std::string>& files) {
    const Trained trained(folder);
    Batcher batcher(trained.config);
    int code = examples::exit_ok;
    for (const std::string& file : files) {
        try {
            const Spoken clip{load_clip(file), 0};
            fmt::print("{}: {}\n", file, said_of(trained.model, batcher.of({&clip})));
        } catch (const IoError&) {
            throw;
        } catch (const FileError& e) {
            fmt::print(stderr, "frames: error: {}\n", e.what());
            code = examples::exit_bad_input;
        }
    }
    return code;
}

int attend(const examples::AttendOptions& options) {
    const Trained trained(options.folder);
    const Spoken clip{load_clip(options.input), 0};
    Batcher batcher(trained.config);
    const Batch batch = batcher.of({&clip});
    const Lenses lenses;
    std::string said = said_of(trained.model, batch);
    inspect::Page page = inspect::page_of(lenses, std::filesystem::path(options.input).filename().string());
    page.note = std::move(said);
    put_under(page, batch.features, clip.samples, rate, trained.config.mel().step, Model::frames_a_step);
    return write_attention(std::move(page), options);
}

}  // namespace heed::frames
