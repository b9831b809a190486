// Audio files, resampling, features beside NumPy's, augmentation, and files that are no audio.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sndfile.h>
#include <fmt/format.h>
#include <heed/core/io/safetensors.hpp>
#include <heed/nn/data/audio/augment.hpp>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/resample.hpp>
#include <heed/nn/data/audio/speech/utterances.hpp>
#include <heed/nn/data/audio/wav.hpp>
#include <heed/tests/hostile.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::audio;

namespace {
using Samples = std::vector<float>;

Samples tone(double hertz, int rate, std::size_t n) {
    Samples x(n);
    for (std::size_t i = 0; i < n; ++i)
        x[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate));
    return x;
}

void write_sound(const std::string& path, int format, int rate, int channels, const Samples& interleaved) {
    ::SF_INFO info = {};
    info.samplerate = rate, info.channels = channels, info.format = format;
    ::SNDFILE* file = ::sf_open(path.c_str(), SFM_WRITE, &info);
    REQUIRE(file != nullptr);
    const auto n = static_cast<::sf_count_t>(interleaved.size());
    REQUIRE(::sf_write_float(file, interleaved.data(), n) == n);
    ::sf_close(file);
}

// The largest difference away from the ends, where a resampled tone starts from silence.
double difference(const Samples& x, const Samples& y) {
    double most = 0;
    for (std::size_t i = 100; i + 100 < std::min(x.size(), y.size()); ++i)
        most = std::max(most, std::abs(static_cast<double>(x[i] - y[i])));
    return most;
}

std::string refusal(const std::string& path, double longest = 60) {
    return error_of<FileError>([&] { read_audio(path, longest); });
}

Array tensor(const io::SafetensorsReader& file, const char* name) {
    Array x = Array::from_shape(file.find(name)->shape);
    file.read_as<Real>(*file.find(name), {x.data(), static_cast<std::size_t>(count(x))});
    return x;
}

