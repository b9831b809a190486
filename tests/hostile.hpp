#pragma once
// The shared collection of files made to break readers, with what its manifest states about each: $HEED_SHARED/hostile.
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <vector>
#include <sys/resource.h>
#include <heed/tests/io_files.hpp>

// The fields of one line of a CSV file without quotes inside quotes.
inline std::vector<std::string> split_csv(const std::string& line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        else if (c == ',' && !quoted) cells.emplace_back();
        else cells.back() += c;
    }
    return cells;
}

inline long peak_kilobytes() {
    ::rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

// Calls read(path, format) for each file of these formats, at least so many: it must return for those to accept, and
// throw a FileError that begins with the path for the others.
template <class Read>
void check_shared_files(const std::set<std::string>& formats, int least, Read&& read) {
    const char* shared = std::getenv("HEED_SHARED");
    if (shared == nullptr) {
        WARN("HEED_SHARED is not set: the shared collection of hostile files was not read, only generated ones");
        return;
    }
    const std::string folder = std::string(shared) + "/hostile/";
    std::ifstream manifest(folder + "manifest.csv");
    REQUIRE(manifest);
    const long before = peak_kilobytes();
    int files = 0;
    for (std::string line; std::getline(manifest, line);) {
        const std::vector<std::string> cells = split_csv(line);
        REQUIRE(cells.size() >= 5);
        if (!formats.contains(cells[1])) continue;
        ++files;
        CAPTURE(cells[0], cells[3]);
        std::string text;
        try {
            read(folder + cells[0], cells[1]);
        } catch (const heed::IoError& error) {
            FAIL(error.what());
        } catch (const heed::FileError& error) {
            text = error.what();
        }
        CAPTURE(text);
        CHECK(text.empty() == (cells[4] == "accept"));
        if (!text.empty()) CHECK_THAT(text, StartsWith(folder + cells[0] + ": "));
        CHECK(text.size() < 600);
    }
    CHECK(files >= least);
    CHECK(peak_kilobytes() - before < 64 * 1024);
}
