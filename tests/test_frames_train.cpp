// examples/frames as a whole: the model, its batches, a run on tones that is stopped and resumed, and its use.
#include <cmath>
#include <filesystem>
#include <numbers>
#include <sndfile.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/examples/frames/use.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::frames;
using namespace heed::test;

namespace {

// Ten "digits", each silence and then a tone of its own (what stays the same all along is taken out with each band's mean), by two speakers
// of whom one speaks a little higher.
void put_tones(const std::string& folder, int each) {
    std::filesystem::create_directories(folder + "/recordings");
    for (int digit = 0; digit < 10; ++digit) {
        for (const char* speaker : {"low", "high"}) {
            for (int k = 0; k < each; ++k) {
                std::vector<float> samples(1600 + static_cast<std::size_t>(80 * k));
                const double hertz = 300 * std::pow(1.25, digit) * (speaker[0] == 'h' ? 1.05 : 1);
                for (std::size_t i = samples.size() / 2; i < samples.size(); ++i)
                    samples[i] = static_cast<float>(0.3 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
                ::SF_INFO info = {};
                info.samplerate = rate, info.channels = 1, info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
                ::SNDFILE* file = ::sf_open(fmt::format("{}/recordings/{}_{}_{}.wav", folder, digit, speaker, k).c_str(), SFM_WRITE, &info);
                REQUIRE(file != nullptr);
                ::sf_write_float(file, samples.data(), static_cast<::sf_count_t>(samples.size()));
                ::sf_close(file);
            }
        }
    }
}

Config tones(const std::string& data, Dim steps) {
    Config config;
    config.data = data, config.dev_index = 4, config.batch = 20, config.lr = 1e-2, config.warmup = 5, config.ema = 0.8, config.steps = steps;
    config.speed = 0.02, config.bands = 2, config.frames = 3;
    config.model = {.bands = 20, .dim = 16, .layers = 1, .heads = 2, .hidden = 16, .longest = 40, .dropout = 0};
    return config;
}

}  // namespace

TEST_CASE("frames: what stands behind a clip changes nothing", "[frames]") {
    const nn::Params params(1);
    const Model model(params, {.bands = 6, .classes = 4, .dim = 8, .layers = 2, .heads = 2, .hidden = 8});
    Array x = Array::from_shape({1, 7, 6}), longer = filled({1, 12, 6}, 0);
    const RandomStream random(Key{1, 2}, 3);
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = longer.data()[i] = static_cast<Real>(random.normal(static_cast<std::uint64_t>(i)));
    const Ints seven(Shape{1}, 7);
    const std::vector<double> alone = numbers(model(x, seven).value()), padded = numbers(model(longer, seven).value());
    for (std::size_t i = 0; i < alone.size(); ++i) CHECK(padded[i] == Approx(alone[i]).epsilon(1e-4).margin(1e-5));
    Tape tape;
    tape.backward(sum(square(model(x, seven))));
    params.require_reached();
}

TEST_CASE("frames: batches depend on their stream alone", "[frames]") {
    Config config = tones("", 1);
    config.speed = 0.2;
    std::vector<Spoken> clips(2);
    clips[0] = {std::vector<float>(1600, 0.5f), 3};
    clips[1] = {std::vector<float>(8000, 0.1f), 7};
    for (std::size_t i = 0; i < 1600; ++i) clips[0].samples[i] = static_cast<float>(std::sin(0.5 * static_cast<double>(i)));
    const std::vector<const Spoken*> both = {&clips[0], &clips[1]};
    Batcher batcher(config), again(config);
    const Batch plain = batcher.of(both);
    CHECK(plain.features.shape() == Shape{2, 40, 20});  // no more frames than the model takes
    CHECK((plain.lengths(0) == 18 && plain.lengths(1) == 40));
    CHECK((plain.digits(0) == 3 && plain.digits(1) == 7));
    for (Dim t = 18; t < 40; ++t) CHECK(plain.features(0, t, 5) == 0);
    const RandomStream first(Key{1, 0}, 9), second(Key{1, 1}, 9);
    const std::vector<double> changed = numbers(batcher.of(both, &first).features);
    CHECK(changed == numbers(again.of(both, &first).features));
    CHECK(changed != numbers(again.of(both, &second).features));
}

TEST_CASE("frames: a run learns, and one that is stopped and resumed ends with the same bits", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder / "data", 6);
    const Config config = tones(folder / "data", 80);
    REQUIRE(train(config, {.folder = folder / "whole"}) == 0);
    const std::string whole = content_of(folder / "whole/best.safetensors");
    const double reached = nlohmann::json::parse(content_of(folder / "whole/result.json")).at("value");
    CHECK(reached > 0.8);  // guessing gives a tenth

    CHECK(best_of_stopped_run(config, folder / "stopped") == whole);

    CHECK(frames::evaluate(folder / "whole") == 0);
    put(folder / "bad.wav", "none");
    examples::AttendOptions attention{.folder = folder / "whole", .input = folder / "data/recordings/3_low_0.wav", .html = folder / "page.html"};
    CHECK(attend(attention) == 0);
    for (const char* part : {"3_low_0.wav", "\"0.02 s\"", "\"wav\":\"UklGR", "\"spectrogram\":\"iVBORw0KGgo", "\"steps\":"})
        CHECK_THAT(content_of(folder / "page.html"), Containing(part));
    attention.input = folder / "bad.wav";
    CHECK_THAT(error_of<FileError>([&] { attend(attention); }), StartsWith(folder / "bad.wav: cannot be read as sound"));
    CHECK(predict(folder / "whole", {folder / "data/recordings/3_low_0.wav"}) == 0);
    CHECK(predict(folder / "whole", {folder / "bad.wav", folder / "data/recordings/3_low_0.wav"}) == 65);
}

TEST_CASE("frames: a speaker is left out, and one that there is none of is refused", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder.path(), 2);
    Config config = tones(folder.path(), 1);
    config.leave = "high";
    const Data data = read_data(config);
    CHECK((data.train.size() == 20 && data.dev.size() == 20));
    config.leave = "nobody";
    CHECK_THAT(text_of([&] { read_data(config); }), Containing("holds no recordings of speaker 'nobody' to measure by"));
    config.leave = "";
    config.dev_index = 0;
    CHECK_THAT(text_of([&] { read_data(config); }), Containing("none to learn from"));
}
