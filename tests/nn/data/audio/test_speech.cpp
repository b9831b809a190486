// Recordings by their names, prompts, utterances in memory, strings and batches of them.
#include <cmath>
#include <filesystem>
#include <set>
#include <heed/nn/data/audio/speech/batches.hpp>
#include <heed/nn/data/audio/speech/fsdd.hpp>
#include <heed/nn/data/audio/speech/prompts.hpp>
#include <heed/nn/data/audio/speech/strings.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::audio;

TEST_CASE("audio: files of prompts are read, and refused by line", "[audio][hostile]") {
    const auto texts = [](std::string_view transcript) {
        std::vector<std::string> all;
        for (const Prompt& prompt : parse_prompts(transcript, "t")) all.push_back(prompt.name + "=" + prompt.text);
        return all;
    };
    CHECK(texts("; comment\n\npass: Please enter it...  Isn't it?\r\ndigits/h-2:De-activated. Press 12#, *\nbeep: [a "
                "<beep> tone]\nat: at [@]") ==
          std::vector<std::string>{"pass=please enter it isn't it", "digits/h-2=de activated press one two pound star",
                                   "beep=", "at=at"});
    for (const auto& wrong : {
             std::pair("a: b\nno colon", "t.txt:2: 'no colon' is not of the form 'NAME: WORDS'"),
             {"a: b\n\na: c", "t.txt:3: 'a' is there twice"},
             {"a: caf\xc3\xa9", "t.txt:1: byte 7 of the line is not ASCII; spell it with letters a to z"},
             {"../../etc/a: b", "t.txt:1: the name '../../etc/a' leaves the folder of recordings"},
             {"/a: b", "t.txt:1: the name '/a' leaves the folder of recordings"},
             {"; nothing", "t.txt: holds no prompts; expected lines of the form 'NAME: WORDS'"},
         })
        CHECK(error_of<FileError>([&] { parse_prompts(wrong.first, "t.txt"); }) == wrong.second);
}

TEST_CASE("audio: utterances come back from prepared data, some of them, or from all over them", "[audio]") {
    std::vector<Utterance> all;
    for (std::int64_t i = 0; i < 10; ++i)
        all.push_back({{0.5f, static_cast<float>(i) / 16}, {i, 1}, i % 2 ? "anna" : "jo"});
    for (const Utterances& one : {Utterances(all), Utterances(PreparedUtterances(all))}) {
        REQUIRE(one.size() == 10);
        CHECK(one[7].samples == all[7].samples);
        CHECK(one[7].labels == Labels{7, 1});
        CHECK(one[7].speaker == "anna");
        CHECK(one.some(8, 5).size() == 2);
        CHECK(one.some(8, 5)[1].labels == Labels{9, 1});
        const Utterances few = one.spread(3);
        REQUIRE(few.size() == 3);
        CHECK((few[0].labels[0] == 0 && few[1].labels[0] == 3 && few[2].labels[0] == 6));
        CHECK(one.spread(0).size() == 10);
    }
    const PreparedUtterances prepared(all);
    CHECK(prepared.samples(3) == 2);
    CHECK(prepared.speaker_of(3) == "anna");
    data::PreparedWriter writer("", 20, io::Dtype::F32);
    PreparedUtterances::write(writer, all[0], {0, 5, 0});
    CHECK_THROWS_WITH(PreparedUtterances::speaker_of(writer.finish(""), {"jo"}, 0), Containing("speaker 5 of 1"));
}

TEST_CASE("audio: batches of utterances are padded, and depend on their stream alone", "[audio]") {
    std::vector<Utterance> clips(2);
    clips[0] = {std::vector<float>(1600, 0.5f), {3}, ""};
    clips[1] = {std::vector<float>(8000, 0.1f), {7, 1}, ""};
    for (std::size_t i = 0; i < 1600; ++i)
        clips[0].samples[i] = static_cast<float>(std::sin(0.5 * static_cast<double>(i)));
    const FeatureOptions options{.mel = {.bands = 20, .low = 60, .floor = 1e-4}};
    Batcher batcher(options), again(options);
    const Batch plain = batcher.of(clips);
    CHECK(plain.features.shape() == Shape{2, 98, 20});
    CHECK((plain.lengths(0) == 18 && plain.lengths(1) == 98));
    CHECK((plain.labels.values(0, 0) == 3 && plain.labels.values(1, 1) == 1 && plain.labels.lengths(0) == 1));
    for (Dim t = 18; t < 98; ++t) CHECK(plain.features(0, t, 5) == 0);
    const RandomStream first(Key{1, 0}, 9), second(Key{1, 1}, 9);
    const std::vector<double> changed = elements(batcher.changed(clips, first).features);
    CHECK(changed == elements(again.changed(clips, first).features));
    CHECK(changed != elements(again.changed(clips, second).features));
}

TEST_CASE("audio: the names of recordings", "[audio]") {
    const TemporaryFolder folder;
    CHECK_THAT(text_of([&] { read_fsdd(folder.path()); }), Containing("cannot be read"));
    std::filesystem::create_directory(folder / "recordings");
    CHECK_THAT(text_of([&] { read_fsdd(folder.path()); }), Containing("holds no recordings"));
    for (const char* name : {"7_anna_lena_12.wav", "0_jo_3.wav", ".DS_Store"}) put(folder / "recordings/" + name, "");
    const std::vector<DigitRecording> all = read_fsdd(folder.path());
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

TEST_CASE("audio: strings are digits of one speaker with silences, a function of their stream alone", "[audio]") {
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
               StartsWith("Strings: strings of 3 to 2 recordings"));
    CHECK_THAT(text_of([&] { Strings(recordings, {.silence = std::nan("")}); }),
               StartsWith("Strings: silences of up to nan seconds"));
}
