// examples/frames: the names of recordings, strings made of them, files of prompts, the views of a clip, and what
// counts as an error.
#include <cmath>
#include <filesystem>
#include <set>
#include <heed/examples/frames/data.hpp>
#include <heed/examples/frames/metrics.hpp>
#include <heed/examples/frames/options.hpp>
#include <heed/examples/frames/prompts.hpp>
#include <heed/examples/frames/recordings.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/nn/data/audio/augment.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::frames;

TEST_CASE("frames: the names of recordings", "[frames]") {
    const TemporaryFolder folder;
    CHECK_THAT(text_of([&] { read_fsdd(folder.path()); }), Containing("cannot be read"));
    std::filesystem::create_directory(folder / "recordings");
    CHECK_THAT(text_of([&] { read_fsdd(folder.path()); }), Containing("holds no recordings"));
    for (const char* name : {"7_anna_lena_12.wav", "0_jo_3.wav", ".DS_Store"}) put(folder / "recordings/" + name, "");
    const std::vector<Recording> all = read_fsdd(folder.path());
    REQUIRE(all.size() == 2);
    CHECK(all[0].speaker == "jo");
    CHECK((all[1].digit == 7 && all[1].speaker == "anna_lena" && all[1].index == 12));
    for (const char* name : {"10_jo_3.wav", "x_jo_3.wav", "1_jo.wav", "1_jo_3.mp3", "1__3.wav", "1_jo_-3.wav",
                             "1_jo_3.wav.txt", "_.wav"}) {
        CAPTURE(name);
        put(folder / "recordings/" + name, "");
        CHECK_THAT(text_of([&] { read_fsdd(folder.path()); }),
                   Containing("is not of the form DIGIT_SPEAKER_INDEX.wav"));
        std::filesystem::remove(folder / "recordings/" + name);
    }
}

TEST_CASE("frames: strings are digits of one speaker with silences, a function of their stream alone", "[frames]") {
    std::vector<Utterance> recordings;
    for (const char* voice : {"anna", "jo"})
        for (std::int64_t digit = 0; digit < 10; ++digit)  // of its own length, and never 0
            recordings.push_back(
                {std::vector<float>(static_cast<std::size_t>(100 + digit), voice[0] == 'a' ? 0.5f : 1.0f),
                 {digit},
                 voice});
    const Strings strings(recordings, {.least = 2, .most = 4, .silence = 0.01});
    std::set<std::string> voices;
    std::set<std::size_t> counts;
    std::set<std::int64_t> digits;
    for (std::uint64_t i = 0; i < 200; ++i) {
        const RandomStream random(Key{1, i}, 2);
        const Utterance string = strings.draw(random),
                        again = Strings(recordings, {.least = 2, .most = 4, .silence = 0.01}).draw(random);
        CHECK((string.labels == again.labels && string.samples == again.samples));
        voices.insert(string.speaker);
        counts.insert(string.labels.size());
        digits.insert(string.labels.begin(), string.labels.end());
        std::size_t sounding = 0, expected = 0;
        for (const float x : string.samples) sounding += x == (string.speaker == "anna" ? 0.5f : 1.0f);
        for (const std::int64_t digit : string.labels) expected += static_cast<std::size_t>(100 + digit);
        CHECK(sounding == expected);
        CHECK(string.samples.size() <= expected + (string.labels.size() + 1) * 80);
    }
    CHECK((voices.size() == 2 && digits.size() == 10));
    CHECK(counts == std::set<std::size_t>{2, 3, 4});
    CHECK(strings.draw(RandomStream(), 9).labels.size() == 9);
    CHECK_THAT(text_of([] { Strings(std::vector<Utterance>()); }), StartsWith("Strings: no recordings"));
    CHECK_THAT(text_of([&] { Strings(recordings, {.least = 3, .most = 2}); }),
               StartsWith("Strings: strings of 3 to 2 digits"));
    CHECK_THAT(text_of([&] { Strings(recordings, {.silence = std::nan("")}); }),
               StartsWith("Strings: silences of up to nan seconds"));
}

