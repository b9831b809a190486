// examples/patches as a whole: the model, its batches, a run on a folder of PNG files that is stopped and resumed, and
// its use.
#include <filesystem>
#include <png.h>
#include <fmt/format.h>
#include <heed/examples/patches/commands.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/changed_data.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::patches;
using namespace heed::test;

namespace {

const ModelOptions small = [] {
    ModelOptions o;
    o.height = o.width = 8, o.classes = R"(["a","b","c"])";
    o.dim = 8, o.layers = o.heads = 2, o.hidden = 16, o.dropout = 0;
    return o;
}();

// LabelledImages of 8 x 8 with a bright stripe across, down, or none, in folders of their kind.
void put_stripes(const std::string& folder, int each) {
    Draws random(Key{3, 0}, hash_text(folder));
    for (const char* kind : {"across", "down", "none"}) {
        std::filesystem::create_directories(folder + "/" + kind);
        for (int k = 0; k < each; ++k) {
            std::vector<std::uint8_t> values(64);
            for (auto& value : values) value = static_cast<std::uint8_t>(80 * random.uniform());
            const auto position = static_cast<std::size_t>(8 * random.uniform());
            for (std::size_t i = 0; i < 8; ++i) {
                if (kind[0] == 'a') values[position * 8 + i] = 250;
                if (kind[0] == 'd') values[i * 8 + position] = 250;
            }
            ::png_image image = {};
            image.version = PNG_IMAGE_VERSION, image.format = PNG_FORMAT_GRAY, image.width = image.height = 8;
            REQUIRE(::png_image_write_to_file(&image, fmt::format("{}/{}/{:03}.png", folder, kind, k).c_str(), 0,
                                              values.data(), 0, nullptr));
        }
    }
}

Options stripes(const std::string& data, Dim steps) {
    Options config;
    config.data = data, config.model = small, config.batch = 16, config.lr = 1e-2, config.warmup = 10, config.ema = 0.9,
    config.steps = steps;
    config.augment = {.shift = 0, .flip = true, .erase = 0.2};
    return config;
}

}  // namespace

TEST_CASE("patches: the model's shapes, and what does not fit together", "[patches]") {
    for (const bool convolutions : {true, false}) {
        ModelOptions options = small;
        options.convolutions = convolutions, options.offsets = true;
        const nn::Params params(1);
        const Model model(params, options);
        CHECK(model(filled({5, 8, 8, 1}, 1)).shape() == Shape{5, 3});
        Tape tape;
        tape.backward(sum(square(model(filled({2, 8, 8, 1}, 1)))));
        params.require_reached();
    }
    const auto wrong = [](const ModelOptions& options) { return text_of([&] { Model(nn::Params(1), options); }); };
    ModelOptions o;
    o.height = 30;
    CHECK_THAT(wrong(o), StartsWith("patches: images of 28 x 30 are no whole number of patches of 4"));
    o = {}, o.patch = 7;
    CHECK_THAT(wrong(o), StartsWith("patches: convolutions need patches of 2, 4, 8, ... pixels, not 7"));
    o.classes = R"(["a","b"])", o.convolutions = false, o.dim = o.hidden = 8;
    CHECK(wrong(o).empty());
    o = {}, o.classes = R"(["a"])";
    CHECK_THAT(wrong(o), StartsWith("patches: 1 classes; expected at least 2"));
}

TEST_CASE("patches: a batch is a function of its number", "[patches]") {
    const TemporaryFolder folder;
    put_stripes(folder / "train", 10);
    put_stripes(folder / "dev", 2);
    Options config = stripes(folder.path(), 1);
    const models::ImageData data = models::read_images(config.source(), {});
    config.model.set_from_data(data.train.kind, data.train.moments());
    CHECK(config.model.class_count() == 3);
    CHECK(config.model.class_names() == std::vector<std::string>{"across", "down", "none"});
    const Batches batches(data.train, config), again(data.train, config);
    CHECK(batches.per_epoch() == 2);
    std::vector<int> seen(3);
    for (const Dim n : {3, 0, 1, 3}) {
        const Batch batch = *batches.at(n);
        CHECK(elements(batch.images) == elements(again.at(n)->images));
        if (n < 2)
            for (const std::int64_t label : batch.labels.storage()) ++seen[static_cast<std::size_t>(label)];
    }
    CHECK(seen == std::vector<int>{10, 10, 10});
    CHECK(elements(batches.at(0)->images) != elements(batches.at(2)->images));
}

TEST_CASE("patches: prepared images are those in memory, until they change", "[patches]") {
    const TemporaryFolder folder;
    put_stripes(folder / "train", 4);
    put_stripes(folder / "dev", 2);
    Options config = stripes(folder.path(), 1);
    const std::filesystem::path kept = folder / "kept", image = folder / "train/down/001.png";
    const auto check = [&](std::ptrdiff_t files) {
        const models::ImageData memory = models::read_images(config.source(), {}),
                                mapped = models::read_images(config.source(), {.prepared = kept});
        CHECK(models::examples_of(memory.train) == models::examples_of(mapped.train));
        CHECK(models::examples_of(memory.dev) == models::examples_of(mapped.dev));
        config.model.set_from_data(memory.train.kind, memory.train.moments());
        const double mean = config.model.mean, deviation = config.model.deviation;
        config.model.set_from_data(mapped.train.kind, mapped.train.moments());
        CHECK((config.model.mean == mean && config.model.deviation == deviation));
        const image::LabelledImages all = image::read_class_folders(folder / "train");
        const image::Moments moments = image::moments_of(all);
        CHECK((moments.mean == mean && moments.deviation == deviation));
        const std::vector<Dim> which{7, 0, 11};
        CHECK(elements(mapped.train.batch(which, mean, deviation)) ==
              elements(image::batch_of(all, which, mean, deviation)));
        for (Dim i = 0; i < 12; ++i) CHECK(mapped.train.label(i) == all.labels[static_cast<std::size_t>(i)]);
        CHECK(std::distance(std::filesystem::directory_iterator(kept), {}) == files);
    };
    check(2);
    check(2);
    std::filesystem::last_write_time(image, std::filesystem::file_time_type::clock::now());
    check(2);
    std::filesystem::copy_file(folder / "train/across/001.png", image,
                               std::filesystem::copy_options::overwrite_existing);
    check(3);
}

