#pragma once
// Which rule fits a name, and what the name is on the other side.
// Private to heed; not installed.
#include <string_view>
#include <utility>
#include <heed/nn/params/rules/rules.hpp>

namespace heed::nn {

// What the "{...}" and the "*" of a pattern stand for in a name.
using Texts = std::vector<std::pair<std::string, std::string>>;
std::optional<Texts> match(std::string_view pattern, std::string_view name);
std::string fill_in(std::string_view pattern, const Texts& texts);

// Which rule fits a name, and how.
enum class RuleSide { theirs, ours };
struct RuleMatch {
    const Rule* rule = nullptr;  // null: none fits
    std::size_t index = 0;       // of the pattern on that side that fits
    Texts texts = {};
};
RuleMatch match_rule(const Rule& rule, RuleSide side, std::string_view name);
RuleMatch find_rule(const Rules& rules, RuleSide side, std::string_view name);  // the first one that fits

}  // namespace heed::nn
