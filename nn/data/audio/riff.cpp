// The chunks of a WAV file.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <heed/nn/data/audio/riff.hpp>

namespace heed::audio {
namespace {

constexpr std::uint64_t chunk_header = 8, riff_header = 12;

struct Chunk {
    std::string name;
    std::uint64_t begin = 0, size = 0;  // of what follows its header
};

std::string text_at(const io::InputFile& file, std::uint64_t at, std::size_t n) {
    std::string text(n, '\0');
    if (at > file.size() || file.size() - at < n) return {};
    file.read(at, std::as_writable_bytes(std::span(text)));
    return text;
}

std::uint64_t number(std::string text, bool big_endian) {
    if (big_endian) std::ranges::reverse(text);
    std::uint64_t value = 0;
    for (std::size_t i = text.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(text[i]);
    return value;
}

// The chunk whose header begins at byte `at`, or nothing if there is none.
std::optional<Chunk> chunk_at(const io::InputFile& file, std::uint64_t at, bool big_endian) {
    const std::string header = text_at(file, at, chunk_header);
    const auto printable = [](char c) { return ' ' <= c && c <= '~'; };
    if (header.empty() || !std::all_of(header.begin(), header.begin() + 4, printable)) return std::nullopt;
    return Chunk{header.substr(0, 4), at + chunk_header, number(header.substr(4), big_endian)};
}

bool is_known(const std::string& name) {
    constexpr std::array names{"fmt ", "data", "LIST", "fact", "PEAK", "cue ", "smpl", "inst", "bext", "JUNK",
                               "junk", "PAD ", "FLLR", "iXML", "id3 ", "ID3 ", "cart", "acid", "DISP", "plst",
                               "labl", "note", "_PMX", "umid", "afsp", "minf", "elm1", "regn"};
    return std::ranges::find(names, name) != names.end();
}

// A length that means "unknown": writers to pipes put 0, 2^31 - 4096 and its like, or 2^32 - 1.
bool is_unknown(const io::InputFile& file, const Chunk& data, bool big_endian) {
    constexpr std::uint64_t about_2_gib = 0x7FFF'0000;
    if (data.size > 0) return data.size >= about_2_gib && data.size > file.size() - data.begin;
    const std::optional<Chunk> next = chunk_at(file, data.begin, big_endian);
    return !next || next->size > file.size() - next->begin;  // samples, and no other chunk, follow
}

}  // namespace

std::optional<WavChunks> chunks_of_wav(const io::InputFile& file) {
    const std::string riff = text_at(file, 0, riff_header);
    if (riff.empty() || !(riff.starts_with("RIFF") || riff.starts_with("RIFX")) || !riff.ends_with("WAVE"))
        return std::nullopt;
    WavChunks wav;
    wav.big_endian = riff[3] == 'X';
    constexpr int most = 10'000;
    int n = 0;
    for (std::uint64_t at = riff_header; const std::optional<Chunk> chunk = chunk_at(file, at, wav.big_endian);) {
        if (++n > most) io::refuse_file(file.path(), io::at_byte(at), fmt::format("has more than {} chunks", most));
        if (chunk->name == "fmt ")
            wav.block = std::max<std::uint64_t>(1, number(text_at(file, chunk->begin + 12, 2), wav.big_endian));
        if (chunk->name == "data" && wav.data == 0) {
            wav.data = chunk->begin;
            wav.promised = chunk->size;
            wav.stream = is_unknown(file, *chunk, wav.big_endian);
            wav.there = wav.stream ? file.size() - wav.data : std::min(wav.promised, file.size() - wav.data);
            if (wav.stream) break;
        }
        if (!is_known(chunk->name) && wav.unknown++ == 0) wav.first_unknown = chunk->name;
        at = chunk->begin + chunk->size + chunk->size % 2;  // chunks begin at even bytes
    }
    return wav.data > 0 ? std::optional(wav) : std::nullopt;
}

}  // namespace heed::audio
