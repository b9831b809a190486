// Comparisons, tests of elements, and where: a choice between two values for each element.
#include <cmath>
#include <heed/ops/define/elementwise.hpp>
#include <heed/ops/define/higher_order.hpp>

namespace heed {

using kernel::Binary;

namespace {

Var compared(const char* op, Binary f, const In& a, const In& b) {
    return Var(combine(f, a.value(), b.value(), broadcast_shapes(op, a.shape(), b.shape(), b.at)));
}

}  // namespace

Var operator<(In a, In b) { return compared("less", Binary::less, a, b); }
Var operator<=(In a, In b) { return compared("less_equal", Binary::less_equal, a, b); }
Var operator>(In a, In b) { return compared("greater", Binary::greater, a, b); }
Var operator>=(In a, In b) { return compared("greater_equal", Binary::greater_equal, a, b); }
Var equal(In a, In b) { return compared("equal", Binary::equal, a, b); }
Var not_equal(In a, In b) { return compared("not_equal", Binary::not_equal, a, b); }

// A NaN is true, as in NumPy. Both sides are looked at, so that several elements are at once.
Var logical_and(In a, In b) {
    const Shape shape = broadcast_shapes("logical_and", a.shape(), b.shape(), b.at);
    return Var(zip(
        shape, [](Real x, Real y) { return Real((x != 0) & (y != 0)); }, a.value(), b.value()));
}
Var logical_or(In a, In b) {
    const Shape shape = broadcast_shapes("logical_or", a.shape(), b.shape(), b.at);
    return Var(zip(
        shape, [](Real x, Real y) { return Real((x != 0) | (y != 0)); }, a.value(), b.value()));
}
Var logical_not(In x) { return compared("logical_not", Binary::equal, x, In(0, x.at)); }

Var isnan(In x) { return compared("isnan", Binary::not_equal, x, x); }
Var isfinite(In x) {
    return Var(zip(
        x.shape(), [](Real v) { return Real(std::isfinite(v)); }, x.value()));
}

namespace {

bool broadcasts(const Shape& a, const Shape& b) {
    for (std::size_t i = 1; i <= std::min(a.size(), b.size()); ++i) {
        const Dim m = a[a.size() - i], n = b[b.size() - i];
        if (m != n && m != 1 && n != 1) return false;
    }
    return true;
}

}  // namespace

// Only the side that was chosen is read: a NaN or Inf in the other does no harm, forward or backward. A NaN condition
// is true.
Var where(In condition, In a, In b) {
    const Shape both = broadcast_shapes("where", a.shape(), b.shape(), b.at);
    expect(
        broadcasts(condition.shape(), both), "where", "condition", condition.shape(),
        [&] { return "a shape that broadcasts with " + to_string(both) + ", the shape of 'a' and 'b'"; }, condition.at);
    const Shape shape = broadcast_shapes("where", both, condition.shape(), condition.at);
    Array y = zip(
        shape, [](Real c, Real x, Real z) { return c != 0 ? x : z; }, condition.value(), a.value(), b.value());
    Var chosen = record("where", {a, b}, std::move(y), [condition, da = a.slot(), db = b.slot()](const Array& dy) {
        if (da)
            da.add_grad(zip(
                dy.shape(), [](Real c, Real g) { return c != 0 ? g : 0; }, condition.value(), dy));
        if (db)
            db.add_grad(zip(
                dy.shape(), [](Real c, Real g) { return c != 0 ? 0 : g; }, condition.value(), dy));
    });
    return differentiable(std::move(chosen), {condition, a, b}, [](Vars x, const Var&, const Var& dy) {
        return Grads{Var(), where(x[0], dy, 0), where(x[0], 0, dy)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "less/masks", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { return (in[0] < in[1]) * in[0] + (in[0] >= in[1]) * in[1]; },
     .same_as = [](Vars in) { return minimum(in[0], in[1]); }, .draw = draw::apart},
    {.name = "less/number", .inputs = {{4}}, .call = [](Vars in) { return (0 < in[0]) * in[0]; },
     .same_as = [](Vars in) { return relu(in[0]); }, .draw = draw::apart},
    {.name = "less/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return in[0] < in[1]; }, .rejects = true},
    {.name = "logical_and/a band", .inputs = {{2, 3}, {3}},
     .call = [](Vars in) { return logical_and(in[0] > 0, in[1] > 0) * in[0] * in[1]; },
     .same_as = [](Vars in) { return relu(in[0]) * relu(in[1]); }, .draw = draw::apart},
    {.name = "logical_and/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return logical_and(in[0], in[1]); }, .rejects = true},
    {.name = "logical_or/either", .inputs = {{2, 3}, {2, 1}},
     .call = [](Vars in) { return logical_or(in[0] > 0, in[1] > 0) * in[0] * in[1]; },
     .same_as = [](Vars in) { return maximum(in[0] > 0, in[1] > 0) * in[0] * in[1]; }, .draw = draw::apart},
    {.name = "logical_or/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return logical_or(in[0], in[1]); }, .rejects = true},
    {.name = "logical_not/outside", .inputs = {{4}}, .call = [](Vars in) { return logical_not(in[0] > 0) * in[0]; },
     .same_as = [](Vars in) { return minimum(in[0], 0); }, .draw = draw::apart},
    {.name = "isnan/of roots", .inputs = {{9}}, .call = [](Vars in) { return isnan(sqrt(in[0])) * in[0]; },
     .same_as = [](Vars in) { return minimum(in[0], 0); }, .draw = draw::apart},
    {.name = "isnan/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return isnan(in[0]); }, .flat = true},
    {.name = "isfinite/of logarithms", .inputs = {{9}}, .call = [](Vars in) { return isfinite(log(maximum(in[0], 0))) * in[0]; },
     .same_as = [](Vars in) { return maximum(in[0], 0); }, .draw = draw::apart},
    {.name = "isfinite/scalar", .inputs = {{}}, .call = [](Vars in) { return isfinite(in[0] / 0) + in[0]; },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "less_equal/masks", .inputs = {{2, 1}, {3}}, .call = [](Vars in) { return (in[0] <= in[1]) * in[0] + (in[0] > in[1]) * in[1]; },
     .same_as = [](Vars in) { return minimum(in[0], in[1]); }, .draw = draw::apart},
    {.name = "less_equal/itself", .inputs = {{4}}, .call = [](Vars in) { return (in[0] <= in[0]) * in[0]; },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "less_equal/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return in[0] <= in[1]; }, .rejects = true},
    {.name = "greater/masks", .inputs = {{2, 2, 2}, {2, 1}}, .call = [](Vars in) { return (in[0] > in[1]) * in[0] + (in[0] <= in[1]) * in[1]; },
     .same_as = [](Vars in) { return maximum(in[0], in[1]); }, .draw = draw::apart},
    {.name = "greater/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return in[0] > in[1]; }, .rejects = true},
    {.name = "greater_equal/masks", .inputs = {{5}, {5}}, .call = [](Vars in) { return (in[0] >= in[1]) * in[0] + (in[0] < in[1]) * in[1]; },
     .same_as = [](Vars in) { return maximum(in[0], in[1]); }, .draw = draw::apart},
    {.name = "greater_equal/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return in[0] >= in[1]; }, .rejects = true},
    {.name = "equal/itself and another", .inputs = {{3, 2}}, .call = [](Vars in) { return (equal(in[0], in[0]) + equal(in[0], in[0] + 1)) * in[0]; },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "equal/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return equal(in[0], in[1]); }, .rejects = true},
    {.name = "not_equal/itself and another", .inputs = {{3, 2}},
     .call = [](Vars in) { return (not_equal(in[0], in[0]) + not_equal(in[0], in[0] + 1)) * in[0]; },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "not_equal/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return not_equal(in[0], in[1]); }, .rejects = true},
    {.name = "where/same shape", .inputs = {{5}, {5}}, .call = [](Vars in) { return where(Array{1, 0, 0, 2, -1}, in[0], in[1]); },
     .same_as = [](Vars in) { return Array{1, 0, 0, 1, 1} * in[0] + Array{0, 1, 1, 0, 0} * in[1]; }},
    {.name = "where/row of conditions", .inputs = {{2, 3}, {1, 3}}, .call = [](Vars in) { return where(Array{1, 0, 1}, in[0], in[1]); },
     .same_as = [](Vars in) { return Array{1, 0, 1} * in[0] + Array{0, 1, 0} * in[1]; }},
    {.name = "where/condition is the largest", .inputs = {{3, 1}, {}},
     .call = [](Vars in) { return where(reshaped(Array{1, 0, 0, 1, 0, 1}, {2, 3, 1}), in[0], in[1]); }},
    {.name = "where/number", .inputs = {{2, 3}}, .call = [](Vars in) { return where(in[0] > 0, in[0], 0); },
     .same_as = [](Vars in) { return relu(in[0]); }, .draw = draw::apart},
    {.name = "where/no gradient to the condition", .inputs = {{4}, {4}, {4}}, .call = [](Vars in) { return where(in[0], in[1], in[2]); },
     .flat = true},
    {.name = "where/shapes differ", .inputs = {{4}, {3}}, .call = [](Vars in) { return where(1, in[0], in[1]); }, .rejects = true},
    {.name = "where/condition differs", .inputs = {{2}, {3}}, .call = [](Vars in) { return where(in[0], in[1], 0); }, .rejects = true})
// clang-format on

}  // namespace heed
