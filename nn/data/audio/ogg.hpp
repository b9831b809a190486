#pragma once
// Whether an OGG file (RFC 3533) has its last page. Versions of libsndfile differ in what they report for a file
// without it.
// Private to heed; not installed.
#include <heed/core/io/file.hpp>

namespace heed::audio {

// Whether the file holds its last page whole and that page ends a stream. What follows it (tags) is skipped.
bool has_last_page(const io::InputFile& file);

}  // namespace heed::audio