TEST_CASE("patches: a run learns, and one that is stopped and resumed ends with the same bits", "[patches]") {
    const TemporaryFolder folder;
    put_stripes(folder / "data/train", 60);
    put_stripes(folder / "data/dev", 20);
    put_stripes(folder / "data/test", 20);
    const Options config = stripes(folder / "data", 150);
    test::check_run(config, folder.path(), 0.8);  // guessing gives a third

    CHECK(patches::evaluate({{folder / "whole"}, false}) == 0);
    CHECK(patches::evaluate({{folder / "whole"}, true}) == 0);
    std::filesystem::remove_all(folder / "data/test/down");  // and its column stays at its position
    CHECK(patches::evaluate({{folder / "whole"}, true}) == 0);
    std::filesystem::rename(folder / "data/test/across", folder / "data/test/sideways");
    CHECK(error_of<FileError>([&] {
              patches::evaluate({{folder / "whole"}, true});
          }) == folder / "data/test/sideways: is no class of the model, which knows across, down, none");
    const std::string good = folder / "data/dev/down/000.png", bad = folder / "data/bad.png";
    CHECK(predict({{{folder / "whole"}, {good}}, folder / "seen"}) == 0);
    const image::Image seen = image::read_png(folder / "seen/000.png", 3);
    CHECK((seen.height == 96 && seen.width == 96));
    put(bad, "none");
    CHECK(predict({{{folder / "whole"}, {bad, good}}}) == 65);

    program::AttendOptions attention{.folder = folder / "whole",
                                     .input = good,
                                     .html = folder / "page.html",
                                     .svg = folder / "page.svg"};
    CHECK(attend(attention) == 0);
    const std::string page = content_of(folder / "page.html");
    for (const char* part :
         {"encoder.layers.1.attend", "roll-out", "row 2, column 2", "\"png\":\"iVBORw0KGgo", "000.png"})
        CHECK_THAT(page, Containing(part));
    CHECK_THAT(content_of(folder / "page.svg"),
               Containing("attention of the patches over the patches, in percent: roll-out"));
    attention.input = bad;
    CHECK_THAT(error_of<FileError>([&] { attend(attention); }), StartsWith(bad + ": cannot be read as PNG"));
    attention.input = good, attention.layer = "encoder";
    CHECK_THAT(error_of<program::UsageError>([&] { attend(attention); }),
               StartsWith("--layer 'encoder': there are encoder.layers.0.attend, encoder.layers.1.attend, roll-out"));
    attention.layer = "encoder.layers.1.attend", attention.head = 2;
    CHECK_THAT(error_of<program::UsageError>([&] { attend(attention); }),
               StartsWith("--head 2: layer encoder.layers.1.attend has 2, counted from 0"));
}

TEST_CASE(
    "patches: a run whose images changed is refused, or continues with the classes, mean and deviation that it began "
    "with",
    "[patches]") {
    const TemporaryFolder folder;
    put_stripes(folder / "data/train", 6);
    put_stripes(folder / "data/dev", 4);
    const Options config = stripes(folder / "data", 3);
    const auto copy = [&](const std::string& from, const std::string& to) {
        std::filesystem::copy_file(folder / ("data/" + from), folder / ("data/" + to));
    };
    const auto two_more = [&] {
        copy("train/none/000.png", "train/none/100.png"), copy("train/down/001.png", "dev/down/100.png");
    };
    CHECK(resume_with_changed_data(config, folder / "run", two_more,
                                   "since the run began: 19 images to train on, 18 before; "
                                   "13 images held out, 12 before.") == "");
    Options anew = config, kept = program::read_options<Options>(folder / "run");
    const models::PreparedImages train = models::read_images(anew.source(), {}).train;
    anew.model.set_from_data(train.kind, train.moments());
    CHECK(kept.model.mean != anew.model.mean);
    CHECK(content_of(folder / "run/result.json").find("\"steps\": 5") != std::string::npos);
}

TEST_CASE("patches: data that does not fit is refused by name", "[patches]") {
    const TemporaryFolder folder;
    put_stripes(folder / "train", 2);
    put_stripes(folder / "dev", 2);
    std::filesystem::rename(folder / "dev/down", folder / "dev/other");
    CHECK(text_of([&] { models::read_images(stripes(folder.path(), 1).source(), {}); }) ==
          (folder / "dev/other") + ": is no class of the model, which knows across, down, none");
    Options config;
    config.dev = 60000;
    if (std::filesystem::exists(config.data))
        CHECK_THAT(text_of([&] { models::read_images(config.source(), {.prepared = folder / "prepared"}); }),
                   Containing("has 60000 images to train on; 60000 are to be kept back"));
}
