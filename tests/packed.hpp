#pragma once
// Files packed by gzip.
#include <string>
#include <zlib.h>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

inline void put_packed(const std::string& path, const std::string& content) {
    ::gzFile file = ::gzopen(path.c_str(), "wb");
    REQUIRE(file != nullptr);
    REQUIRE(::gzwrite(file, content.data(), static_cast<unsigned>(content.size())) == static_cast<int>(content.size()));
    REQUIRE(::gzclose(file) == Z_OK);
}

// What `refusal(path)` says of a file, as it is and packed.
struct PlainAndPacked {
    std::string plain, packed;
};
template <class Refusal>
PlainAndPacked refusals_of(const std::string& path, const std::string& content, const Refusal& refusal) {
    put(path, content);
    const std::string plain = refusal(path);
    put_packed(path, content);
    return {plain, refusal(path)};
}
