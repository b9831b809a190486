// examples/paint flow: the model, a run that learns which half is bright, and what is drawn.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/nn/data/image/sheet.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/changed_data.hpp>
#include <heed/tests/examples/paint/halves.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::paint;
using namespace heed::test;

namespace {

FlowModelOptions small() {
    auto o = sizes_of_halves<FlowModelOptions>(16, 32);
    o.patch = 4;
    return o;
}

FlowOptions halves(const std::string& folder, Dim steps) {
    FlowOptions config;
    config.data = folder, config.model = small(), config.batch = 32, config.lr = 1e-2, config.warmup = 10;
    config.ema = 0.95, config.steps = steps, config.eval_examples = 20;
    return config;
}

// The mean of the left half less that of the right one.
double lean(const image::Image& image) {
    double sum = 0;
    for (std::size_t i = 0; i < 64; ++i) sum += (i % 8 < 4 ? 1 : -1) * static_cast<double>(image.values[i]) / 32;
    return sum;
}

}  // namespace

TEST_CASE("paint: the flow's shapes, and what does not fit together", "[paint]") {
    const nn::Params params(1);
    const FlowModel model(params, small());
    CHECK((model.rows() == 2 && model.columns() == 2 && model.any() == 2));
    CHECK(model(randn({3, 8, 8, 1}, Key{1, 0}), full({3}, 0.5), Ints{0, 1, 2}).shape() == Shape{3, 8, 8, 1});
    Tape tape;
    const Batch batch{randn({2, 8, 8, 1}, Key{2, 0}).value(), Ints{0, 1}, Key{3, 0}};
    tape.backward(model.loss(batch));
    params.require_reached();
    const auto wrong = [](const FlowModelOptions& o) { return text_of([&] { FlowModel(nn::Params(1), o); }); };
    FlowModelOptions o = small();
    o.patch = 3;
    CHECK(wrong(o) == "paint: pictures of 8 x 8 are no whole number of patches of 3");
    o = small(), o.classes = "";
    CHECK(wrong(o) == "paint: no classes");
}

TEST_CASE("paint: a model that knows the picture is led to it by every number of steps", "[paint]") {
    // The weights are those at first, and the bias of the last layer alone says what the picture is.
    const nn::Params params(1);
    const FlowModel model(params, small());
    for (Dim i = 0; i < 16; ++i)
        model.out.bias.mutable_value("test").data()[i] = static_cast<Real>(0.1 * static_cast<double>(i) - 0.8);
    for (const Dim steps : {1, 3, 20}) {
        const Array drawn = painted(model, Ints{1}, {.steps = steps, .guidance = 3}).value();
        for (Dim y = 0; y < 8; ++y)
            for (Dim x = 0; x < 8; ++x)
                CHECK(drawn(0, y, x, 0) == Approx(static_cast<double>(y % 4 * 4 + x % 4) / 10 - 0.8).margin(1e-4));
    }
    // Half way it is half the noise.
    const Array noise = painted(model, Ints{1}, {}, 0, 0).value(), half = painted(model, Ints{1}, {}, 0, 0.5).value();
    CHECK(half(0, 0, 0, 0) == Approx(0.5 * static_cast<double>(noise(0, 0, 0, 0)) - 0.4).margin(1e-4));
    CHECK(elements(painted(model, Ints{1}, {.seed = 2}, 0, 0).value()) != elements(noise));
    CHECK(elements(painted(model, Ints{1}, {}, 1, 0).value()) != elements(noise));
}

