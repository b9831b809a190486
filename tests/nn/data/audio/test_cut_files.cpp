// WAV files whose header and length do not agree, whole and cut short, and the warnings about many of
// them.
#include <optional>
#include <sndfile.h>
#include <fmt/format.h>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/speech/utterances.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::audio;

namespace {

std::string little_endian(std::uint32_t n, int bytes = 4) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(n >> 8 * i & 0xFF);
    return out;
}

std::string chunk(const std::string& name, const std::string& data) {
    return name + little_endian(static_cast<std::uint32_t>(data.size())) + data + std::string(data.size() % 2, '\0');
}

// A WAV of 8,000 samples a second, with other lengths in its header where they are given, and chunks before and behind
// the samples.
struct Wav {
    std::uint32_t samples = 1000, bytes_each = 2;
    std::optional<std::uint32_t> riff = {}, data = {};
    std::string before = {}, behind = {};
    std::string file() const {
        const std::string format = little_endian(1, 2) + little_endian(1, 2) + little_endian(8000) +
                                   little_endian(8000 * bytes_each) + little_endian(bytes_each, 2) +
                                   little_endian(8 * bytes_each, 2);
        std::string audio_data(samples * bytes_each, '\x21');
        for (std::size_t i = 0; i < audio_data.size(); i += 7) audio_data[i] = '\x07';
        std::string chunks = "WAVE" + chunk("fmt ", format) + before + chunk("data", audio_data);
        if (data) chunks.replace(28 + before.size() + 4, 4, little_endian(*data));
        chunks += behind;
        return "RIFF" + little_endian(riff.value_or(static_cast<std::uint32_t>(chunks.size()))) + chunks;
    }
};

// The bytes of a file of 20,000 samples, made by libsndfile.
std::string made(const std::string& path, int format) {
    ::SF_INFO info = {};
    info.samplerate = 8000, info.channels = 1, info.format = format;
    ::SNDFILE* file = ::sf_open(path.c_str(), SFM_WRITE, &info);
    REQUIRE(file != nullptr);
    std::vector<float> samples(20'000);
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i * i % 1009) / 2000;
    REQUIRE(::sf_write_float(file, samples.data(), 20'000) == 20'000);
    ::sf_close(file);
    return content_of(path);
}

}  // namespace

TEST_CASE("audio: a WAV that was cut short gives a warning with both lengths, and is refused if strict", "[audio]") {
    const TemporaryFolder folder;
    const std::string path = folder / "x.wav", whole = Wav().file();
    const auto read = [&](const std::string& content) {
        put(path, content);
        return audio::read_audio(path);
    };
    CHECK(read(whole).complete);
    CHECK(read(whole).warnings.empty());
    const audio::Clip half = read(whole.substr(0, 44 + 1001));
    CHECK(half.samples.size() == 500);
    CHECK_FALSE(half.complete);
    const std::string text =
        "is cut short: its header promises 1000 samples (2000 bytes), and it holds 500 (1001 bytes)";
    CHECK(half.warnings == std::vector<std::string>{text});
    CHECK(load_samples(path).size() == 500);
    CHECK(error_of<FileError>([&] { load_samples(path, {.strict = true}); }) == path + ": " + text);
    put(path, whole.substr(0, 44));
    CHECK(error_of<FileError>([&] { audio::read_audio(path); }) ==
          path + ": is cut short: its header promises 1000 samples (2000 bytes), and it holds 0 (0 bytes)");
    // An odd number of bytes with and without the byte that makes it even, and with other bytes in its position.
    const std::string odd =
        Wav{.samples = 999, .bytes_each = 1, .before = chunk("note", "odd"), .behind = chunk("LIST", "INFO")}.file();
    CHECK((read(odd).samples.size() == 999 && read(odd).warnings.empty()));
    const std::string plain = Wav{.samples = 999, .bytes_each = 1}.file();
    CHECK((read(plain.substr(0, plain.size() - 1)).samples.size() == 999 &&
           read(plain.substr(0, plain.size() - 1)).complete));
    CHECK_FALSE(read(plain.substr(0, plain.size() - 2)).complete);
}

