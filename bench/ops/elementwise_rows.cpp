// Rows of ops that work element by element.
#include <heed/bench/ops/row.hpp>

namespace heed::bench {

std::vector<OpRow> elementwise_rows() {
    const Shapes flat{Shape{1000}, {250'000}, {10'000'000}}, matrix{Shape{32, 32}, {500, 500}, {2500, 4000}};
    const Shapes row{Shape{32}, {500}, {4000}}, column{Shape{32, 1}, {500, 1}, {2500, 1}};
    const Operand x = normal_in(flat), m = normal_in(matrix), positive = within(0.1, 4, flat);
    const Operand inside = within(-0.95, 0.95, flat), whole = within(-3, 3, flat), fixed = x.fixed();
    // clang-format off
    return {
        {"add", {x, x}, [](G g) { return g[0] + g[1]; }},
        {"add/row", {m, normal_in(row)}, [](G g) { return g[0] + g[1]; }},
        {"add/column", {m, normal_in(column)}, [](G g) { return g[0] + g[1]; }},
        {"subtract", {x, x}, [](G g) { return g[0] - g[1]; }},
        {"multiply", {x, x}, [](G g) { return g[0] * g[1]; }},
        {"multiply/number", {x}, [](G g) { return g[0] * 1.5; }},
        {"multiply/row", {m, normal_in(row)}, [](G g) { return g[0] * g[1]; }},
        {"multiply/column", {m, normal_in(column)}, [](G g) { return g[0] * g[1]; }},
        {"divide", {x, positive}, [](G g) { return g[0] / g[1]; }},
        {"negate", {x}, [](G g) { return -g[0]; }},
        {"pow", {positive, x}, [](G g) { return pow(g[0], g[1]); }},
        {"pow/cube", {x}, [](G g) { return pow(g[0], 3); }},
        {"maximum", {x, x}, [](G g) { return maximum(g[0], g[1]); }},
        {"minimum", {x, x}, [](G g) { return minimum(g[0], g[1]); }},
        {"less", {x, x}, [](G g) { return g[0] < g[1]; }},
        {"less_equal", {x, x}, [](G g) { return g[0] <= g[1]; }},
        {"greater", {x, x}, [](G g) { return g[0] > g[1]; }},
        {"greater_equal", {x, x}, [](G g) { return g[0] >= g[1]; }},
        {"equal", {x, x}, [](G g) { return equal(g[0], g[1]); }},
        {"not_equal", {x, x}, [](G g) { return not_equal(g[0], g[1]); }},
        {"logical_and", {x, x}, [](G g) { return logical_and(g[0], g[1]); }},
        {"logical_or", {x, x}, [](G g) { return logical_or(g[0], g[1]); }},
        {"logical_not", {x}, [](G g) { return logical_not(g[0]); }},
        {"isnan", {x}, [](G g) { return isnan(g[0]); }},
        {"isfinite", {x}, [](G g) { return isfinite(g[0]); }},
        {"where", {fixed, x, x}, [](G g) { return where(g[0] > 0, g[1], g[2]); }},

        {"abs", {x}, [](G g) { return abs(g[0]); }},
        {"sign", {x}, [](G g) { return sign(g[0]); }},
        {"exp", {x}, [](G g) { return exp(g[0]); }},
        {"exp2", {x}, [](G g) { return exp2(g[0]); }},
        {"expm1", {x}, [](G g) { return expm1(g[0]); }},
        {"log", {positive}, [](G g) { return log(g[0]); }},
        {"log2", {positive}, [](G g) { return log2(g[0]); }},
        {"log1p", {positive}, [](G g) { return log1p(g[0]); }},
        {"sqrt", {positive}, [](G g) { return sqrt(g[0]); }},
        {"rsqrt", {positive}, [](G g) { return rsqrt(g[0]); }},
        {"square", {x}, [](G g) { return square(g[0]); }},
        {"erf", {x}, [](G g) { return erf(g[0]); }},
        {"clamp", {x}, [](G g) { return clamp(g[0], -1, 1); }},
        {"round", {whole}, [](G g) { return round(g[0]); }},
        {"floor", {whole}, [](G g) { return floor(g[0]); }},
        {"ceil", {whole}, [](G g) { return ceil(g[0]); }},
        {"trunc", {whole}, [](G g) { return trunc(g[0]); }},

        {"sin", {x}, [](G g) { return sin(g[0]); }},
        {"cos", {x}, [](G g) { return cos(g[0]); }},
        {"tan", {inside}, [](G g) { return tan(g[0]); }},
        {"asin", {inside}, [](G g) { return asin(g[0]); }},
        {"acos", {inside}, [](G g) { return acos(g[0]); }},
        {"atan", {x}, [](G g) { return atan(g[0]); }},
        {"atan2", {x, x}, [](G g) { return atan2(g[0], g[1]); }},
        {"sinh", {x}, [](G g) { return sinh(g[0]); }},
        {"cosh", {x}, [](G g) { return cosh(g[0]); }},

        {"tanh", {x}, [](G g) { return tanh(g[0]); }},
        {"sigmoid", {x}, [](G g) { return sigmoid(g[0]); }},
        {"relu", {x}, [](G g) { return relu(g[0]); }},
        {"leaky_relu", {x}, [](G g) { return leaky_relu(g[0]); }},
        {"elu", {x}, [](G g) { return elu(g[0]); }},
        {"gelu", {x}, [](G g) { return gelu(g[0]); }},
        {"gelu_tanh", {x}, [](G g) { return gelu_tanh(g[0]); }},
        {"silu", {x}, [](G g) { return silu(g[0]); }},
        {"softplus", {x}, [](G g) { return softplus(g[0]); }},
        {"log_sigmoid", {x}, [](G g) { return log_sigmoid(g[0]); }},
        {"mish", {x}, [](G g) { return mish(g[0]); }},
        {"hardsigmoid", {x}, [](G g) { return hardsigmoid(g[0]); }},
        {"hardswish", {x}, [](G g) { return hardswish(g[0]); }},
        {"glu", {m}, [](G g) { return glu(g[0]); }},
        {"swiglu", {m}, [](G g) { return swiglu(g[0]); }},
        {"geglu", {m}, [](G g) { return geglu(g[0]); }},
        {"geglu_tanh", {m}, [](G g) { return geglu_tanh(g[0]); }},
        {"dropout", {x}, [](G g) { const Sampling on; return dropout(g[0], 0.1); }},
    };
    // clang-format on
}

}  // namespace heed::bench
