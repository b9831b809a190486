// PNG (https://www.w3.org/TR/png) with deflate's stored blocks (RFC 1950, RFC 1951): images of weights are small.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/training/run/tensorboard.hpp>

namespace heed::training {
namespace {

std::string big_endian(std::uint32_t value) {
    return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
            static_cast<char>(value)};
}

std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t rest = ~0u;
    for (const char c : bytes) {
        rest ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? 0xEDB88320u : 0);
    }
    return ~rest;
}

std::uint32_t adler32(std::string_view bytes) {
    std::uint32_t a = 1, b = 0;
    for (const char c : bytes) {
        a = (a + static_cast<unsigned char>(c)) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

std::string chunk(std::string_view kind, std::string_view content) {
    const std::string checked = std::string(kind).append(content);
    return big_endian(static_cast<std::uint32_t>(content.size())) + checked + big_endian(crc32(checked));
}

}  // namespace

std::string png_of(Dim height, Dim width, Dim channels, std::span<const std::uint8_t> pixels) {
    constexpr Dim most = 1 << 14;
    const bool ok = 0 < height && height <= most && 0 < width && width <= most && (channels == 1 || channels == 3);
    require(
        ok && static_cast<Dim>(pixels.size()) == height * width * channels, "png_of",
        [&] {
            return fmt::format(
                "{} bytes for {} x {} pixels of {} channels; expected 1 to {} pixels a side, 1 or 3 channels, a byte "
                "for each",
                pixels.size(), height, width, channels, most);
        },
        Site::current());
    std::string rows;
    for (Dim y = 0; y < height; ++y) {
        rows += '\0';  // not filtered
        const auto from = pixels.begin() + y * width * channels;
        rows.append(from, from + width * channels);
    }
    std::string stream = "\x78\x01";
    constexpr std::size_t block = 65535;
    for (std::size_t i = 0; i < rows.size(); i += block) {
        const std::size_t n = std::min(block, rows.size() - i);
        stream += i + n == rows.size() ? '\1' : '\0';
        for (const std::size_t v : {n, ~n}) (stream += static_cast<char>(v & 0xFF)) += static_cast<char>(v >> 8 & 0xFF);
        stream.append(rows, i, n);
    }
    stream += big_endian(adler32(rows));
    const std::string header = big_endian(static_cast<std::uint32_t>(width)) +
                               big_endian(static_cast<std::uint32_t>(height)) + '\x08' + (channels == 1 ? '\0' : '\2') +
                               std::string(3, '\0');
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("IDAT", stream) + chunk("IEND", "");
}

}  // namespace heed::training
