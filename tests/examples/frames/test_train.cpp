// examples/frames as a whole: the models, their batches, runs on tones that are stopped and resumed, and their use.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numbers>
#include <set>
#include <sndfile.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/examples/frames/commands.hpp>
#include <heed/examples/frames/data.hpp>
#include <heed/examples/frames/metrics.hpp>
#include <heed/examples/frames/train.hpp>
#include <heed/tests/examples/frames/tones.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/stopped_run.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::frames;
using namespace heed::test;

namespace {

Array random_features(const Shape& shape, std::uint64_t seed) { return normals(shape, RandomStream(Key{seed, 2}, 3)); }

// Two clips, of 21 and 14 frames.
Batch two_clips(Dim bands) {
    const std::vector<Labels> labels = {{3, 1}, {2}};
    Batch batch{random_features({2, 21, bands}, 1), Ints::from_shape({2}), data::padded(labels)};
    batch.lengths(0) = 21, batch.lengths(1) = 14;
    std::fill_n(batch.features.data() + (21 + 14) * bands, 7 * bands, Real{0});
    return batch;
}

}  // namespace

TEST_CASE("frames: padding behind a clip changes nothing, and each parameter is reached", "[frames]") {
    for (const char* decoder : {"label", "ctc", "attention"}) {
        CAPTURE(decoder);
        const nn::Params params(1);
        const Model model(params, {.decoder = decoder,
                                   .labels = 4,
                                   .bands = 6,
                                   .channels = 3,
                                   .dim = 8,
                                   .layers = 2,
                                   .heads = 2,
                                   .hidden = 8,
                                   .dropout = 0});
        const Batch batch = two_clips(6);
        const auto loss_of = [&](Dim i, Dim frames) {  // of clip i alone, so many frames of it
            Batch one{Array::from_shape({1, frames, 6}), Ints(Shape{1}, batch.lengths(i)), {}};
            std::copy_n(batch.features.data() + i * 21 * 6, frames * 6, one.features.data());
            const Labels labels(batch.labels.values.data() + i * 2,
                                batch.labels.values.data() + i * 2 + batch.labels.lengths(i));
            one.labels = data::padded({&labels, 1});
            return static_cast<double>(model.loss(one, 0.1).item());
        };
        CHECK(loss_of(1, 21) == Approx(loss_of(1, 14)).epsilon(1e-4));
        if (!model.speller)  // whose loss is a mean over labels
            CHECK(static_cast<double>(model.loss(batch, 0.1).item()) ==
                  Approx((loss_of(0, 21) + loss_of(1, 14)) / 2).epsilon(1e-4));
        Tape tape;
        tape.backward(model.loss(batch, 0.1));
        params.require_reached();
    }
    const std::string text = text_of([] { Model(nn::Params(1), {.decoder = "x"}); });
    CHECK_THAT(text, StartsWith("frames: there is no decoder 'x'; expected label, ctc or attention"));
}

TEST_CASE("frames: a wide beam finds the best of all strings", "[frames]") {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const nn::Params params(seed);
        const Speller speller(params, {.labels = 2, .dim = 8, .dropout = 0});
        const Encoded encoded{Var(random_features({1, 3, 8}, seed)), Ints(Shape{1}, 3)};
        const auto log_prob = [&](const Labels& labels) {  // of all labels and the end, one after the other
            const Labels given = labels;
            return -static_cast<double>(speller.loss(encoded, data::padded({&given, 1}), 0).item()) *
                   static_cast<double>(given.size() + 1);
        };
        // With the end, as many as there are steps.
        const std::vector<Labels> all = {{}, {0}, {1}, {0, 0}, {0, 1}, {1, 0}, {1, 1}};
        const Labels best = *std::ranges::max_element(all, {}, log_prob);
        CHECK(speller.decode(encoded, 100).front() == best);
    }
}

