#pragma once
// What every enrolled case must fulfil. Meant for the double twin.
#include <string>
#include <vector>
#include <heed/ops/define/op.hpp>

namespace heed {

// All that is wrong with a case, as texts; empty if it is right. A case that must be refused is right if its error
// begins with the op's name and names the file of the call. Of any other case, for inputs from its domain:
//   value      the same bits with and without a tape, paused, and again under the same random key
//   gradient   <dy, J v> by central differences equals <J' dy, v> to 1e-6, for every operand, and for equal
//              operands that are one Var; zero on both sides only if the case is flat; the same for an operand alone as
//              for all together; twice as much when the operands are used twice
//   same_as    agrees in shape, value and gradient to 1e-9
//   operands   keep their bits; a constant gets no gradient, and constants alone are not recorded
std::vector<std::string> check_case(const OpCase& c);

}  // namespace heed
