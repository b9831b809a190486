#pragma once
// Files packed by gzip.
#include <string>
#include <zlib.h>
#include <heed/tests/catch.hpp>

inline void put_packed(const std::string& path, const std::string& content) {
    ::gzFile file = ::gzopen(path.c_str(), "wb");
    REQUIRE(file != nullptr);
    REQUIRE(::gzwrite(file, content.data(), static_cast<unsigned>(content.size())) == static_cast<int>(content.size()));
    REQUIRE(::gzclose(file) == Z_OK);
}
