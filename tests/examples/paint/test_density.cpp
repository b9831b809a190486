// examples/paint density: nothing of a pixel is known before it, and a run learns how likely pictures are.
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/examples/paint/halves.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::paint;
using namespace heed::test;

namespace {

DensityModelOptions small() {
    auto o = sizes_of_halves<DensityModelOptions>(8, 16);
    o.strip = 2, o.reach = 2, o.inner = 16, o.parts = 2;
    return o;
}

}  // namespace

TEST_CASE("paint: the distribution of a pixel depends on the pixels before it alone", "[paint]") {
    const nn::Params params(1);
    const DensityModel model(params, small());
    const Array picture = randn({1, 8, 8, 1}, Key{1, 0}).value();
    const Array before = model(picture).value();
    CHECK(before.shape() == Shape{1, 64, 6});
    for (Dim changed = 0; changed < 64; ++changed) {
        Array other = picture;
        other.data()[changed] += 1;
        const Array after = model(other).value();
        Dim differ = 0;
        for (Dim pixel = 0; pixel < 64; ++pixel) {
            const bool same =
                std::equal(before.data() + pixel * 6, before.data() + pixel * 6 + 6, after.data() + pixel * 6);
            CHECK((same || pixel > changed));
            differ += !same;
        }
        CHECK((changed % 8 >= 6 || differ > 0));  // what follows in the line sees it
    }
    DensityModelOptions o = small();
    o.strip = 3;
    CHECK(text_of([&] { DensityModel(nn::Params(1), o); }) ==
          "paint: lines of 8 pixels are no whole number of strips of 3");
}

TEST_CASE("paint: all values that a pixel can have are as likely together as 1", "[paint]") {
    const nn::Params params(1);
    DensityModelOptions o = small();
    o.height = o.width = 2;
    const DensityModel model(params, o);
    // The last pixel of one picture in all its values; the other pixels take the same bits.
    image::LabelledImages pictures{2, 2, 1, {}, {}, {""}};
    for (int value = 0; value < 256; ++value) {
        pictures.values.insert(pictures.values.end(), {9, 200, 77, static_cast<std::uint8_t>(value)});
        pictures.labels.push_back(0);
    }
    double sum = 0, first = 0;
    for (Dim i = 0; i < 256; ++i) {
        const double bits = 4 * measure(model, Images(image::part_of(pictures, i, i + 1)));
        if (i == 0) {
            const Array parts = model(batch_of(pictures, std::vector<Dim>{0}, {}).images).value();
            const Var log_p = nn::logistic_mixture_log_p(slice(Var(parts), 1, 0, 3), array_of({1, 3}, {9, 200, 77}));
            first = -heed::sum(log_p).item() / std::log(2.0);
        }
        sum += std::exp2(first - bits);
    }
    CHECK(sum == Approx(1).epsilon(1e-4));
}

TEST_CASE("paint: a run learns how likely pictures are", "[paint]") {
    const TemporaryFolder folder;
    put_halves(folder.path(), 40, 12);
    DensityOptions config;
    config.data = folder.path(), config.model = small(), config.batch = 16, config.lr = 1e-2, config.warmup = 10;
    config.ema = 0.95, config.steps = 200;
    REQUIRE(train_density(config, {.folder = folder / "whole"}) == 0);
    const double bits = nlohmann::json::parse(content_of(folder / "whole/result.json")).at("value").get<double>();
    // Each pixel has five values around its half's brightness, 2.3 bits; who does not know that needs 6.7 for a bright
    // one, 4.5 in the mean.
    CHECK((bits > std::log2(5.0) && bits < 4));
    CHECK(best_of_stopped_run(config, folder / "stopped") == content_of(folder / "whole/best.safetensors"));

    CHECK(evaluate_density({{folder / "whole"}}) == 0);
    CHECK(evaluate_density({{folder / "whole"}, 5}) == 0);
    const std::string file = folder / "dev/left/000.png";
    put(folder / "bad.png", "none");
    CHECK(predict_density({{{folder / "whole"}, {file}}}) == 0);
    CHECK(predict_density({{{folder / "whole"}, {folder / "bad.png", file}}}) == 65);
    const program::AttendOptions attention{.folder = folder / "whole", .input = file, .html = folder / "page.html"};
    CHECK(attend_density(attention) == 0);
    const std::string page = content_of(folder / "page.html");
    for (const char* part : {"encoder.layers.0.attend", "row 8, column 4", "strips before", "bits per dimension"})
        CHECK_THAT(page, Containing(part));
}
