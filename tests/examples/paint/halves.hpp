#pragma once
// Made-up pictures of two classes, to learn from in seconds, and models of them.
#include <filesystem>
#include <fmt/format.h>
#include <heed/examples/paint/density/commands.hpp>
#include <heed/examples/paint/flow/commands.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

namespace heed::paint {

// As the tests of runs call it.
inline int train(const FlowOptions& config, const program::Launch& launch) { return train_flow(config, launch); }
inline int train(const DensityOptions& config, const program::Launch& launch) { return train_density(config, launch); }

}  // namespace heed::paint

namespace heed::test {

template <class ModelOptions>
ModelOptions sizes_of_halves(Dim dim, Dim hidden) {
    ModelOptions o;
    o.height = o.width = 8, o.classes = R"(["left","right"])";
    o.dim = dim, o.layers = 1, o.heads = 2, o.hidden = hidden;
    return o;
}

// Pictures of 8 x 8 whose left or right half is bright, in folder/train and folder/dev.
inline void put_halves(const std::string& folder, int train, int dev) {
    for (const auto& [part, each] : {std::pair("train", train), {"dev", dev}}) {
        Draws random(Key{5, 0}, hash_text(part));
        for (const std::string side : {"left", "right"}) {
            std::filesystem::create_directories(fmt::format("{}/{}/{}", folder, part, side));
            for (int k = 0; k < each; ++k) {
                std::vector<std::uint8_t> values;
                const double bright = 150 + 100 * random.uniform();
                for (int i = 0; i < 64; ++i) {
                    const bool lit = (i % 8 < 4) == (side == "left");
                    values.push_back(static_cast<std::uint8_t>((lit ? bright : 10) + 5 * random.uniform()));
                }
                put(fmt::format("{}/{}/{}/{:03}.png", folder, part, side, k), training::png_of(8, 8, 1, values));
            }
        }
    }
}

}  // namespace heed::test
