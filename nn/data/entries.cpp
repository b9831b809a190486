// Listing a folder of data.
#include <algorithm>
#include <system_error>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/entries.hpp>

namespace heed::data {

std::vector<std::filesystem::path> visible_entries(const std::filesystem::path& folder, std::string_view expected) {
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    std::vector<std::filesystem::path> all;
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error))
        if (!entries->path().filename().string().starts_with('.')) all.push_back(entries->path());
    if (error)
        throw FileError(fmt::format("{}: cannot be read: {}; expected {}", folder.string(), error.message(), expected));
    std::ranges::sort(all);
    return all;
}

}  // namespace heed::data
