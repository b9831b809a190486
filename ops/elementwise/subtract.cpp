// subtract: a - b.
#include <heed/ops/elementwise/arithmetic.hpp>

namespace heed {

using kernel::Binary;

Var operator-(In a, In b) {
    if (const Real* s = number(b)) return add_number("subtract", a, -*s);
    Var y =
        record("subtract", {a, b}, combine("subtract", Binary::sub, a, b), [da = a.slot(), db = b.slot()](Array&& dy) {
            if (da) da.add_grad(dy);
            if (db) db.add_grad(scale(std::move(dy), -1));
        });
    return differentiable(std::move(y), {a, b}, [](Vars, const Var&, const Var& dy) { return Grads{dy, -dy}; });
}

Var& operator-=(Var& x, In b) { return x = In(x, b.at) - b; }

// clang-format off
HEED_OP_CASES(
    {.name = "subtract/in place", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { Var x = in[0] * 1; x -= in[1]; return x; },
     .same_as = [](Vars in) { return in[0] - in[1]; }},
    {.name = "subtract/same shape", .inputs = {{5}, {5}}, .call = [](Vars in) { return in[0] - in[1]; }},
    {.name = "subtract/column", .inputs = {{2, 3}, {2, 1}}, .call = [](Vars in) { return in[0] - in[1]; }},
    {.name = "subtract/number", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] - 2; }, .same_as = [](Vars in) { return in[0] + -2; }},
    {.name = "subtract/from a number", .inputs = {{2, 3}}, .call = [](Vars in) { return 2 - in[0]; }, .same_as = [](Vars in) { return -in[0] + 2; }},
    {.name = "subtract/shapes differ", .inputs = {{2, 3}, {3, 2}}, .call = [](Vars in) { return in[0] - in[1]; }, .rejects = true})
// clang-format on

}  // namespace heed