TEST_CASE("paint: a run learns to draw, and one that is stopped and resumed ends with the same bits", "[paint]") {
    const TemporaryFolder folder;
    put_halves(folder.path(), 40, 12);
    const FlowOptions config = halves(folder.path(), 300);
    FlowOptions refused = config;
    refused.model.patch = 3;
    CHECK_THROWS_AS(train_flow(refused, {.folder = folder / "refused"}), RangeError);
    CHECK_FALSE(std::filesystem::exists(folder / "refused"));
    REQUIRE(train_flow(config, {.folder = folder / "whole"}) == 0);
    const double loss = nlohmann::json::parse(content_of(folder / "whole/result.json")).at("value").get<double>();
    CHECK(loss < 0.5);  // 2.6 at first
    CHECK(best_of_stopped_run(config, folder / "stopped") == content_of(folder / "whole/best.safetensors"));

    const FlowPredictOptions drawing{{folder / "whole"},   "left", 6, 3, {.steps = 10, .guidance = 1.5},
                                     folder / "sheet.png", true};
    CHECK(predict_flow(drawing) == 0);
    const image::Image sheet = image::read_png(folder / "sheet.png", 1);
    REQUIRE((sheet.height == 2 * (2 + 2 * 18) && sheet.width == 2 * (2 + 3 * 10)));
    for (Dim k = 0; k < 6; ++k) {  // each picture, and the one under it, which was learnt from
        image::Image two{16, 8, 1, {}};
        for (Dim i = 0; i < 128; ++i)
            two.values.push_back(sheet.values[static_cast<std::size_t>((4 + 36 * (k / 3) + 2 * (i / 8)) * sheet.width +
                                                                       4 + 20 * (k % 3) + 2 * (i % 8))]);
        CHECK(lean(two) > 100);
        two.values.erase(two.values.begin(), two.values.begin() + 64);
        CHECK(lean(two) > 100);
    }
    FlowPredictOptions other = drawing;
    other.name = "lefft", other.out = folder / "none.png";
    CHECK(error_of<program::UsageError>([&] { predict_flow(other); }) ==
          "the model knows no class 'lefft' (did you mean 'left'?); it knows left, right");
    other.folder = folder / "nowhere";
    CHECK_THAT(text_of([&] { predict_flow(other); }), StartsWith(folder / "nowhere"));
    CHECK_FALSE(std::filesystem::exists(folder / "none.png"));

    FlowAttendOptions attention;
    attention.folder = folder / "whole", attention.input = "right", attention.html = folder / "page.html";
    CHECK(attend_flow(attention) == 0);
    const std::string page = content_of(folder / "page.html");
    for (const char* part : {"encoder.layers.0.attend", "row 2, column 2 (", "% at the class", "\"png\":\"iVBORw0KGgo"})
        CHECK_THAT(page, Containing(part));

    patches::Options classes;
    classes.data = folder.path(), classes.steps = 60, classes.batch = 16, classes.augment.flip = false;
    classes.model.dim = 8, classes.model.layers = 1, classes.model.heads = 2, classes.model.hidden = 8;
    REQUIRE(patches::train(classes, {.folder = folder / "classes"}) == 0);
    CHECK(evaluate_flow({{folder / "whole"}, folder / "classes", 20, {.steps = 5}}) == 0);
    std::filesystem::create_directories(folder / "others");
    std::filesystem::rename(folder / "train", folder / "others/train"),
        std::filesystem::rename(folder / "dev", folder / "others/dev");
    for (const char* part : {"train", "dev"})
        std::filesystem::rename(folder / "others/" + part + "/left", folder / "others/" + part + "/middle");
    classes.data = folder / "others", classes.steps = 1;
    REQUIRE(patches::train(classes, {.folder = folder / "other-classes"}) == 0);
    CHECK(error_of<FileError>([&] {
              evaluate_flow({{folder / "whole"}, folder / "other-classes", 20, {}});
          }) == folder / "other-classes: knows the classes middle, right; expected left, right, which are drawn");
}

TEST_CASE("paint: a run whose pictures changed is refused, or continues", "[paint]") {
    const TemporaryFolder folder;
    put_halves(folder.path(), 20, 4);
    const auto one_less = [&] { std::filesystem::remove(folder / "dev/left/000.png"); };
    CHECK(resume_with_changed_data(halves(folder.path(), 3), folder / "run", one_less,
                                   "since the run began: 7 images held out, 8 before.") == "");
}
