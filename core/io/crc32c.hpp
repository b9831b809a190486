#pragma once
// A checksum of bytes.
#include <cstdint>
#include <heed/core/io/file.hpp>

namespace heed::io {

// The CRC-32C (Castagnoli polynomial, as in iSCSI, RFC 3720) of `content`; crc32c of "123456789" is e3069283. `before`
// is the value of what precedes: crc32c(b, crc32c(a)) is that of a and b in a row.
std::uint32_t crc32c(Bytes content, std::uint32_t before = 0);

}  // namespace heed::io
