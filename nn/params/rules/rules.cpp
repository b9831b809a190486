// What is a rule, and what is none.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/params/rules/rules.hpp>

namespace heed::nn {
namespace {

[[noreturn]] void refuse(const std::string& text) { throw RangeError("Rule: " + text); }

// The names between braces, and "*", that a pattern has, in order; throws for what is no pattern.
std::vector<std::string> names_in(const std::string& pattern) {
    std::vector<std::string> names;
    const std::size_t star = std::min(pattern.find('*'), pattern.size());
    for (std::size_t i = 0; i < star; ++i) {
        if (pattern[i] == '}') refuse(fmt::format("pattern '{}' has a '}}' that closes nothing", pattern));
        if (pattern[i] != '{') continue;
        const std::size_t end = std::min(pattern.find('}', i), star);
        if (end == star || end == i + 1)
            refuse(fmt::format("pattern '{}' has a '{{' without a name and a '}}' behind it", pattern));
        if (end + 1 < pattern.size() && pattern[end + 1] != '.')
            refuse(fmt::format("pattern '{}' goes on behind a '}}'; expected a dot or the end", pattern));
        names.push_back(pattern.substr(i, end + 1 - i));
        i = end;
    }
    if (star < pattern.size()) {
        if (pattern.find_first_of("*{}", star + 1) != pattern.npos)
            refuse(fmt::format("pattern '{}' has more than text behind its '*'", pattern));
        names.emplace_back("*");
    }
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end())
        refuse(fmt::format("pattern '{}' has one name twice", pattern));
    return names;
}

}  // namespace

void check_rules(const Rules& rules) {
    for (const Rule& rule : rules) {
        if (rule.theirs.empty()) refuse("one without a name in the file");
        if (rule.theirs.size() > 1 && rule.ours.size() > 1)
            refuse(fmt::format("'{}' has several names on both sides", rule.theirs[0]));
        if (rule.ones < 0) refuse(fmt::format("'{}' has ones = {}; expected 0 or more", rule.theirs[0], rule.ones));
        const std::vector<std::string> first = names_in(rule.theirs[0]);
        for (const NamePatterns* side : {&rule.theirs, &rule.ours})
            for (const std::string& pattern : *side)
                if (names_in(pattern) != first)
                    refuse(fmt::format("'{}' and '{}' have different names in braces, or '*' in one alone",
                                       rule.theirs[0], pattern));
    }
}

}  // namespace heed::nn
