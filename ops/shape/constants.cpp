// zeros, ones, full, eye, linspace and arange: constants that are made of a shape or a size alone.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {
namespace {

Var constant(const char* op, const Shape& shape, Real value, Site at) {
    require_sizes(op, shape, at);
    Array y = Array::from_shape(shape);
    kernel::fill(count(y), value, y.data());
    return Var(std::move(y));
}

}  // namespace

Var zeros(Shape shape, Site at) { return constant("zeros", shape, 0, at); }
Var ones(Shape shape, Site at) { return constant("ones", shape, 1, at); }
Var full(Shape shape, double value, Site at) { return constant("full", shape, static_cast<Real>(value), at); }

Var eye(Dim n, Site at) { return eye(n, n, at); }
Var eye(Dim rows, Dim columns, Site at) {
    require_sizes("eye", {rows, columns}, at);
    Array y = filled({rows, columns}, 0);
    Real* to = y.data();
    for (Dim i = 0; i < std::min(rows, columns); ++i) to[i * (columns + 1)] = 1;
    return Var(std::move(y));
}

// first + i (last - first) / (count - 1); the last element is exactly `last`.
Var linspace(double first, double last, Dim count, Site at) {
    require_sizes("linspace", {count}, at);
    Array y = Array::from_shape({count});
    Real* to = y.data();
    for (Dim i = 0; i < count; ++i) {
        const double part = count == 1 ? 0 : static_cast<double>(i) / static_cast<double>(count - 1);
        to[i] = static_cast<Real>(part == 1 ? last : first + part * (last - first));
    }
    return Var(std::move(y));
}

// 0, 1, ..., n - 1
Ints arange(Dim n, Site at) {
    require(
        n >= 0, "arange", [&] { return fmt::format("n is {}; expected n >= 0", n); }, at);
    require_sizes("arange", {n}, at);
    Ints y = Ints::from_shape({n});
    std::int64_t* to = y.data();
    for (Dim i = 0; i < n; ++i) to[i] = i;
    return y;
}

// clang-format off
HEED_OP_CASES(
    {.name = "zeros/negative size", .inputs = {{1}}, .call = [](Vars) { return zeros({2, -1}); }, .rejects = true},
    {.name = "zeros/beside a value", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0], zeros({2, 1})}); },
     .same_as = [](Vars in) { return pad(in[0], {{0, 1}}); }},
    {.name = "ones/beside a value", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0], ones({2, 1})}); },
     .same_as = [](Vars in) { return pad(in[0], {{0, 1}}, 1); }},
    {.name = "ones/negative size", .inputs = {{1}}, .call = [](Vars) { return ones({-1}); }, .rejects = true},
    {.name = "full/beside a value", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0], full({2, 1}, 1.5)}); },
     .same_as = [](Vars in) { return pad(in[0], {{0, 1}}, 1.5); }},
    {.name = "full/negative size", .inputs = {{1}}, .call = [](Vars) { return full({-1}, 1); }, .rejects = true},
    {.name = "eye/as a factor", .inputs = {{3, 3}}, .call = [](Vars in) { return matmul(eye(3), in[0]); },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "eye/wide", .inputs = {{3, 2}}, .call = [](Vars in) { return matmul(eye(2, 3), in[0]); },
     .same_as = [](Vars in) { return slice(in[0], 0, 0, 2); }},
    {.name = "eye/negative size", .inputs = {{1}}, .call = [](Vars) { return eye(2, -1); }, .rejects = true},
    {.name = "linspace/times a value", .inputs = {{5}}, .call = [](Vars in) { return linspace(-1, 3, 5) * in[0]; },
     .same_as = [](Vars in) { return Array{-1, 0, 1, 2, 3} * in[0]; }},
    {.name = "linspace/negative", .inputs = {{1}}, .call = [](Vars) { return linspace(0, 1, -1); }, .rejects = true},
    {.name = "arange/negative", .inputs = {{1}}, .call = [](Vars in) { return take_rows(in[0], arange(-1)); }, .rejects = true},
    {.name = "arange/all rows", .inputs = {{3, 2}}, .call = [](Vars in) { return take_rows(in[0], arange(3)); },
     .same_as = [](Vars in) { return reshape(in[0], {3, 2}); }})
// clang-format on

}  // namespace heed
