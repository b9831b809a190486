// divide: a / b.
#include <heed/ops/elementwise/arithmetic.hpp>

namespace heed {

using kernel::Binary;

// d(a / b) = da / b - y db / b
Var operator/(In a, In b) {
    const auto done = [&](Var y) {
        return differentiable(std::move(y), {a, b}, [](Vars x, const Var& y, const Var& dy) {
            const Var da = dy / x[1];
            return Grads{da, -(da * y)};
        });
    };
    Array y = combine("divide", Binary::div, a, b);
    if (!b.wants_grad()) return done(record("divide", {a, b}, std::move(y), combined_with(Binary::div, b, a.slot())));
    return done(record("divide", {a, b}, std::move(y), [b, da = a.slot(), db = b.slot()](const Array& y, Array&& dy) {
        combine_into(Binary::div, dy, b.value());
        db.add_grad(scale(combine(Binary::mul, dy, y, dy.shape()), -1));
        if (da) da.add_grad(std::move(dy));
    }));
}

Var& operator/=(Var& x, In b) { return x = In(x, b.at) / b; }

// clang-format off
HEED_OP_CASES(
    {.name = "divide/in place", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { Var x = in[0] * 1; x /= in[1]; return x; },
     .same_as = [](Vars in) { return in[0] / in[1]; }, .draw = draw::positive},
    {.name = "divide/same shape", .inputs = {{2, 3}, {2, 3}}, .call = [](Vars in) { return in[0] / in[1]; }, .draw = draw::positive},
    {.name = "divide/broadcast", .inputs = {{3}, {2, 1}}, .call = [](Vars in) { return in[0] / in[1]; }, .draw = draw::positive},
    {.name = "divide/by a number", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] / 4; }, .same_as = [](Vars in) { return in[0] * 0.25; }},
    {.name = "divide/a number", .inputs = {{2, 3}}, .call = [](Vars in) { return 3 / in[0]; }, .draw = draw::positive},
    {.name = "divide/shapes differ", .inputs = {{2, 3}, {2}}, .call = [](Vars in) { return in[0] / in[1]; }, .rejects = true})
// clang-format on

}  // namespace heed
