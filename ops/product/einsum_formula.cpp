// The formula of an einsum: letters, arrow and ellipses.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/product/einsum_formula.hpp>

namespace heed {
namespace {

constexpr char ellipsis = '.';

// With '.' in the place of an ellipsis.
EinsumFormula parsed(const std::string& text, Site at, Site check) {
    const auto wrong = [&](const std::string& why) { return fmt::format("formula '{}': {}", text, why); };
    std::string letters;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == ' ') continue;
        letters += text[i];
        if (text[i] != ellipsis) continue;
        require(
            text.compare(i, 3, "...") == 0, "einsum", [&] { return wrong("a '.' that is not part of ..."); }, at,
            check);
        i += 2;
    }
    const std::size_t arrow = letters.find("->");
    EinsumFormula f;
    f.operands.emplace_back();
    for (const char c : letters.substr(0, arrow)) {
        const bool letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z');
        require(
            letter || c == ',' || (c == ellipsis && !has(f.operands.back(), c)), "einsum",
            [&] {
                return wrong(c == ellipsis ? "'...' twice in one operand"
                                           : fmt::format("'{}'; expected letters, commas, ellipses and one ->", c));
            },
            at, check);
        if (c == ',') f.operands.emplace_back();
        else f.operands.back() += c;
    }
    const auto known = [&](char c) {
        return std::any_of(f.operands.begin(), f.operands.end(), [&](const Letters& axes) { return has(axes, c); });
    };
    if (arrow == std::string::npos) {
        if (known(ellipsis)) f.result += ellipsis;
        for (char c = 'A'; c <= 'z'; ++c)
            if (std::count(letters.begin(), letters.end(), c) == 1) f.result += c;
        return f;
    }
    for (const char c : letters.substr(arrow + 2)) {
        require(
            known(c) && !has(f.result, c), "einsum",
            [&] {
                return wrong(fmt::format("'{}' in the result; expected letters of the operands, once",
                                         c == ellipsis ? std::string("...") : std::string(1, c)));
            },
            at, check);
        f.result += c;
    }
    return f;
}

// Axes n - 1, ..., 1, 0 in the place of the ellipsis.
Letters expanded(const Letters& axes, std::size_t n) {
    const std::size_t at = axes.find(ellipsis);
    if (at == Letters::npos) return axes;
    Letters digits;
    for (std::size_t i = n; i-- > 0;) digits += static_cast<char>('0' + i);
    return axes.substr(0, at) + digits + axes.substr(at + 1);
}

}  // namespace

EinsumFormula einsum_formula(const std::string& text, const Ins& operands, Site check) {
    EinsumFormula f = parsed(text, operands.at, check);
    require(
        f.operands.size() == operands.size(), "einsum",
        [&] {
            return fmt::format("formula '{}' names {} operands; {} were passed", text, f.operands.size(),
                               operands.size());
        },
        operands.at, check);
    std::size_t most = 0;  // axes of an ellipsis
    for (std::size_t k = 0; k < operands.size(); ++k) {
        const bool open = has(f.operands[k], ellipsis);
        const std::size_t letters = f.operands[k].size() - (open ? 1 : 0), rank = operands[k].shape().size();
        expect(
            rank == letters || (open && rank > letters), "einsum", fmt::format("operand {}", k), operands[k].shape(),
            [&] {
                return fmt::format("{}{} axes because the formula has '{}'", open ? "at least " : "", letters, text);
            },
            operands.at, check);
        f.operands[k] = expanded(f.operands[k], rank - letters);
        most = std::max(most, rank - letters);
    }
    f.result = expanded(f.result, most);
    return f;
}

}  // namespace heed
