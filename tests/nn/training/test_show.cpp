// What a run writes for TensorBoard beside its curves.
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/show.hpp>
#include <heed/ops/attention/attention.hpp>
#include <heed/ops/attention/lens.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/layers.hpp>
#include <heed/tests/silent.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;

namespace {

std::string events_of(const TemporaryFolder& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        if (entry.path().filename().string().starts_with("events.")) return content_of(entry.path().string());
    return {};
}

// (b, 5, 4) -> a number, by attention of two heads.
struct Attending {
    nn::Params params{3};
    nn::Linear project{params / "project", 4, 8}, out{params / "out", 8, 1};
    nn::Adam adam{params, {.lr = 1e-2}};

    Var loss(Dim n) const {
        const Array x = noise({2, 5, 4}, static_cast<std::uint64_t>(n));
        const Var h = project(x);
        const Scope layer("attend");
        return mse_loss(out(attention(h, h, h, {.heads = 2})), sum(Var(x), {2}, keep_axis));
    }
    void run(const std::string& folder) {
        fit(
            {.folder = folder,
             .config = "{\"kind\": \"small\"}",
             .steps = 4,
             .evaluate_every = 2,
             .host = test::silent()},
            params, adam, [&](Dim n) { return Loss(loss(n)); },
            [&] {
                return Metrics{{"error", static_cast<double>(loss(9).item())}};
            });
    }
};

}  // namespace

TEST_CASE("show: a run's events hold its configuration, weights and attention, and none of that changes a bit",
          "[training]") {
    const TemporaryFolder folder;
    Attending with, without;
    with.run(folder.path());
    without.run("");
    for (std::size_t i = 0; i < with.params.list().size(); ++i)
        CHECK(elements(with.params.list()[i].value()) == elements(without.params.list()[i].value()));
    const std::string events = events_of(folder);
    for (const char* tag : {"config", "\"kind\": \"small\"", "weights/project.weight", "weights/out.bias",
                            "attention/attend", "eval/error"})
        CHECK_THAT(events, Containing(tag));
}

TEST_CASE("show: the attention shown is that of the first example of the batch", "[training]") {
    const Attending model;
    std::vector<inspect::Layer> layers;
    const double value =
        static_cast<double>(watched([&](Dim n) { return Loss(model.loss(n)); }, 7, {}, layers).value.item());
    CHECK(value == static_cast<double>(model.loss(7).item()));
    const Lenses lenses;
    model.loss(7);
    REQUIRE(layers.size() == 1);
    CHECK((layers[0].name == "attend" && layers[0].heads.size() == 2));
    const Array w = lenses["attend"].weights();
    for (Dim i = 0; i < 25; ++i)
        CHECK(layers[0].heads[1][static_cast<std::size_t>(i)] == static_cast<double>(w(0, 1, i / 5, i % 5)));

    watched([](Dim) { return Loss(Var(1)); }, 0, {}, layers);
    CHECK(layers.empty());
}

TEST_CASE("show: heads side by side, black where a layer attends most", "[training]") {
    const TemporaryFolder folder;
    inspect::Layer layer{.name = "first.attend", .queries = {"a"}, .keys = {"x", "y"}, .heads = {{1, 0}, {0.5, 0.25}}};
    {
        Events events(folder.path());
        show_attention(events, 3, {layer});
        events.close();
    }
    std::vector<std::uint8_t> row;  // 64 pixels a position, 2 between heads
    for (const int grey : {0, 255, 128, 128, 191})
        row.insert(row.end(), row.size() == 128 ? 2 : 64, static_cast<std::uint8_t>(grey));
    std::vector<std::uint8_t> pixels;
    for (int y = 0; y < 64; ++y) pixels.insert(pixels.end(), row.begin(), row.end());
    CHECK_THAT(events_of(folder), Containing("attention/first.attend"));
    CHECK_THAT(events_of(folder), Containing(png_of(64, 258, 1, pixels)));
}