TEST_CASE("audio: a stream whose writer did not know its length is read to its end", "[audio]") {
    const TemporaryFolder folder;
    using Sizes = std::pair<std::uint32_t, std::uint32_t>;
    for (const auto& [riff, data] : {Sizes{0xFFFFFFFF, 0xFFFFFFFF},
                                     {0, 0},
                                     {36, 0},
                                     {0xFFFFFFFF, 0},
                                     {0, 0xFFFFFFFF},
                                     {0x7FFFF024, 0x7FFFF000},
                                     {0x80000024, 0x80000000},
                                     {2036, 0xFFFFFFFF}}) {
        CAPTURE(riff, data);
        put(folder / "x.wav", Wav{.riff = riff, .data = data}.file());
        const audio::Clip clip = audio::read_audio(folder / "x.wav");
        CHECK(clip.samples.size() == 1000);
        CHECK((clip.complete && clip.warnings.empty()));
    }
    put(folder / "x.wav", Wav{.samples = 0, .behind = chunk("LIST", "INFO")}.file());  // its header states 0 bytes
    CHECK(error_of<FileError>([&] { audio::read_audio(folder / "x.wav"); }) ==
          (folder / "x.wav") + ": holds no samples");
}

TEST_CASE("audio: many unknown chunks and many files are one warning each, with their number", "[audio]") {
    const TemporaryFolder folder;
    std::string chunks;
    for (int i = 0; i < 400; ++i) chunks += chunk(fmt::format("x{:03}", i), "abcd");
    for (const Wav& wav : {Wav{.before = chunks}, Wav{.behind = chunks}}) {
        put(folder / "x.wav", wav.file());
        CHECK(audio::read_audio(folder / "x.wav").warnings ==
              std::vector<std::string>{
                  "400 of its chunks are of kinds unknown here and passed over, the first is 'x000'"});
    }
    data::Warnings warnings;
    for (int i = 0; i < 3; ++i) load_samples(folder / "x.wav", {.warnings = &warnings});
    CHECK(warnings.text() ==
          fmt::format("warning: {}: 400 of its chunks are of kinds unknown here and passed over, the first is 'x000' "
                      "(and 2 more like this)\n",
                      folder / "x.wav"));
}

TEST_CASE("audio: other audio files that were cut short are refused, or give a warning", "[audio]") {
    const TemporaryFolder folder;
    const auto half = [&](const char* name, int format) {
        const std::string whole = made(folder / name, format);
        CHECK(audio::read_audio(folder / name).complete);
        put(folder / name, whole.substr(0, whole.size() / 2));
        return folder / name;
    };
    for (const auto& [name, format] : {std::pair{"wide.wav", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24},
                                       {"float.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT},
                                       {"ima.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM},
                                       {"big.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG}}) {
        CAPTURE(name);
        const audio::Clip clip = audio::read_audio(half(name, format));
        REQUIRE_FALSE(clip.complete);
        CHECK_THAT(clip.warnings.front(), StartsWith("is cut short: its header promises 20"));
        CHECK_THAT(clip.warnings.front(), Containing(fmt::format("holds {} (", clip.samples.size())));
    }
    CHECK_THAT(error_of<FileError>([&] { audio::read_audio(half("x.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16)); }),
               Containing("is it complete?"));
    for (const auto& [name, format] :
         {std::pair{"x.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS}, {"x.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS}}) {
        CAPTURE(name);
        const std::string whole = made(folder / name, format);
        CHECK(audio::read_audio(folder / name).complete);
        const std::size_t last_page = whole.rfind("OggS");
        for (const std::size_t size : {whole.size() - 1, last_page + 30, last_page + 20, last_page}) {
            put(folder / name, whole.substr(0, size));
            std::string text;
            try {
                const audio::Clip clip = audio::read_audio(folder / name);
                CHECK_FALSE(clip.complete);
                text = clip.warnings.front();
            } catch (const FileError& error) {  // nothing was left of a short recording
                text = error.what();
            }
            CHECK_THAT(text, Containing("is cut short: it lacks the page that ends it, behind"));
        }
        put(folder / name, whole + "TAG of another program");
        CHECK(audio::read_audio(folder / name).complete);
    }
}
