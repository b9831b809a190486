// Writing WAV files through libsndfile.
#include <algorithm>
#include <memory>
#include <sndfile.h>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/audio/wav.hpp>

namespace heed::audio {
namespace {

// A file in memory that libsndfile writes to.
struct Bytes {
    std::string bytes;
    ::sf_count_t at = 0;

    static Bytes& of(void* self) { return *static_cast<Bytes*>(self); }
    static ::sf_count_t size(void* self) { return static_cast<::sf_count_t>(of(self).bytes.size()); }
    static ::sf_count_t tell(void* self) { return of(self).at; }
    static ::sf_count_t seek(::sf_count_t by, int from, void* self) {
        return of(self).at = by + (from == SEEK_SET ? 0 : from == SEEK_CUR ? of(self).at : size(self));
    }
    static ::sf_count_t read(void*, ::sf_count_t, void*) { return 0; }
    static ::sf_count_t write(const void* from, ::sf_count_t n, void* self) {
        Bytes& to = of(self);
        to.bytes.resize(std::max(to.bytes.size(), static_cast<std::size_t>(to.at + n)));
        std::copy_n(static_cast<const char*>(from), n, to.bytes.begin() + to.at);
        to.at += n;
        return n;
    }
};

}  // namespace

std::string wav_of(std::span<const float> samples, int rate) {
    Bytes file;
    ::SF_VIRTUAL_IO calls{Bytes::size, Bytes::seek, Bytes::read, Bytes::write, Bytes::tell};
    ::SF_INFO info{};
    info.samplerate = rate, info.channels = 1, info.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    const auto n = static_cast<::sf_count_t>(samples.size());
    ::SNDFILE* const audio = ::sf_open_virtual(&calls, SFM_WRITE, &info, &file);
    if (audio) ::sf_command(audio, SFC_SET_CLIPPING, nullptr, SF_TRUE);
    const bool whole = audio && ::sf_write_float(audio, samples.data(), n) == n;
    if (!audio || ::sf_close(audio) != 0 || !whole)
        throw RangeError(fmt::format("wav_of: {} samples at {} Hz make no WAV file", samples.size(), rate));
    return std::move(file.bytes);
}

}  // namespace heed::audio
