// Reading audio files through libsndfile.
#include <algorithm>
#include <array>
#include <exception>
#include <memory>
#include <sndfile.h>
#include <fmt/format.h>
#include <heed/core/base/utf8.hpp>
#include <heed/core/io/file.hpp>
#include <heed/nn/data/audio/ogg.hpp>
#include <heed/nn/data/audio/read.hpp>
#include <heed/nn/data/audio/riff.hpp>

namespace heed::audio {
namespace {

constexpr int most_channels = 16, lowest_rate = 1000, highest_rate = 192'000;

struct Close {
    void operator()(::SNDFILE* file) const { ::sf_close(file); }
};
using AudioFile = std::unique_ptr<::SNDFILE, Close>;

// The file as libsndfile reads it. Where the writer did not know the length, the header that is read holds the true
// one.
struct Source {
    explicit Source(const std::string& path) : file(path), wav(chunks_of_wav(file)) {}

    io::InputFile file;  // refuses what is missing, a folder or a pipe
    std::optional<WavChunks> wav;
    ::sf_count_t at = 0;
    std::exception_ptr error = nullptr;  // must not pass through a library of C

    static Source& of(void* self) { return *static_cast<Source*>(self); }
    static ::sf_count_t size(void* self) { return static_cast<::sf_count_t>(of(self).file.size()); }
    static ::sf_count_t tell(void* self) { return of(self).at; }
    static ::sf_count_t seek(::sf_count_t by, int from, void* self) {
        const ::sf_count_t to = by + (from == SEEK_SET ? 0 : from == SEEK_CUR ? of(self).at : size(self));
        return to < 0 ? -1 : of(self).at = to;
    }
    static ::sf_count_t read(void* to, ::sf_count_t n, void* self) {
        Source& source = of(self);
        n = std::max<::sf_count_t>(0, std::min(n, size(self) - source.at));
        const std::span<std::byte> bytes(static_cast<std::byte*>(to), static_cast<std::size_t>(n));
        const auto from = static_cast<std::uint64_t>(source.at);
        try {
            source.file.read(from, bytes);
        } catch (...) {
            source.error = std::current_exception();
            return 0;
        }
        if (source.wav && source.wav->stream) {
            source.patch_length(source.wav->data - 4, source.wav->there, from, bytes);
            source.patch_length(4, source.file.size() - 8, from, bytes);
        }
        source.at += n;
        return n;
    }
    static ::sf_count_t write(const void*, ::sf_count_t, void*) { return 0; }

private:
    // Writes `length` as the 4-byte field at byte `field` of the file, into `bytes`, which begin at byte `from` of the
    // file.
    void patch_length(std::uint64_t field, std::uint64_t length, std::uint64_t from, std::span<std::byte> bytes) const {
        length = std::min<std::uint64_t>(length, 0xFFFF'FFFF);
        for (std::uint64_t i = 0; i < 4; ++i)
            if (field + i >= from && field + i - from < bytes.size())
                bytes[field + i - from] = static_cast<std::byte>(length >> 8 * (wav->big_endian ? 3 - i : i) & 0xFF);
    }
};

std::string in_log(::SNDFILE* file) {
    std::array<char, 4096> log{};
    ::sf_command(file, SFC_GET_LOG_INFO, log.data(), static_cast<int>(log.size()));
    return log.data();
}

// In its log libsndfile marks defects that it tolerates with stars. The log has room for only some unknown chunks, so
// they are counted here; and an odd number of bytes is worth a warning only where it ends inside a sample.
std::vector<std::string> warnings_of(::SNDFILE* file, const std::optional<WavChunks>& wav) {
    std::vector<std::string> warnings;
    const std::string log = in_log(file);
    for (std::size_t at = log.find("*** "); at != std::string::npos; at = log.find("*** ", at + 1)) {
        const std::size_t end = log.find('\n', at);
        if (end == std::string::npos) break;  // the log was full
        const std::string text = log.substr(at + 4, end - at - 4);
        const bool reported_below =
            wav && (text.find("unknown marker") != text.npos ||
                    (text.find("even number of bytes") != text.npos && wav->promised % wav->block == 0));
        if (!reported_below) warnings.push_back(text);
    }
    if (wav && wav->unknown > 0)
        warnings.push_back(fmt::format("{} of its chunks are of kinds unknown here and passed over, the first is {}",
                                       wav->unknown, utf8::in_quotes(wav->first_unknown)));
    return warnings;
}

[[noreturn]] void refuse(const std::string& path, const std::string& text) {
    throw FileError(fmt::format("{}: {}", path, text));
}

std::string name_of(int format) {
    ::SF_FORMAT_INFO info{format, nullptr, nullptr};
    const bool known = ::sf_command(nullptr, SFC_GET_FORMAT_INFO, &info, sizeof info) == 0 && info.name != nullptr;
    return known ? info.name : fmt::format("audio of format {:#x}", format);
}

AudioFile open_audio(Source& source, ::SF_INFO& info) {
    const std::string& path = source.file.path();
    ::SF_VIRTUAL_IO calls{Source::size, Source::seek, Source::read, Source::write, Source::tell};
    AudioFile audio(::sf_open_virtual(&calls, SFM_READ, &info, &source));
    if (source.error) std::rethrow_exception(source.error);
    if (!audio)
        refuse(path, fmt::format("cannot be read as audio: {} expected WAV, FLAC or OGG", ::sf_strerror(nullptr)));
    const int format = info.format & SF_FORMAT_TYPEMASK;
    constexpr std::array formats = {SF_FORMAT_WAV, SF_FORMAT_WAVEX, SF_FORMAT_FLAC, SF_FORMAT_OGG};
    if (std::ranges::find(formats, format) == formats.end())
        refuse(path, fmt::format("is {}; expected WAV, FLAC or OGG", name_of(format)));
    if (info.samplerate < lowest_rate || info.samplerate > highest_rate)
        refuse(path,
               fmt::format("has {} samples a second; expected {} to {}", info.samplerate, lowest_rate, highest_rate));
    if (info.channels < 1 || info.channels > most_channels)
        refuse(path, fmt::format("has {} channels; expected 1 to {}", info.channels, most_channels));
    return audio;
}

// Why a file counts as cut short; empty for one that is complete.
std::string cut_short(const Source& source, const ::SF_INFO& info, std::size_t read) {
    if (const std::optional<WavChunks>& wav = source.wav) {
        if (wav->stream || wav->there >= wav->promised) return {};
        const std::uint64_t blocks = std::max<std::uint64_t>(1, (wav->there + wav->block - 1) / wav->block);
        const std::uint64_t of_a_block = std::max<std::uint64_t>(1, read / blocks);
        return fmt::format("is cut short: its header promises {} samples ({} bytes), and it holds {} ({} bytes)",
                           wav->promised / wav->block * of_a_block, wav->promised, read, wav->there);
    }
    if ((info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG)
        return has_last_page(source.file)
                   ? std::string()
                   : fmt::format("is cut short: it lacks the page that ends it, behind {} samples", read);
    if (info.frames == SF_COUNT_MAX) return {};  // a FLAC stream may not know its length
    return static_cast<::sf_count_t>(read) >= info.frames
               ? std::string()
               : fmt::format("is cut short: its header promises {} samples, and it holds {}", info.frames, read);
}

}  // namespace

Clip read_audio(const std::string& path, double longest) {
    ::SF_INFO info = {};
    Source source(path);
    const AudioFile audio = open_audio(source, info);
    Clip clip{{}, info.samplerate, warnings_of(audio.get(), source.wav)};
    const auto channels = static_cast<std::size_t>(info.channels);
    const double most = longest * info.samplerate;
    const double stated = std::max(0.0, static_cast<double>(info.frames));
    clip.samples.reserve(static_cast<std::size_t>(std::min(stated, most)));  // no more, whatever the header states
    constexpr std::size_t block = 4096;
    std::vector<float> read(block * channels);
    for (;;) {
        const auto n =
            static_cast<std::size_t>(std::max<::sf_count_t>(::sf_readf_float(audio.get(), read.data(), block), 0));
        if (source.error) std::rethrow_exception(source.error);
        for (std::size_t i = 0; i < n; ++i) {
            float sum = 0;
            for (std::size_t c = 0; c < channels; ++c) sum += read[i * channels + c];
            clip.samples.push_back(sum / static_cast<float>(channels));
        }
        if (::sf_error(audio.get()) != SF_ERR_NO_ERROR)
            refuse(path,
                   fmt::format("sample {}: {}; is it complete?", clip.samples.size(), ::sf_strerror(audio.get())));
        if (static_cast<double>(clip.samples.size()) > most)
            refuse(path,
                   fmt::format("is longer than {} seconds at {} Hz; cut it into parts", longest, info.samplerate));
        if (n == 0) break;
    }
    const std::string cut = cut_short(source, info, clip.samples.size());
    clip.complete = cut.empty();
    if (!cut.empty()) clip.warnings.insert(clip.warnings.begin(), cut);
    if (clip.samples.empty()) refuse(path, cut.empty() ? "holds no samples" : cut);
    return clip;
}

}  // namespace heed::audio
