#pragma once
// Debian has Catch2 2, newer systems 3: tests include this and use what both have.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::StartsWith;
using ContainsText = Catch::Matchers::StringContainsMatcher;
inline ContainsText Containing(const std::string& text) { return Catch::Matchers::ContainsSubstring(text); }
#else
#include <catch2/catch.hpp>
using Catch::Matchers::StartsWith;
inline auto Containing(const std::string& text) { return Catch::Matchers::Contains(text); }
#endif
