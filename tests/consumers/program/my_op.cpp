// An op that heed does not have, in one file of a user's program: y = x tanh(softplus(x)) (Misra, "Mish", 2019).
#include "my_op.hpp"
#include <heed/core/xt.hpp>
#include <heed/ops/define/op.hpp>

using namespace heed;

Var mish(In x) {
    expect(x.rank() > 0, "mish", "x", x.shape(), "at least one axis", x.at);
    const Array& v = x.value();
    Array y = v * xt::tanh(xt::log1p(xt::exp(v)));
    return record("mish", {x}, std::move(y), [x, dx = x.slot()](const Array& dy) {
        const Array& v = x.value();
        const Array t = xt::tanh(xt::log1p(xt::exp(v)));
        dx.add_grad(dy * (t + v * (1 - t * t) / (1 + xt::exp(-v))));
    });
}

HEED_OP_CASES({.name = "mish/rows",
               .inputs = {{2, 3}},
               .call = [](Vars in) { return mish(in[0]); },
               .same_as = [](Vars in) { return in[0] * tanh(softplus(in[0])); }},
              {.name = "mish/cube", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return mish(in[0]); }},
              {.name = "mish/scalar", .inputs = {{}}, .call = [](Vars in) { return mish(in[0]); }, .rejects = true})
