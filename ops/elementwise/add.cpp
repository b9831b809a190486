// add: a + b.
#include <heed/ops/elementwise/arithmetic.hpp>

namespace heed {

using kernel::Binary;

Var operator+(In a, In b) {
    if (const Real* s = number(b)) return add_number("add", a, *s);
    if (const Real* s = number(a)) return add_number("add", b, *s);
    Var y = record("add", {a, b}, combine("add", Binary::add, a, b), [da = a.slot(), db = b.slot()](Array&& dy) {
        if (!da) return db.add_grad(std::move(dy));
        if (db) db.add_grad(dy);
        da.add_grad(std::move(dy));
    });
    return differentiable(std::move(y), {a, b}, [](Vars, const Var&, const Var& dy) { return Grads{dy, dy}; });
}

Var& operator+=(Var& x, In b) { return x = In(x, b.at) + b; }

// clang-format off
HEED_OP_CASES(
    {.name = "add/in place", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { Var x = in[0] * 1; x += in[1]; return x; },
     .same_as = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/same shape", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/row", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/outer", .inputs = {{2, 1, 3}, {4, 1}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/number", .inputs = {{2, 3}}, .call = [](Vars in) { return 1.5 + (in[0] + 2); }},
    {.name = "add/scalars", .inputs = {{}, {}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/scalar that learns", .inputs = {{}, {2, 3}}, .call = [](Vars in) { return in[0] + in[1]; }},
    {.name = "add/empty", .inputs = {{0, 3}, {3}}, .call = [](Vars in) { return in[0] + in[1]; }, .flat = true},
    {.name = "add/shapes differ", .inputs = {{2, 3}, {2}}, .call = [](Vars in) { return in[0] + in[1]; }, .rejects = true})
// clang-format on

}  // namespace heed
