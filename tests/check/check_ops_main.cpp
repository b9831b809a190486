// Checks the op cases that were linked in: the whole of a program that heed_check_ops() builds from a user's files.
#include <cstdio>
#include <set>
#include <heed/tests/check/check_case.hpp>

int main() {
    int bad = 0;
    std::set<std::string> names;
    for (const heed::OpCase& c : heed::OpCases::all()) {
        std::vector<std::string> faults = heed::check_case(c);
        if (!names.insert(c.name).second) faults.emplace_back("another case has this name");
        std::printf("%s %s\n", faults.empty() ? "ok  " : "FAIL", c.name.c_str());
        for (const std::string& fault : faults) std::printf("       %s\n", fault.c_str());
        bad += !faults.empty();
    }
    if (names.empty())
        std::puts("FAIL: no case is enrolled; does a file use HEED_OP_CASES, and is it compiled with HEED_TESTING?");
    return bad || names.empty() ? 1 : 0;
}