void check_close(const Array& x, const Array& y, double tolerance) {
    REQUIRE(x.shape() == y.shape());
    double most = 0;
    for (std::size_t i = 0; i < x.storage().size(); ++i)
        most = std::max(most, std::abs(static_cast<double>(x.storage()[i] - y.storage()[i])));
    CHECK(most < tolerance);
}

}  // namespace
TEST_CASE("audio: WAV, FLAC and OGG are read, channels mixed", "[audio]") {
    const TemporaryFolder folder;
    const Samples left = tone(300, 16000, 8000);
    Samples both;
    for (const float x : left) both.insert(both.end(), {x, 0});
    for (const auto& [name, format, tolerance] : {std::tuple{"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1e-4},
                                                  {"b.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 1e-7},
                                                  {"c.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 1e-4},
                                                  {"d.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.05}}) {
        CAPTURE(name);
        write_sound(folder / name, format, 16000, 2, both);
        const Clip clip = read_audio(folder / name);
        CHECK(clip.rate == 16000);
        REQUIRE(clip.samples.size() == left.size());
        Samples half = left;
        for (float& x : half) x /= 2;
        CHECK(difference(clip.samples, half) < tolerance);
        CHECK(clip.warnings.empty());
    }
}

TEST_CASE("audio: a clip is put into a WAV file in memory, and what is too loud cut off", "[audio]") {
    const TemporaryFolder folder;
    Samples samples = tone(300, 8000, 777);
    put(folder / "x.wav", wav_of(samples, 8000));
    const Clip clip = read_audio(folder / "x.wav");
    CHECK((clip.rate == 8000 && clip.samples.size() == 777 && clip.warnings.empty()));
    CHECK(difference(clip.samples, samples) < 1e-4);
    put(folder / "x.wav", wav_of(Samples{2, -2, 0.5f}, 8000));
    const Samples cut = read_audio(folder / "x.wav").samples;
    REQUIRE(cut.size() == 3);
    CHECK((cut[0] > 0.999f && cut[1] < -0.999f && std::abs(cut[2] - 0.5f) < 1e-4f));
}

TEST_CASE("audio: what is no audio, or too much of it, is refused by name", "[audio][hostile]") {
    const TemporaryFolder folder;
    write_sound(folder / "x.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, tone(300, 8000, 8001));
    CHECK(refusal(folder / "x.wav", 1) ==
          (folder / "x.wav") + ": is longer than 1 seconds at 8000 Hz; cut it into parts");
    CHECK(read_audio(folder / "x.wav", 1.1).samples.size() == 8001);
    for (const auto& [format, name] :
         {std::pair{SF_FORMAT_AIFF, "AIFF ("}, {SF_FORMAT_RF64, "RF64 ("}, {SF_FORMAT_W64, "W64 ("}}) {
        write_sound(folder / "other", format | SF_FORMAT_PCM_16, 8000, 1, tone(300, 8000, 80));
        CHECK_THAT(refusal(folder / "other"), StartsWith((folder / "other") + ": is " + name));
    }
    write_sound(folder / "slow.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 999, 1, tone(30, 999, 80));
    CHECK_THAT(refusal(folder / "slow.wav"), Containing("has 999 samples a second; expected 1000 to 192000"));
    write_sound(folder / "wide.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 17, Samples(17 * 10));
    CHECK_THAT(refusal(folder / "wide.wav"), Containing("has 17 channels; expected 1 to 16"));
    put(folder / "text.wav", "no sound at all");
    CHECK_THAT(refusal(folder / "text.wav"), StartsWith((folder / "text.wav") + ": cannot be read as audio"));
    CHECK_THAT(refusal(folder / "none.wav"), Containing("cannot be opened: No such file"));
    CHECK_THAT(refusal(folder.path()), Containing("is a folder"));
}

TEST_CASE("audio: an hour of audio, no samples, and a rate of 0", "[audio][hostile]") {
    const TemporaryFolder folder;
    write_sound(folder / "hour.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_U8, 1000, 1, Samples(3'600'000));
    CHECK(refusal(folder / "hour.wav") ==
          (folder / "hour.wav") + ": is longer than 60 seconds at 1000 Hz; cut it into parts");
    write_sound(folder / "empty.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, {});
    CHECK(refusal(folder / "empty.wav") == (folder / "empty.wav") + ": holds no samples");
    write_sound(folder / "some.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, tone(300, 8000, 80));
    std::string still = content_of(folder / "some.wav");
    std::fill_n(still.begin() + 24, 4, '\0');  // its rate
    put(folder / "still.wav", still);
    CHECK_THAT(refusal(folder / "still.wav"), StartsWith((folder / "still.wav") + ": "));
    write_sound(folder / "nan.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000, 1, {0, std::nanf(""), 0});
    CHECK(error_of<FileError>([&] { load_samples(folder / "nan.wav"); }) ==
          (folder / "nan.wav") + ": sample 1 is nan; expected finite values");
}

TEST_CASE("audio: the shared collection", "[audio][hostile]") {
    check_shared_files({"wav"}, 15, [](const std::string& path, const std::string&) {
        const Clip clip = read_audio(path);
        LogMel mel;
        if (path.ends_with("wav_ok_float_nan.wav")) {
            const std::string text = error_of<FileError>([&] { mel(clip.samples, path); });
            CHECK(text == path + ": sample 0 is nan; expected finite values");
        } else {
            CHECK(mel(clip.samples, path).shape() == Shape{1, 40});
        }
        if (path.ends_with("wav_data_odd.wav")) CHECK(clip.warnings.size() == 1);  // half a sample is dropped
    });
}

TEST_CASE("audio: a resampled tone is that tone, and what is above the new Nyquist frequency is removed", "[audio]") {
    for (const auto& [from, to] :
         {std::pair{16000, 8000}, {44100, 8000}, {8000, 16000}, {11025, 8000}, {48000, 16000}, {8000, 7200}}) {
        CAPTURE(from, to);
        const Samples y = resample(tone(1000, from, static_cast<std::size_t>(from)), from, to);
        CHECK(y.size() == static_cast<std::size_t>(to));
        CHECK(difference(y, tone(1000, to, y.size())) < 2e-3);
    }
    CHECK(difference(resample(tone(5000, 16000, 16000), 16000, 8000), Samples(8000)) < 2e-3);  // not aliased to 3 kHz
    CHECK(resample(tone(1000, 8000, 77), 8000, 8000) == tone(1000, 8000, 77));
    CHECK(resample(tone(1000, 8000, 77), 9, 10).size() == 86);  // slower by a tenth
    CHECK(difference(resample(tone(1000, 8000, 8000), 8000, 7200, 4), tone(1000, 7200, 7200)) <
          2e-2);  // roughly, by a short filter
    CHECK(resample({}, 9, 10).empty());
    CHECK_THAT(text_of([] { resample({}, 0, 10); }), StartsWith("resample: from 0 to 10"));
}

TEST_CASE("audio: features are NumPy's", "[audio]") {
    const io::SafetensorsReader file(HEED_SOURCE_DIR "/tests/files/log_mel.safetensors");
    LogMel mel;
    CHECK(mel.window() == 200);
    CHECK(mel.step() == 80);
    check_close(mel.filters(), tensor(file, "narrow"), 1e-6);
    check_close(LogMel({.rate = 16000, .bands = 64, .low = 50, .high = 7000}).filters(), tensor(file, "wide"), 1e-6);
    const Array samples = tensor(file, "samples");
    check_close(mel({samples.storage().data(), samples.storage().size()}), tensor(file, "features"), 1e-3);
}

TEST_CASE("audio: the number of frames, short clips, and options without a meaning", "[audio]") {
    LogMel mel;
    const auto frames = [&](std::size_t n) { return mel(Samples(n, 0.1f)).shape()[0]; };
    CHECK(frames(1) == 1);
    CHECK(frames(279) == 1);
    CHECK(frames(280) == 2);
    CHECK(frames(8000) == 98);
    const auto wrong = [](const MelOptions& options) { return text_of([&] { LogMel{options}; }); };
    CHECK_THAT(
        wrong({.bands = 200}),
        StartsWith("LogMel: band 2 of 200, 34 to 47 Hz, holds none of the transform's frequencies, 31.2 Hz apart"));
    CHECK_THAT(wrong({.rate = 0}), StartsWith("LogMel: rate is 0"));
    CHECK_THAT(wrong({.step = 1e-6}), StartsWith("LogMel: step, in samples, is 0"));
    CHECK_THAT(wrong({.high = 5000}), StartsWith("LogMel: high is 5000"));
    CHECK_THAT(wrong({.rate = std::nan("")}), StartsWith("LogMel: rate is nan"));
}

TEST_CASE("audio: a clip is normalised as a whole", "[audio]") {
    Array x = Array::from_shape({100, 40});
    for (Dim i = 0; i < count(x); ++i) x.data()[i] = static_cast<Real>(i % 40 == 7 ? 300 : (i * i) % 101 + 5);
    normalise(x, 1000);
    double sum = 0, squares = 0;
    for (const double value : elements(x)) sum += value, squares += value * value;
    CHECK((sum == Approx(0).margin(1e-2) && squares == Approx(4000).epsilon(1e-4)));
    CHECK(x(0, 7) > 3);  // a loud band stays one
    Array flat = filled({3, 4}, 7), quiet = array_of({2, 2}, {-100, 0, -3, -20});
    normalise(flat, 7), normalise(quiet, 3);
    CHECK(elements(flat) == std::vector<double>(12, 0.0));
    CHECK((quiet(0, 0) == quiet(1, 0) && quiet(1, 1) == quiet(1, 0) && quiet(0, 1) == Approx(std::sqrt(3.0))));
}

TEST_CASE("audio: a warped tone is that of another length and pitch", "[audio]") {
    LogMel mel;
    CHECK(mel.band_at(mel.hertz_of(12.5)) == Approx(12.5));
    const auto loudest = [](const Array& x) {
        const Real* middle = x.data() + x.shape()[0] / 2 * 40;
        return std::max_element(middle, middle + 40) - middle;
    };
    const Array x = mel(tone(1500, 8000, 8000));
    for (const double frequency : {0.8, 1.0, 1.25}) {
        CAPTURE(frequency);
        const Array y = warp(x, mel, 2, frequency);
        CHECK(y.shape() == Shape{49, 40});
        CHECK(std::abs(static_cast<double>(loudest(y)) - mel.band_at(1500 / frequency)) < 1.25);
    }
    CHECK(elements(warp(x, mel, 1, 1)) == elements(x));
    CHECK(warp(x, mel, 1000, 1).shape() == Shape{1, 40});
    const Array rising = array_of({3, 2}, {0, 0, 10, 10, 20, 20});
    CHECK(elements(warp(rising, mel, 0.5, 1)) == std::vector<double>{0, 0, 5, 5, 10, 10, 15, 15, 20, 20, 20, 20});
    Array level = filled({2, 3}, 1);
    tilt(level, 2, 0.5);
    CHECK(elements(level) == std::vector<double>{-0.5, 0.5, 3.5, -0.5, 0.5, 3.5});
}

TEST_CASE("audio: masks fill as much as their options state", "[audio]") {
    std::size_t masked_bands = 0, masked_frames = 0;
    for (std::uint64_t step = 0; step < 200; ++step) {
        Array y = filled({100, 40}, 1), again = y;
        const RandomStream random(Key{1, step}, 5);
        spec_augment(y, {.frames = 30}, random);
        spec_augment(again, {.frames = 30}, random);
        CHECK(elements(y) == elements(again));
        Dim bands = 0, frames = 0;
        for (Dim band = 0; band < 40; ++band) {
            Dim zeros = 0;
            for (Dim t = 0; t < 100; ++t) zeros += y(t, band) == 0;
            bands += zeros == 100;
        }
        for (Dim t = 0; t < 100; ++t) {
            Dim zeros = 0;
            for (Dim band = 0; band < 40; ++band) zeros += y(t, band) == 0;
            frames += zeros == 40;
        }
        CHECK(bands <= 16);
        CHECK(frames <= 40);
        masked_bands += static_cast<std::size_t>(bands), masked_frames += static_cast<std::size_t>(frames);
    }
    CHECK(static_cast<double>(masked_bands) / 200 == Approx(7.3).margin(1));  // two times 4, less what both mask
    CHECK(static_cast<double>(masked_frames) / 200 ==
          Approx(18.7).margin(2));  // two times 10: at most a fifth of the frames in one mask
}