TEST_CASE("frames: files of prompts", "[frames][hostile]") {
    const auto texts = [](std::string_view transcript) {
        std::vector<std::string> all;
        for (const Prompt& prompt : parse_prompts(transcript, "t")) all.push_back(prompt.name + "=" + prompt.text);
        return all;
    };
    CHECK(texts("; comment\n\npass: Please enter it...  Isn't it?\r\ndigits/h-2:De-activated. Press 12#, *\nbeep: [a "
                "<beep> tone]\nat: at [@]") ==
          std::vector<std::string>{"pass=please enter it isn't it", "digits/h-2=de activated press one two pound star",
                                   "beep=", "at=at"});
    const auto wrong = [](std::string_view transcript) {
        return error_of<FileError>([&] { parse_prompts(transcript, "t.txt"); });
    };
    CHECK(wrong("a: b\nno colon") == "t.txt:2: 'no colon' is not of the form 'NAME: WORDS'");
    CHECK(wrong("a: b\n\na: c") == "t.txt:3: 'a' is there twice");
    CHECK(wrong("a: caf\xc3\xa9") == "t.txt:1: byte 7 of the line is not ASCII; spell it with letters a to z");
    CHECK(wrong("../../etc/a: b") == "t.txt:1: the name '../../etc/a' leaves the folder of recordings");
    CHECK(wrong("/a: b") == "t.txt:1: the name '/a' leaves the folder of recordings");
    CHECK(wrong("; nothing") == "t.txt: holds no prompts; expected lines of the form 'NAME: WORDS'");

    const Task& task = task_of("prompts");
    CHECK(task.text(task.labels("isn't it")) == "isn't it");
    CHECK(task_of("strings").text({3, 0, 9}) == "3 0 9");
    CHECK(text_of([&] { task.labels("a1"); }).starts_with("frames: '1' is no symbol of prompts"));
    CHECK_THAT(text_of([] { task_of("words"); }),
               StartsWith("frames: there is no task 'words'; expected digits, strings or prompts"));
}

TEST_CASE("frames: a digit is predicted by the average over its views", "[frames]") {
    Options config;
    config.model = {.decoder = "label", .channels = 4, .dim = 16, .layers = 1, .heads = 2, .hidden = 16};
    const Model model(nn::Params(1), config.model);
    std::vector<Utterance> clips(2, {std::vector<float>(8000), {}, ""});
    for (std::size_t i = 0; i < 8000; ++i)
        for (std::size_t n = 0; n < 2; ++n)
            clips[n].samples[i] = static_cast<float>(std::sin((0.3 + 0.2 * double(n)) * static_cast<double>(i)));
    Batcher batcher(config.model);
    audio::LogMel mel(config.model.mel());
    const auto expected = [&](std::size_t clip, const View& view) {
        Array x = audio::warp(mel(clips[clip].samples), mel, view.time, view.tract);
        audio::normalise(x, config.model.range);
        return x;
    };
    Array as_heard = mel(clips[1].samples);
    audio::normalise(as_heard, config.model.range);
    CHECK(elements(expected(1, {})) == elements(as_heard));

    const std::vector<Batch> views = batcher.of(clips, around);
    REQUIRE(views.size() == 9);
    Array mean = filled({2, 10}, 0);
    for (std::size_t v = 0; v < 9; ++v) {
        for (std::size_t clip = 0; clip < 2; ++clip) {
            const Array x = expected(clip, around[v]);
            const Batch alone = batcher.of({&clips[clip], 1}, around[v]);
            REQUIRE(elements(alone.features) == elements(x));
            REQUIRE(views[v].lengths(clip) == x.shape()[0]);
            const Var p = softmax((*model.classifier)(model.encoder(alone.features, alone.lengths)));
            for (Dim k = 0; k < 10; ++k) mean(clip, k) += p.value()(0, k) / 9;
        }
    }
    const Var together = model.probabilities(views);
    for (std::size_t i = 0; i < 20; ++i) CHECK(together.value().data()[i] == Approx(mean.data()[i]).epsilon(1e-5));
    CHECK(elements(together.value()) != elements(model.probabilities(batcher.of(clips, as_it_is)).value()));
    const Ints best = argmax(together);
    CHECK(model.decode(views) == std::vector<Labels>{{best(0)}, {best(1)}});
}

TEST_CASE("frames: the digit error rate", "[frames]") {
    const Errors none{0, 4}, half{2, 4};
    Options config;
    CHECK(metric_of(task_of("digits"), half) == Approx(0.5));
    CHECK(metric_of(task_of("digits"), none) == Approx(1));
    CHECK(metric_of(task_of("strings"), none) == Approx(0));
    config.model = {.decoder = "ctc", .channels = 4, .dim = 16, .layers = 1, .heads = 2, .hidden = 16};
    const Model model(nn::Params(1), config.model);
    std::vector<Utterance> utterances(60, {std::vector<float>(4000, 0.5f), {}, ""});  // more than go at once
    const Labels predicted = model.decode(Batcher(config.model).of({utterances.data(), 1}, as_it_is)).front();
    for (Utterance& one : utterances) one.labels = predicted;
    utterances.back().labels.push_back(0);
    const Errors missed = errors_of(model, utterances);
    CHECK(missed.wrong == 1);
    CHECK(missed.labels == static_cast<Dim>(60 * predicted.size() + 1));
}
