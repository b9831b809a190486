#pragma once
// Questions about towns with their SQL, which a small model learns in seconds.
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>

namespace heed::test {

struct Folder {
    std::filesystem::path path;
    explicit Folder(const char* name)
        : path(std::filesystem::temp_directory_path() / fmt::format("heed-answer-{}-{}", name, ::getpid())) {
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
};

inline std::string text_of_file(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

inline void write_towns(const std::filesystem::path& path, std::uint64_t n) {
    const RandomStream random(Key{7, 0}, 1);
    std::ofstream out(path);
    const char* const asked[][2] = {{"how big is town_name0", "SIZE"}, {"how high is the town_name0", "HEIGHT"}};
    for (std::uint64_t i = 0; i < n; ++i) {
        const auto& [question, column] = asked[random.bits(2 * i) % 2];
        out << question << "\tSELECT TOWNalias0." << column
            << " FROM TOWN AS TOWNalias0 WHERE TOWNalias0.NAME = \"town_name0\" ;\t{\"town_name0\": \"town "
            << random.bits(2 * i + 1) % 40 << "\"}\n";
    }
}

}  // namespace heed::test
