// An op that heed does not have, in one file of a user's program: y = (x + sqrt(x^2 + 4)) / 2 (Barron, "Squareplus",
// 2021).
#include "my_op.hpp"
#include <heed/core/xt.hpp>
#include <heed/ops/define/op.hpp>

using namespace heed;

Var squareplus(In x) {
    expect(x.rank() > 0, "squareplus", "x", x.shape(), "at least one axis", x.at);
    const Array& v = x.value();
    Array y = (v + xt::sqrt(v * v + 4)) / 2;
    return record("squareplus", {x}, std::move(y), [x, dx = x.slot()](const Array& dy) {
        const Array& z = x.value();
        dx.add_grad(dy * (1 + z / xt::sqrt(z * z + 4)) / 2);
    });
}

HEED_OP_CASES(
    {.name = "squareplus/rows",
     .inputs = {{2, 3}},
     .call = [](Vars in) { return squareplus(in[0]); },
     .same_as = [](Vars in) { return (in[0] + sqrt(square(in[0]) + 4)) / 2; }},
    {.name = "squareplus/cube", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return squareplus(in[0]); }},
    {.name = "squareplus/scalar", .inputs = {{}}, .call = [](Vars in) { return squareplus(in[0]); }, .rejects = true})
