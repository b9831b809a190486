// [head]
#include <fmt/format.h>
#include <heed/core/xt.hpp>
#include <heed/ops/define/op.hpp>

using namespace heed;
// [end]

// [forward]
// y = x s(beta x) with s(t) = 1 / (1 + exp(-t)) (Ramachandran, Zoph, Le, "Searching for Activation Functions", 2017).
// beta is one number for all, or one for each position of the last axis: () or (d) for x (..., d).
Var swish(In x, In beta) {
    const bool each = beta.rank() == 1 && x.rank() > 0 && beta.dim(0) == x.dim(-1);
    expect(
        beta.rank() == 0 || each, "swish", "beta", beta.shape(),
        [&] { return fmt::format("() or (d), d being the last size of 'x' {}", to_string(x.shape())); }, beta.at);
    Array s = 1 / (1 + xt::exp(-beta.value() * x.value()));
    Array y = x.value() * s;
    // [end]
    // [backward]
    return record("swish", {x, beta}, std::move(y), [x, beta, s, dx = x.slot(), dbeta = beta.slot()](const Array& dy) {
        const Array &v = x.value(), &b = beta.value();
        if (dx) dx.add_grad(dy * s * (1 + b * v * (1 - s)));
        if (dbeta)
            dbeta.add_grad(dy * v * v * s * (1 - s));  // add_grad sums over the axes along which beta was repeated
    });
}
// [end]

// [cases]
HEED_OP_CASES(
    {.name = "swish/one beta",
     .inputs = {{3, 4}, {}},
     .call = [](Vars in) { return swish(in[0], in[1]); },
     .same_as = [](Vars in) { return in[0] * sigmoid(in[1] * in[0]); }},
    {.name = "swish/a beta for each column",
     .inputs = {{2, 3, 5}, {5}},
     .call = [](Vars in) { return swish(in[0], in[1]); },
     .same_as = [](Vars in) { return in[0] * sigmoid(in[1] * in[0]); }},
    {.name = "swish/scalar", .inputs = {{}, {}}, .call = [](Vars in) { return swish(in[0], in[1]); }},
    {.name = "swish/empty", .inputs = {{0, 3}, {3}}, .call = [](Vars in) { return swish(in[0], in[1]); }, .flat = true},
    {.name = "swish/beta of another width",
     .inputs = {{3, 4}, {3}},
     .call = [](Vars in) { return swish(in[0], in[1]); },
     .rejects = true})
// [end]