TEST_CASE("frames: a run learns, and one that is stopped and resumed ends with the same bits", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder / "data", 6);
    const Options config = tones(folder / "data", 80);
    test::check_run(config, folder.path(), 0.8);  // guessing gives a tenth
    CHECK(frames::evaluate({{folder / "whole"}, 1}) == 0);
    put(folder / "bad.wav", "none");
    AttendOptions attention{
        {.folder = folder / "whole", .input = folder / "data/recordings/3_low_0.wav", .html = folder / "page.html"}};
    CHECK(attend(attention) == 0);
    for (const char* part :
         {"3_low_0.wav", "\"0.04 s\"", "\"wav\":\"UklGR", "\"spectrogram\":\"iVBORw0KGgo", "\"steps\":"})
        CHECK_THAT(content_of(folder / "page.html"), Containing(part));
    attention.input = folder / "bad.wav";
    CHECK_THAT(error_of<FileError>([&] { attend(attention); }),
               StartsWith(folder / "bad.wav: cannot be read as audio"));
    CHECK(predict({{{folder / "whole"}, {folder / "data/recordings/3_low_0.wav"}}, 1}) == 0);
    CHECK(predict({{{folder / "whole"}, {folder / "bad.wav", folder / "data/recordings/3_low_0.wav"}}, 1}) == 65);
}

TEST_CASE("frames: strings, too", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder / "data", 5);
    for (const char* decoder : {"ctc", "attention"}) {
        CAPTURE(decoder);
        const std::string whole = folder / decoder;
        const Options config = strings(folder / "data", decoder, 8);
        REQUIRE(train(config, {.folder = whole}) == 0);
        best_of_stopped_run(config, whole + "-stopped");
        CHECK((last_numbers(whole + "-stopped") == last_numbers(whole)));
        const nlohmann::json result = nlohmann::json::parse(content_of(whole + "/result.json"));
        CHECK(result.at("metric") == "der");
        CHECK(result.at("decoder") == decoder);
        CHECK(predict({{{whole}, {folder / "data/recordings/3_low_0.wav"}}, 2}) == 0);
        CHECK(attend(
                  {{.folder = whole, .input = folder / "data/recordings/3_low_0.wav", .html = folder / "page.html"}}) ==
              0);
        const std::string page = content_of(folder / "page.html");
        CHECK((page.find("\"speller.attend\"") != page.npos) == (decoder == std::string("attention")));
        CHECK((page.find("\"labels\"") != page.npos) == (decoder == std::string("attention")));
        CHECK_THAT(page, Containing("\"0.04 s\""));
    }
}

TEST_CASE("frames: strings to learn from and to measure by have no recording in common", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder.path(), 5);
    const Options config = strings(folder.path(), "ctc", 1);
    const Data data = read_data(config, {}), again = read_data(config, {});
    CHECK(data.train.size() == 80);
    REQUIRE(data.dev.size() == 20);
    for (std::size_t i = 0; i < 20; ++i) CHECK(data.dev[i].samples == again.dev[i].samples);
    // Recordings 0 to 4 of a digit are as much longer each: the last one, which is kept back, has 1,920 samples.
    for (std::size_t i = 0; i < 20; ++i) CHECK(data.dev[i].samples.size() >= 1920 * data.dev[i].labels.size());

    const TrainingSet set(data.train, config), other(again.train, config);
    CHECK(set.per_epoch() == 4);  // 80 recordings, 4 strings of 5 in a batch
    std::set<std::size_t> counts;
    for (Dim n = 0; n < 50; ++n) {
        const std::vector<Utterance> batch = set.at(n), same = other.at(n);
        REQUIRE(batch.size() == 4);
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK((batch[i].labels == same[i].labels && batch[i].samples == same[i].samples));
            CHECK(batch[i].labels.size() == batch[0].labels.size());
            CHECK(batch[i].samples.size() < 1920 * batch[i].labels.size() + 400 * (batch[i].labels.size() + 1));
        }
        counts.insert(batch[0].labels.size());
        if (n > 0) CHECK(batch[0].samples != set.at(n - 1)[0].samples);
    }
    CHECK(counts == std::set<std::size_t>{3, 4, 5, 6, 7});
}

