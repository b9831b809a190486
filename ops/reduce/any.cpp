// any and all: is an element, or is every one, different from 0 along axes?
#include <algorithm>
#include <heed/ops/define/reduction.hpp>

namespace heed {

using kernel::Reduce;

namespace {

// Is any (max) or every (min) element of a slice different from 0? `none` is the answer for no elements.
Var truth(const char* op, Reduce f, Real none, const In& x, const Axes& axes, Keep keep) {
    const Reduction r(op, x, axes, keep);
    if (r.n == 0) return Var(filled(r.result, none));
    Array differs = Array::from_shape(x.shape());
    const Real* from = x.data();
    std::transform(from, from + x.size(), differs.data(), [](Real value) { return static_cast<Real>(value != 0); });
    return Var(r.reduce(f, r.slices(differs)));
}

}  // namespace

Var any(In x, Axes axes, Keep keep) { return truth("any", Reduce::max, 0, x, axes, keep); }
Var all(In x, Axes axes, Keep keep) { return truth("all", Reduce::min, 1, x, axes, keep); }

// clang-format off
HEED_OP_CASES(
    {.name = "any/mask", .inputs = {{2, 3}}, .call = [](Vars in) { return any(triu(in[0], 2), -1, keep_axis) * in[0]; },
     .same_as = [](Vars in) { return in[0] * triu(ones({2, 1})); }},
    {.name = "any/of nothing", .inputs = {{2, 0}}, .call = [](Vars in) { return any(in[0], 1) + sum(in[0], 1); },
     .same_as = [](Vars in) { return sum(in[0], 1); }, .flat = true},
    {.name = "any/no such axis", .inputs = {{2}}, .call = [](Vars in) { return any(in[0], 1); }, .rejects = true},
    {.name = "all/mask", .inputs = {{2, 3}}, .call = [](Vars in) { return all(tril(in[0], 1), 0) * in[0]; },
     .same_as = [](Vars in) { return in[0] * tril(ones({1, 3}), 1); }},
    {.name = "all/of nothing", .inputs = {{2, 0}}, .call = [](Vars in) { return all(in[0], 1) + sum(in[0], 1); },
     .same_as = [](Vars in) { return sum(in[0], 1) + 1; }, .flat = true},
    {.name = "all/no such axis", .inputs = {{2}}, .call = [](Vars in) { return all(in[0], -2); }, .rejects = true})
// clang-format on

}  // namespace heed
