// maximum and minimum: the larger and the smaller of two elements.
#include <heed/ops/elementwise/arithmetic.hpp>

namespace heed {

using kernel::Binary;

namespace {

// f is max or min, and `wins` returns whether its first operand is the result. Ties share the gradient.
template <class Wins>
Var extreme(const char* op, Binary f, const In& a, const In& b, Wins wins) {
    Var y = record(op, {a, b}, combine(op, f, a, b), [a, b, da = a.slot(), db = b.slot(), wins](const Array& dy) {
        const auto share = [wins](Real g, Real x, Real other) { return x == other ? g / 2 : wins(x, other) ? g : 0; };
        if (da) da.add_grad(zip(dy.shape(), share, dy, a.value(), b.value()));
        if (db) db.add_grad(zip(dy.shape(), share, dy, b.value(), a.value()));
    });
    return differentiable(std::move(y), {a, b}, [wins](Vars x, const Var& y, const Var& dy) {
        const auto share = [&](const Var& own, const Var& other) {
            const Var won(zip(
                y.shape(), [wins](Real p, Real q) { return static_cast<Real>(wins(p, q)); }, own.value(),
                other.value()));
            return where(equal(own, other), dy / 2, where(won, dy, 0));
        };
        return Grads{share(x[0], x[1]), share(x[1], x[0])};
    });
}

}  // namespace

// A NaN on either side is the result, and gets the gradient.
Var maximum(In a, In b) {
    return extreme("maximum", Binary::max, a, b, [](Real x, Real other) { return x > other || x != x; });
}
Var minimum(In a, In b) {
    return extreme("minimum", Binary::min, a, b, [](Real x, Real other) { return x < other || x != x; });
}

// clang-format off
HEED_OP_CASES(
    {.name = "maximum/broadcast", .inputs = {{4, 3}, {3}}, .call = [](Vars in) { return maximum(in[0], in[1]); }, .draw = draw::apart},
    {.name = "maximum/ties", .inputs = {{5}}, .call = [](Vars in) { return maximum(in[0], in[0]); }, .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "maximum/number", .inputs = {{2, 3}}, .call = [](Vars in) { return maximum(in[0], 0); },
     .same_as = [](Vars in) { return relu(in[0]); }, .draw = draw::apart},
    {.name = "maximum/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return maximum(in[0], in[1]); }, .rejects = true},
    {.name = "minimum/same shape", .inputs = {{8, 9}, {8, 9}}, .call = [](Vars in) { return minimum(in[0], in[1]); },
     .same_as = [](Vars in) { return -maximum(-in[0], -in[1]); }, .draw = draw::apart},
    {.name = "minimum/ties", .inputs = {{5}}, .call = [](Vars in) { return minimum(in[0], in[0]); }, .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "minimum/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return minimum(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
