#pragma once
// Listing a folder of data.
#include <filesystem>
#include <string_view>
#include <vector>

namespace heed::data {

// The entries of a folder, sorted by name, without hidden ones: .ipynb_checkpoints, .DS_Store and all others that begin
// with a dot. Throws FileError, naming the folder and what it is expected to be, where it cannot be read.
std::vector<std::filesystem::path> visible_entries(const std::filesystem::path& folder, std::string_view expected);

}  // namespace heed::data
