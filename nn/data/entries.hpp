#pragma once
// The content of a folder of data.
#include <filesystem>
#include <string_view>
#include <vector>

namespace heed::data {

// What is in a folder, sorted by name, but for what is hidden: .ipynb_checkpoints, .DS_Store and whatever else begins with a point. Throws FileError,
// naming the folder and what it is expected to be, where it cannot be read.
std::vector<std::filesystem::path> visible_entries(const std::filesystem::path& folder, std::string_view expected);

}  // namespace heed::data
