#pragma once
// What the tests of files share: a folder that is removed again, and the text of an error of exactly one type.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <typeinfo>
#include <heed/core/io/file.hpp>
#include <heed/tests/catch.hpp>

class TemporaryFolder {
public:
    TemporaryFolder() {
        path_ = (std::filesystem::temp_directory_path() / "heed-test-XXXXXX").string();
        REQUIRE(::mkdtemp(path_.data()) != nullptr);
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    const std::string& path() const { return path_; }
    std::ptrdiff_t files() const {
        return std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator());
    }

private:
    std::string path_;
};

// The text of the E (no class derived from it) that `act` throws.
template <class E, class Act>
std::string error_of(Act&& act) {
    try {
        act();
    } catch (const E& error) {
        if (typeid(error) != typeid(E)) return std::string("another class: ") + error.what();
        return error.what();
    }
    return "no error";
}

// What is wrong with the file by the FileError that read() throws, without its path.
template <class Read>
std::string fault_of(const std::string& path, Read&& read) {
    const std::string text = error_of<heed::FileError>(read);
    return text.starts_with(path) ? text.substr(path.size()) : text;
}

inline std::string content_of(const std::string& path) {
    const auto bytes = heed::io::read_file(path, 1 << 28);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void put(const std::string& path, std::string_view content) {
    heed::io::write_atomically(path, heed::io::bytes_of(content));
}
