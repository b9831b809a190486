// examples/detect as a whole: the model, its batches, a run that learns to find bright squares, and its use.
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/examples/detect/commands.hpp>
#include <heed/examples/detect/data.hpp>
#include <heed/examples/detect/train.hpp>
#include <heed/nn/data/image/scenes.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
#include <heed/tests/changed_data.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::detect;
using namespace heed::test;

namespace {

const ModelOptions small = [] {
    ModelOptions o;
    o.height = o.width = 32, o.classes = R"(["grey","red"])", o.object = 10;
    o.dim = 16, o.layers = o.decoder_layers = 1, o.heads = 2, o.hidden = 32, o.queries = 6;
    return o;
}();

// Images of 32 x 32 with a bright square, grey or red, on a dark ground, and the table of their boxes.
void put_squares(const std::string& folder, const std::string& name, int count) {
    Draws random(Key{3, 0}, hash_text(name));
    const auto below = [&](int n) { return static_cast<int>(n * random.uniform()); };
    std::string table;
    for (int k = 0; k < count; ++k) {
        std::vector<std::uint8_t> values(32 * 32 * 3);
        for (auto& value : values) value = static_cast<std::uint8_t>(below(60));
        const int size = 8 + below(6), left = below(32 - size), top = below(32 - size), red = below(2);
        for (int y = top; y < top + size; ++y)
            for (int x = left; x < left + size; ++x)
                for (int c = 0; c < 3; ++c)
                    values[static_cast<std::size_t>((y * 32 + x) * 3 + c)] = red && c > 0 ? 40 : 250;
        const std::string file = fmt::format("{}-{}.png", name, k);
        put(folder + "/" + file, training::png_of(32, 32, 3, values));
        table +=
            fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", file, red ? "red" : "grey", left, top, left + size, top + size);
    }
    put(folder + "/" + name + ".tsv", table);
}

Options squares(const std::string& folder, Dim steps) {
    Options config;
    config.data = folder, config.train = folder + "/train.tsv", config.val = folder + "/val.tsv", config.model = small;
    config.batch = 8, config.repeat = 2, config.lr = 5e-3, config.warmup = 20, config.ema = 0.95, config.steps = steps;
    return config;
}

}  // namespace

TEST_CASE("detect: the model's shapes, and what does not fit together", "[detect]") {
    const nn::Params params(1);
    const Model model(params, small);
    Tape tape;
    const Outputs out = model(randn({2, 32, 32, 3}, Key{1, 1}));
    CHECK((out.patches.logits.shape() == Shape{2, 16, 2} && out.patches.boxes.shape() == Shape{2, 16, 4}));
    REQUIRE(out.layers.size() == 1);
    CHECK((out.layers[0].logits.shape() == Shape{2, 6, 2} && out.layers[0].boxes.shape() == Shape{2, 6, 4}));
    tape.backward(loss(out, {{{{4, 4, 12, 12}, 1}}, {}}, small, 2));
    params.require_reached();
    const auto wrong = [](ModelOptions options) { return text_of([&] { Model(nn::Params(1), options); }); };
    ModelOptions o = small;
    o.height = 30;
    CHECK_THAT(wrong(o), StartsWith("detect: images of 32 x 30 are no whole number of patches of 8"));
    o = small, o.patch = 6;
    CHECK_THAT(wrong(o), StartsWith("detect: patches of 6 pixels; expected 2, 4, 8, ..."));
    o = small, o.queries = 17;
    CHECK_THAT(wrong(o), StartsWith("detect: 17 queries, more than the 16 patches"));
    o = small, o.classes = "";
    CHECK_THAT(wrong(o), StartsWith("detect: no classes"));
}

TEST_CASE("detect: a batch is a function of its number, and boxes move with the image", "[detect]") {
    const TemporaryFolder folder;
    put_squares(folder.path(), "train", 20), put_squares(folder.path(), "val", 4);
    Options config = squares(folder.path(), 1);
    const Data data = read_data(config);
    set_from_data(data, config);
    CHECK(config.model.class_names() == std::vector<std::string>{"grey", "red"});
    CHECK((config.model.object > 8 && config.model.object < 14));
    const Batches batches(data.train, config), again(data.train, config);
    for (const Dim n : {3, 0, 7}) {
        const Batch batch = *batches.at(n);
        CHECK(elements(batch.images) == elements(again.at(n)->images));
        CHECK(batch.boxes == again.at(n)->boxes);
    }
    CHECK(elements(batches.at(0)->images) != elements(batches.at(5)->images));
}