TEST_CASE("frames: prompts without words, a recording or an end are left out", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder.path(), 1);
    std::string transcript = "recordings/none: No sound.\nrecordings/0_low_0: [tone]\n";
    for (int digit = 0; digit < 10; ++digit)
        transcript += fmt::format("recordings/{}_high_0: Tone {}.\n", digit, digit);
    put(folder / "prompts.txt", transcript);
    Options config;
    config.model.task = "prompts", config.data = folder.path(), config.transcript = folder / "prompts.txt";
    const Data data = read_data(config, {});
    CHECK(data.train.size() == 9);
    REQUIRE(data.dev.size() == 1);
    CHECK(task_of("prompts").text(data.dev[0].labels) == "tone nine");
    put(folder / "prompts.txt", "recordings/3_low_0: Tone.");
    CHECK_THAT(text_of([&] { read_data(config, {}); }),
               Containing("prompts.txt: 1 prompts are left; expected at least ten with recordings in"));
}

TEST_CASE("frames: prepared recordings are those in memory, whatever is held out, until they change", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder / "data", 3);
    Options config = tones(folder / "data", 1);
    const std::filesystem::path kept = folder / "kept", clip = folder / "data/recordings/3_low_1.wav";
    const auto files = [&] { return std::distance(std::filesystem::directory_iterator(kept), {}); };
    const auto check = [&](std::ptrdiff_t expected) {
        const Data memory = read_data(config, {}), mapped = read_data(config, {.prepared = kept});
        CHECK((memory.train_files == mapped.train_files && memory.dev_files == mapped.dev_files));
        REQUIRE((memory.train.size() == mapped.train.size() && memory.dev.size() == mapped.dev.size()));
        for (std::size_t i = 0; i < memory.train.size(); ++i) {
            const Utterance a = memory.train[i], b = mapped.train[i];
            CHECK((a.samples == b.samples && a.labels == b.labels && a.speaker == b.speaker));
        }
        CHECK(memory.dev[3].samples == mapped.dev[3].samples);
        CHECK(files() == expected);
    };
    for (const char* leave : {"high", "low", "high"}) {
        config.leave = leave;
        check(1);
    }
    const Data data = read_data(config, {.prepared = kept});
    CHECK(data.dev.spread(0).size() == 30);
    CHECK(data.dev.spread(3)[2].labels == data.dev[20].labels);
    std::filesystem::last_write_time(clip, std::filesystem::file_time_type::clock::now());
    check(1);
    std::string content = content_of(clip);
    content.back() = 1;
    put(clip, content);
    check(2);
    put(clip, content.substr(0, content.size() - 2));
    CHECK_THAT(text_of([&] { config.strict = true, read_data(config, {.prepared = kept}); }),
               Containing("3_low_1.wav"));
    config.strict = false;
    check(3);
    config.strict = true;  // also of a file that was prepared without
    CHECK_THAT(text_of([&] { read_data(config, {.prepared = kept}); }), Containing("3_low_1.wav"));
}

TEST_CASE("frames: a speaker is left out, and one that there is none of is refused", "[frames]") {
    const TemporaryFolder folder;
    put_tones(folder.path(), 2);
    Options config = tones(folder.path(), 1);
    config.leave = "high";
    const Data data = read_data(config, {});
    CHECK((data.train.size() == 20 && data.dev.size() == 20));
    config.leave = "nobody";
    CHECK_THAT(text_of([&] { read_data(config, {}); }),
               Containing("holds no recordings of speaker 'nobody' to measure by"));
    config.leave = "";
    config.dev_index = 0;
    CHECK_THAT(text_of([&] { read_data(config, {}); }), Containing("none to learn from"));
}
