#pragma once
// The pages of an OGG file (RFC 3533): whether it has the last one. Versions of libsndfile differ in what they say of a file without it.
// Private to heed; not installed.
#include <heed/core/io/file.hpp>

namespace heed::audio {

// Whether the file holds its last page whole and that page ends a stream. What follows it (tags) is passed over.
bool has_last_page(const io::InputFile& file);

}  // namespace heed::audio
