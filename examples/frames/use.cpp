#include <fmt/format.h>
#include <heed/core/io/file.hpp>
#include <heed/examples/common/exit_code.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/examples/frames/use.hpp>

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
            const Batch batch = batcher.of({&clip});
            const Ordered best = topk(softmax(trained.model(batch.features, batch.lengths)), 3);
            fmt::print("{}:", file);
            for (Dim k = 0; k < 3; ++k) fmt::print(" {} {:.1f} %", best.indices(0, k), 100 * static_cast<double>(best.values.value()(0, k)));
            fmt::print("\n");
        } catch (const IoError&) {
            throw;
        } catch (const FileError& e) {
            fmt::print(stderr, "frames: error: {}\n", e.what());
            code = examples::exit_bad_input;
        }
    }
    return code;
}

}  // namespace heed::frames
