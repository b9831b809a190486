#pragma once
// Runs op cases on inputs that have the same values in both twins (they are exact in float).
#include <heed/ops/define/op.hpp>

namespace heed {

// The values of a run as doubles, the same type in both twins.
struct CaseRun {
    Shape shape;
    std::vector<double> value;
    std::vector<std::vector<double>> gradients;  // of <value, weights>, one for each operand
};

// The enrolled case of this name in the twin whose Real is R: its `call`, or its `same_as`, on the inputs of one
// drawing. Throws Error if there is none.
template <class R>
CaseRun run_enrolled(const std::string& name, bool composed, std::uint64_t drawing);
template <>
CaseRun run_enrolled<float>(const std::string& name, bool composed, std::uint64_t drawing);
template <>
CaseRun run_enrolled<double>(const std::string& name, bool composed, std::uint64_t drawing);

// --- for the checker, in the twin that includes this

using Call = Var (*)(Vars in);
inline constexpr Key case_key{1, 2};  // of every tape that a case runs under

struct HEED_ABI Outcome {
    Array value;
    std::vector<Array> gradients;  // zeros where none arrived
    bool intact = true;            // no operand changed, and none got a gradient unasked
};

std::vector<Array> case_inputs(const OpCase& c, std::uint64_t drawing = 0);  // from the case's domain
Array case_noise(const Shape& shape, Real seed);                             // in [-1, 1)
double dot(const Array& x, const Array& y);

// Calls f `times` times on the same operands and sweeps the sum of <value, weights>. All operands are leaves, or `only`
// one.
Outcome run_case(Call f, const std::vector<Array>& inputs, std::optional<std::size_t> only = {}, int times = 1);

// <f(inputs), weights>, under a fresh tape.
double weighed(Call f, const std::vector<Array>& inputs);

}  // namespace heed
