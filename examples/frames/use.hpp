#pragma once
// Using a trained model: measuring it, and saying which digits sound files hold.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/examples/common/attend.hpp>

namespace heed::frames {

// Prints how many of the recordings that training kept back are right.
int evaluate(const std::filesystem::path& folder);

// Prints the three most probable digits of each WAV, FLAC or OGG file. A file that cannot be read is named, the others are still done; then the
// exit code is 65.
int predict(const std::filesystem::path& folder, const std::vector<std::string>& files);

// Writes where the model looked in a WAV, FLAC or OGG file. Throws FileError for one that cannot be read.
int attend(const examples::AttendOptions& options);

}  // namespace heed::frames
