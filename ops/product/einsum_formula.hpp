#pragma once
// The formula of an einsum: which axis of which operand has which letter.
// Private to heed; not installed.
#include <heed/ops/define/op.hpp>

namespace heed {

// The axes of an operand, one letter each. Those that an ellipsis stands for are digits, counted from the last one: so
// they meet as in broadcasting.
using Letters = std::string;

inline bool has(const Letters& axes, char letter) { return axes.find(letter) != Letters::npos; }

struct EinsumFormula {
    std::vector<Letters> operands;
    Letters result;
};

// "bij, bjk -> bik"; without an arrow the result has the axes of an ellipsis, then every letter that occurs once, in
// the order of the alphabet. Checks the number of operands and their axes.
EinsumFormula einsum_formula(const std::string& text, const Ins& operands, Site check = Site::current());

}  // namespace heed
