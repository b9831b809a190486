// Looks for the last page of an OGG file.
#include <algorithm>
#include <string>
#include <heed/nn/data/audio/ogg.hpp>

namespace heed::audio {
namespace {

// RFC 3533, section 6: "OggS", version 0, flags, 20 bytes, the number of segments, the length of each, the segments.
constexpr std::size_t flags_at = 5, segments_at = 26, header = 27, largest_page = header + 255 + 255 * 255;
constexpr unsigned char ends_stream = 0x04;

}  // namespace

bool has_last_page(const io::InputFile& file) {
    std::string tail(static_cast<std::size_t>(std::min<std::uint64_t>(file.size(), 2 * largest_page)), '\0');
    file.read(file.size() - tail.size(), std::as_writable_bytes(std::span(tail)));
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(tail[at]); };
    const std::size_t page = tail.rfind(std::string_view("OggS\0", 5));
    if (page == std::string::npos || tail.size() - page < header) return false;
    const std::size_t segments = byte(page + segments_at);
    std::size_t size = header + segments;
    if (tail.size() - page < size) return false;
    for (std::size_t i = 0; i < segments; ++i) size += byte(page + header + i);
    return size <= tail.size() - page && (byte(page + flags_at) & ends_stream) != 0;
}

}  // namespace heed::audio
