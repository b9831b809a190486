// CRC-32C by tables, eight bytes at a time.
#include <array>
#include <heed/core/io/crc32c.hpp>

namespace heed::io {
namespace {

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][b]: what byte b does to the remainder when k more bytes follow it. Eight bytes then cost eight independent
// look-ups instead of a chain of eight.
constexpr Table make_tables() {
    constexpr std::uint32_t reflected_polynomial = 0x82F63B78;
    Table tables = {};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t rest = byte;
        for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? reflected_polynomial : 0);
        tables[0][byte] = rest;
    }
    for (std::size_t k = 1; k < 8; ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t rest = tables[k - 1][byte];
            tables[k][byte] = (rest >> 8) ^ tables[0][rest & 0xFF];
        }
    }
    return tables;
}
constexpr Table tables = make_tables();

}  // namespace

std::uint32_t crc32c(Bytes content, std::uint32_t before) {
    std::uint32_t rest = ~before;
    const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(content[i]); };
    for (; content.size() >= 8; content = content.subspan(8)) {
        const std::uint32_t head = rest ^ (byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24);
        rest = tables[7][head & 0xFF] ^ tables[6][head >> 8 & 0xFF] ^ tables[5][head >> 16 & 0xFF] ^
               tables[4][head >> 24] ^ tables[3][byte(4)] ^ tables[2][byte(5)] ^ tables[1][byte(6)] ^
               tables[0][byte(7)];
    }
    for (std::size_t i = 0; i < content.size(); ++i) rest = (rest >> 8) ^ tables[0][(rest ^ byte(i)) & 0xFF];
    return ~rest;
}

}  // namespace heed::io
