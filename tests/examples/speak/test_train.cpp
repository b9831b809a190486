// examples/speak as a whole: a voice with a tone for each letter is learnt, by runs that are stopped and resumed, and
// used.
#include <cmath>
#include <filesystem>
#include <numbers>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/examples/speak/commands.hpp>
#include <heed/examples/speak/data.hpp>
#include <heed/examples/speak/train.hpp>
#include <heed/examples/speak/voice.hpp>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/wav.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/tests/changed_data.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::speak;

namespace {

constexpr std::string_view alphabet = "abcd";

// A tone of 75 ms, or of 150 ms for d, between silences.
std::vector<float> tones_of(std::string_view text) {
    std::vector<float> samples(800, 0);
    for (const char c : text) {
        const auto which = static_cast<double>(alphabet.find(c));
        const std::size_t n = c == 'd' ? 1200 : 600;
        for (std::size_t i = 0; i < n; ++i)
            samples.push_back(static_cast<float>(
                0.4 * std::sin(2 * std::numbers::pi * 300 * std::pow(1.7, which) * static_cast<double>(i) / rate)));
    }
    samples.resize(samples.size() + 800, 0);
    return samples;
}

Options voice_in(const std::string& folder, Dim steps) {
    std::filesystem::create_directories(folder);
    std::string transcript;
    const RandomStream random(Key{1, 2}, 3);
    for (std::uint64_t i = 0; i < 40; ++i) {
        std::string text;
        for (std::uint64_t k = 0; k < 3 + random.bits(8 * i) % 4; ++k) text += alphabet[random.bits(8 * i + k + 1) % 4];
        transcript += fmt::format("{}: {}\n", i, text);
        put(fmt::format("{}/{}.wav", folder, i), audio::wav_of(tones_of(text), rate));
    }
    put(folder + "/prompts.txt", transcript);
    Options config;
    config.data = folder, config.transcript = folder + "/prompts.txt";
    config.model = {.bands = 24, .dim = 16, .layers = 1, .heads = 2, .hidden = 16, .blocks = 1, .dropout = 0};
    config.batch = 12, config.lr = 2e-2, config.warmup = 5, config.ema = 0.9, config.steps = steps,
    config.eval_examples = 2;
    return config;
}

std::string speak_error(const PredictOptions& options) {
    return error_of<program::InputError>([&] { predict(options); });
}

}  // namespace

TEST_CASE("speak: padding changes nothing, and each parameter is reached", "[speak]") {
    const TemporaryFolder folder;
    const Options config = voice_in(folder / "data", 1);
    const frames::Data data = read_data(config, {}, program::RunData({}));
    ModelOptions options = config.model;
    const std::vector<Example> examples = examples_of(data.train, options);
    REQUIRE(examples.size() == 36);  // each tenth is held out
    options.mean = scale_of(examples).at(0), options.deviation = scale_of(examples).at(1);
    const nn::Params params(1);
    const Model model(params, options);
    const Batch both = batch_of(examples, {0, 1}, options);
    Dim letters = 0, frames = 0;
    for (const std::size_t i : {0u, 1u}) {
        const Batch one = batch_of(examples, {i}, options);
        const Encoded alone = model.encode(one.letters, one.letter_counts),
                      beside = model.encode(both.letters, both.letter_counts);
        const Ints durations = model.align(alone, one), together = model.align(beside, both);
        const auto row = static_cast<Dim>(i);
        for (Dim k = 0; k < one.letter_counts(0); ++k) CHECK(durations(0, k) == together(row, k));
        const Var x = model.decode(alone, durations), y = model.decode(beside, together);
        for (Dim t = 0; t < x.dim(1); ++t)
            for (Dim band = 0; band < options.bands; ++band)
                CHECK(static_cast<double>(x.value()(0, t, band)) ==
                      Approx(static_cast<double>(y.value()(row, t, band))).margin(1e-4));
        letters += one.letter_counts(0), frames += one.frame_counts(0);
    }
    CHECK(frames > letters);
    Tape tape;
    tape.backward(model.loss(both));
    params.require_reached();
}

TEST_CASE("speak: a run learns, and one that is stopped and resumed ends with the same bits", "[speak]") {
    const TemporaryFolder folder;
    const Options config = voice_in(folder / "data", 120);
    test::check_run(config, folder.path(), 0);
    const nlohmann::json result = nlohmann::json::parse(content_of(folder / "whole/result.json"));
    CHECK(result.at("metric") == "mcd");
    const auto trained = training::open_model<Model>(folder / "whole");
    const nn::Params untrained_params(5);
    const frames::Data data = read_data(config, {}, program::RunData::of(folder / "whole"));
    REQUIRE(data.dev.size() == 4);
    CHECK(result.at("value").get<double>() == Approx(distortion(trained.model, data.dev)));
    CHECK(distortion(trained.model, data.dev) < 0.6 * distortion(Model(untrained_params, trained.options), data.dev));
    for (int i = 1; i <= 3; ++i)
        CHECK(audio::read_audio(folder / fmt::format("whole/held-out-{}.wav", i)).rate == rate);
    CHECK_FALSE(std::filesystem::exists(folder / "whole/held-out-4.wav"));
    CHECK(speak::evaluate({{.folder = folder / "whole"}}) == 0);

    // The long tone is learnt to be longer, and a faster voice takes less time.
    const auto frames_of = [&](std::string_view text, double speed) {
        return trained.model.speak(text, speed).features.shape()[0];
    };
    CHECK(frames_of("dadad", 1) > frames_of("abcbc", 1) + 6);
    CHECK(10 * frames_of("dadad", 2) < 7 * frames_of("dadad", 1));

    PredictOptions say{{.folder = folder / "whole"}, "abcd", folder / "say.wav", folder / "say.png"};
    CHECK(predict(say) == 0);
    CHECK(audio::read_audio(folder / "say.wav").samples.size() > 1600);
    CHECK_THAT(content_of(folder / "say.png"), Containing("PNG"));
    say.out = folder / "not there/say.wav", say.alignment.clear();
    CHECK_THAT(text_of([&] { predict(say); }), Containing("say.wav"));
    say.out = folder / "nothing.wav";
    for (const char* text : {"", "caf\xc3\xa9"}) {
        say.text = text;
        CHECK(speak_error(say) != "no error");
    }
    CHECK_FALSE(std::filesystem::exists(folder / "nothing.wav"));

    const program::AttendOptions attention{.folder = folder / "whole", .input = "a d", .html = folder / "page.html"};
    CHECK(attend(attention) == 0);
    for (const char* part : {"\"begin\"", "\"a\"", "\"letters\""})
        CHECK_THAT(content_of(folder / "page.html"), Containing(part));
}

TEST_CASE("speak: recordings that are too short for their text, or changed", "[speak]") {
    const TemporaryFolder folder;
    const Options config = voice_in(folder / "data", 2);
    const std::string text = test::resume_with_changed_data(
        config, folder / "run", [&] { put(folder / "data/3.wav", audio::wav_of(tones_of("abab"), rate)); },
        "since the run began: 36 recordings to train on, as many as before, but others or in another order.");
    CHECK(text == "");
    for (int i = 0; i < 40; ++i)
        put(fmt::format("{}/data/{}.wav", folder.path(), i), audio::wav_of(std::vector<float>(80, 0.5f), rate));
    CHECK_THAT(text_of([&] { train(config, {.folder = folder / "short"}); }),
               Containing("data: no recording is as long as its text"));
}
