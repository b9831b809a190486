// Trigonometric and hyperbolic functions and their inverses, in radians. tanh: activations.cpp.
#include <algorithm>
#include <cmath>
#include <limits>
#include <heed/ops/elementwise/arithmetic.hpp>
#include <heed/ops/elementwise/unary.hpp>

namespace heed {

using kernel::Binary;
using kernel::Unary;

namespace {

using D = const Chain&;

}  // namespace

Var sin(In x) {
    return elementwise("sin", Unary::sin, x, [](D d) { return d.dy * cos(d.x); });
}
Var cos(In x) {
    return elementwise("cos", Unary::cos, x, [](D d) { return -d.dy * sin(d.x); });
}
Var tan(In x) {
    return elementwise("tan", Unary::tan, x, [](D d) { return d.dy * (1 + square(d.y)); });
}

// NaN outside -1 .. 1; an infinite gradient at -1 and 1.
Var asin(In x) {
    return elementwise("asin", Unary::asin, x, [](D d) { return d.dy / sqrt((1 - d.x) * (1 + d.x)); });
}
Var acos(In x) {
    return elementwise("acos", Unary::acos, x, [](D d) { return -d.dy / sqrt((1 - d.x) * (1 + d.x)); });
}
Var atan(In x) {
    return elementwise("atan", Unary::atan, x, [](D d) {
        constexpr double far = sizeof(Real) == 4 ? 1e18 : 1e150;  // its square is a number
        return d.dy / (1 + square(clamp(d.x, -far, far)));
    });
}
Var sinh(In x) {
    return elementwise("sinh", Unary::sinh, x, [](D d) { return d.dy * cosh(d.x); });
}
Var cosh(In x) {
    return elementwise("cosh", Unary::cosh, x, [](D d) { return d.dy * sinh(d.x); });
}

namespace {

// A number near the larger of |a| and |b|, by which both are divided before they are squared.
Real scale_of(Real a, Real b) {
    using Limits = std::numeric_limits<Real>;
    return std::clamp(std::max(std::abs(a), std::abs(b)), Limits::min(), Limits::max());
}

// n / (a^2 + b^2), where n is a or b; 0 at the origin.
Real over_squares(Real n, Real a, Real b) {
    const Real m = scale_of(a, b), squares = a / m * (a / m) + b / m * (b / m);
    return n / m / (squares == 0 ? 1 : squares) / m;
}

}  // namespace

// The angle of the point (b, a), in -pi .. pi: atan(a / b), and pi away from it where b < 0. The signs of zeros count
// as in C. d/da = b / (a^2 + b^2), d/db = -a / (a^2 + b^2).
Var atan2(In a, In b) {
    Var angle = record("atan2", {a, b}, combine("atan2", Binary::atan2, a, b),
                       [a, b, da = a.slot(), db = b.slot()](const Array& dy) {
                           if (da)
                               da.add_grad(zip(
                                   dy.shape(), [](Real g, Real p, Real q) { return g * over_squares(q, p, q); }, dy,
                                   a.value(), b.value()));
                           if (db)
                               db.add_grad(zip(
                                   dy.shape(), [](Real g, Real p, Real q) { return -g * over_squares(p, p, q); }, dy,
                                   a.value(), b.value()));
                       });
    return differentiable(std::move(angle), {a, b}, [](Vars x, const Var& y, const Var& dy) {
        const Var m(zip(y.shape(), scale_of, x[0].value(), x[1].value()));  // cancels: its derivative is not needed
        const Var p = x[0] / m, q = x[1] / m, squares = square(p) + square(q);
        const Var divisor = where(equal(squares, 0), 1, squares);
        return Grads{dy * (q / divisor / m), -dy * (p / divisor / m)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "sin/vector", .inputs = {{9}}, .call = [](Vars in) { return sin(in[0]); },
     .same_as = [](Vars in) { return cos(in[0] - 1.5707963267948966); }},
    {.name = "cos/vector", .inputs = {{9}}, .call = [](Vars in) { return cos(in[0]); }},
    {.name = "tan/matrix", .inputs = {{2, 9}}, .call = [](Vars in) { return tan(in[0] * 0.4); },
     .same_as = [](Vars in) { return sin(in[0] * 0.4) / cos(in[0] * 0.4); }},
    {.name = "asin/matrix", .inputs = {{2, 9}}, .call = [](Vars in) { return asin(in[0]); },
     .same_as = [](Vars in) { return atan(in[0] / sqrt(1 - square(in[0]))); }, .draw = draw::probability},
    {.name = "asin/of sin", .inputs = {{8}}, .call = [](Vars in) { return asin(sin(in[0] - 0.5)); },
     .same_as = [](Vars in) { return in[0] - 0.5; }, .draw = draw::probability},
    {.name = "acos/matrix", .inputs = {{2, 9}}, .call = [](Vars in) { return acos(in[0]); },
     .same_as = [](Vars in) { return 1.5707963267948966 - asin(in[0]); }, .draw = draw::probability},
    {.name = "atan/of tan", .inputs = {{2, 9}}, .call = [](Vars in) { return atan(tan(in[0] * 0.3)); },
     .same_as = [](Vars in) { return in[0] * 0.3; }},
    {.name = "atan/scalar", .inputs = {{}}, .call = [](Vars in) { return atan(in[0]); }},
    {.name = "atan2/same shape", .inputs = {{2, 9}, {2, 9}}, .call = [](Vars in) { return atan2(in[0], in[1]); },
     .same_as = [](Vars in) { return atan(in[0] / in[1]); }, .draw = draw::positive},
    {.name = "atan2/all quadrants", .inputs = {{5, 5}, {5, 5}}, .call = [](Vars in) { return atan2(in[0], in[1]); },
     .same_as = [](Vars in) { return 2 * atan(in[0] / (sqrt(square(in[0]) + square(in[1])) + in[1])); }, .draw = draw::apart},
    {.name = "atan2/broadcast", .inputs = {{4, 1}, {3}}, .call = [](Vars in) { return atan2(in[0], in[1]); }},
    {.name = "atan2/of a number", .inputs = {{4}}, .call = [](Vars in) { return atan2(2, in[0]); }},
    {.name = "atan2/scalars", .inputs = {{}, {}}, .call = [](Vars in) { return atan2(in[0], in[1]); }},
    {.name = "atan2/at the origin", .inputs = {{3}}, .call = [](Vars in) { return atan2(in[0] * 0, 0); }, .flat = true},
    {.name = "atan2/empty", .inputs = {{0, 3}, {3}}, .call = [](Vars in) { return atan2(in[0], in[1]); }, .flat = true},
    {.name = "atan2/shapes differ", .inputs = {{2}, {3}}, .call = [](Vars in) { return atan2(in[0], in[1]); }, .rejects = true},
    {.name = "sinh/matrix", .inputs = {{2, 9}}, .call = [](Vars in) { return sinh(in[0]); },
     .same_as = [](Vars in) { return (exp(in[0]) - exp(-in[0])) / 2; }},
    {.name = "cosh/matrix", .inputs = {{2, 9}}, .call = [](Vars in) { return cosh(in[0]); },
     .same_as = [](Vars in) { return (exp(in[0]) + exp(-in[0])) / 2; }})
// clang-format on

}  // namespace heed
