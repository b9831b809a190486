// Elementwise functions of one operand beside PyTorch's: in the middle, near zero, far out, at infinity, NaN.
#include <limits>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;
constexpr double inf = std::numeric_limits<double>::infinity();
const std::vector<std::string> everywhere{"matrix", "wide", "small", "far out", "infinite", "NaN"};
const std::vector<std::string> no_infinity{"matrix", "wide", "small", "far out", "NaN"};
const std::vector<std::string> periodic{"matrix", "wide", "small", "NaN", "many turns"};
const std::vector<std::string> unit_line{"inside", "edges", "outside"};
const std::vector<std::string> halves{"last axis", "cube"};
const std::vector<std::string> half_line{"positive", "edges", "negative"};

const Table table("unary", {
    {"abs", everywhere, [](G in) { return abs(in[0]); }},
    {"sign", {"matrix", "wide", "small", "far out", "infinite"}, [](G in) { return sign(in[0]); }},
    {"exp", everywhere, [](G in) { return exp(in[0]); }},
    {"square", everywhere, [](G in) { return square(in[0]); }},
    {"tanh", everywhere, [](G in) { return tanh(in[0]); }},
    {"sigmoid", everywhere, [](G in) { return sigmoid(in[0]); }},
    {"erf", everywhere, [](G in) { return erf(in[0]); }},
    {"relu", everywhere, [](G in) { return relu(in[0]); }},
    {"leaky_relu", everywhere, [](G in) { return leaky_relu(in[0]); }},
    {"elu", everywhere, [](G in) { return elu(in[0]); }},
    {"softplus", everywhere, [](G in) { return softplus(in[0]); }},
    {"log_sigmoid", everywhere, [](G in) { return log_sigmoid(in[0]); }},
    {"round", everywhere, [](G in) { return round(in[0]); }},
    {"floor", everywhere, [](G in) { return floor(in[0]); }},
    {"ceil", everywhere, [](G in) { return ceil(in[0]); }},
    {"trunc", everywhere, [](G in) { return trunc(in[0]); }},
    {"exp2", everywhere, [](G in) { return exp2(in[0]); }},
    {"expm1", everywhere, [](G in) { return expm1(in[0]); }},
    {"sinh", everywhere, [](G in) { return sinh(in[0]); }},
    {"cosh", everywhere, [](G in) { return cosh(in[0]); }},
    {"atan", everywhere, [](G in) { return atan(in[0]); }},
    {"hardsigmoid", everywhere, [](G in) { return hardsigmoid(in[0]); }},
    {"hardswish", no_infinity, [](G in) { return hardswish(in[0]); }},
    {"mish", no_infinity, [](G in) { return mish(in[0]); }},
    {"log1p", {"inside", "small", "edges", "outside"}, [](G in) { return log1p(in[0]); }},
    {"asin", unit_line, [](G in) { return asin(in[0]); }},
    {"acos", unit_line, [](G in) { return acos(in[0]); }},
    {"tan", periodic, [](G in) { return tan(in[0]); }},
    {"sin", periodic, [](G in) { return sin(in[0]); }},
    {"cos", periodic, [](G in) { return cos(in[0]); }},
    {"gelu", no_infinity, [](G in) { return gelu(in[0]); }},
    {"gelu_tanh", no_infinity, [](G in) { return gelu_tanh(in[0]); }},
    {"silu", no_infinity, [](G in) { return silu(in[0]); }},
    {"log", half_line, [](G in) { return log(in[0]); }},
    {"sqrt", half_line, [](G in) { return sqrt(in[0]); }},
    {"log2", half_line, [](G in) { return log2(in[0]); }},
    {"rsqrt", half_line, [](G in) { return rsqrt(in[0]); }},
    {"leaky_relu", {"slopes"}, [](G in) { return Outputs{leaky_relu(in[0], 0.2), leaky_relu(in[0], -0.5), leaky_relu(in[0], 2)}; }},
    {"elu", {"alphas"}, [](G in) { return Outputs{elu(in[0], 0.5), elu(in[0], 2)}; }},
    {"clamp", {"both ends", "NaN"}, [](G in) { return clamp(in[0], -1, 1.5); }},
    {"clamp", {"one end"}, [](G in) { return clamp(in[0], 0, inf); }},
    {"hardsigmoid", {"kinks"}, [](G in) { return hardsigmoid(in[0]); }},
    {"hardswish", {"kinks"}, [](G in) { return hardswish(in[0]); }},
    {"glu", halves, [](G in) { return glu(in[0]); }},
    {"glu", {"first axis"}, [](G in) { return glu(in[0], 0); }},
    {"glu", {"middle axis"}, [](G in) { return glu(in[0], -2); }},
    {"swiglu", halves, [](G in) { return swiglu(in[0]); }},
    {"geglu", halves, [](G in) { return geglu(in[0]); }},
    {"geglu_tanh", halves, [](G in) { return geglu_tanh(in[0]); }},
    {"round", {"halves"}, [](G in) { return round(in[0]); }},
});

}  // namespace
}  // namespace heed::reference
