#pragma once
// Using a trained model: measuring it, and saying what sound files hold.
#include <filesystem>
#include <string>
#include <vector>
#include <heed/core/real.hpp>
#include <heed/examples/common/attend.hpp>

namespace heed::frames {

// Prints how much of what training kept back is right, or wrong. Here and below, `strict` refuses sound files that were cut short.
int evaluate(const std::filesystem::path& folder, Dim beam, bool strict = false);

// Prints the three most probable digits of each WAV, FLAC or OGG file, or all that it says. A file that cannot be read is named, the others
// are still done; then the exit code is 65.
int predict(const std::filesystem::path& folder, const std::vector<std::string>& files, Dim beam, bool strict = false);

// Writes where the model's encoder looked in a WAV, FLAC or OGG file. Throws FileError for one that cannot be read.
int attend(const examples::AttendOptions& options, bool strict = false);

}  // namespace heed::frames