TEST_CASE("detect: scenes of small images", "[detect]") {
    image::LabelledImages pieces{4, 4, 1, std::vector<std::uint8_t>(32, 200), {1, 0}, {"a", "b"}};
    const image::BoxedImages scenes = image::make_scenes(pieces, 30, 1);
    CHECK((scenes.size() == 30 && scenes.images.height == 64 && scenes.boxes.size() == 30));
    CHECK(image::make_scenes(pieces, 30, 1).images.values == scenes.images.values);
    CHECK(image::make_scenes(pieces, 30, 2).images.values != scenes.images.values);
    for (std::size_t i = 0; i < 30; ++i) {
        CHECK((scenes.boxes[i].size() >= 1 && scenes.boxes[i].size() <= 4));
        for (const image::LabelledBox& b : scenes.boxes[i]) {
            const auto at = i * 4096 + static_cast<std::size_t>(b.box.top) * 64 + static_cast<std::size_t>(b.box.left);
            CHECK(scenes.images.values[at] == 200);
            CHECK((b.box.width() >= 2 && b.box.width() <= 6 && b.box.right <= 64));
        }
    }
    pieces.channels = 3;
    CHECK_THAT(error_of<RangeError>([&] { image::make_scenes(pieces, 1, 1); }),
               StartsWith("make_scenes: 2 images of 4 x 4 with 3 channels; expected grey ones of at most 48 x 48"));
}

TEST_CASE("detect: a run learns to find squares, and one that is stopped and resumed ends with the same bits",
          "[detect]") {
    const TemporaryFolder folder;
    put_squares(folder.path(), "train", 120), put_squares(folder.path(), "val", 24);
    const Options config = squares(folder.path(), 300);
    test::check_run(config, folder.path(), 0.4);

    CHECK(detect::evaluate({{folder / "whole"}}) == 0);
    CHECK(detect::evaluate({{folder / "whole"}, config.train}) == 0);
    put(folder / "other.tsv", "train-0.png\tblue\t1\t1\t9\t9\n");
    CHECK(error_of<FileError>([&] {
              detect::evaluate({{folder / "whole"}, folder / "other.tsv"});
          }) == folder / "other.tsv:1: 'blue' is no class of the model, which knows grey, red");

    const std::string good = folder / "val-0.png", bad = folder / "bad.png", json = folder / "found.json";
    CHECK(predict({{{folder / "whole"}, {good}}, folder / "seen.png", json}) == 0);
    const image::Image seen = image::read_png(folder / "seen.png", 3);
    CHECK((seen.height == 128 && seen.width == 128));
    const nlohmann::json found = nlohmann::json::parse(content_of(json));
    REQUIRE(found.size() >= 1);
    CHECK((found[0].at("bbox").size() == 4 && found[0].at("file_name") == good));
    put(bad, "none");
    CHECK(predict({{{folder / "whole"}, {bad, good}}}) == 65);
    CHECK_THAT(error_of<program::UsageError>([&] {
                   PredictOptions{{{folder / "whole"}, {good, good}}, "x.png"}.check();
               }),
               StartsWith("--out is one PNG file"));

    const program::AttendOptions attention{.folder = folder / "whole", .input = good, .html = folder / "page.html"};
    CHECK(attend(attention) == 0);
    const std::string page = content_of(folder / "page.html");
    for (const char* part : {"decoder.layers.0.cross", "row 4, column 4", "\"png\":\"iVBORw0KGgo", "val-0.png"})
        CHECK_THAT(page, Containing(part));
}

TEST_CASE("detect: a run whose images changed is refused, or continues", "[detect]") {
    const TemporaryFolder folder;
    put_squares(folder.path(), "train", 9), put_squares(folder.path(), "val", 4);
    const auto one_less = [&] {
        const std::string table = content_of(folder / "val.tsv");
        put(folder / "val.tsv", table.substr(table.find('\n') + 1));
    };
    CHECK(resume_with_changed_data(squares(folder.path(), 3), folder / "run", one_less,
                                   "since the run began: 3 images held out, 4 before.") == "");
    Options config = squares(folder.path(), 1);
    config.val = "";
    CHECK_THAT(error_of<program::UsageError>([&] { config.check(); }), StartsWith("--train and --val are given"));
}
