// tril and triu: the lower and the upper triangle of matrices.
#include <algorithm>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

// x with zeros above (keep_low) or below a diagonal of its last two axes.
Array triangle(const Array& x, bool keep_low, Dim diagonal) {
    const Dim rows = x.shape()[x.dimension() - 2], cols = x.shape()[x.dimension() - 1];
    diagonal = std::clamp(diagonal, -rows, cols);  // beyond there is nothing
    Array y = x;
    Real* row = y.data();
    for (Dim r = 0, n = cols ? count(x) / cols : 0; r < n; ++r, row += cols) {
        const Dim edge = r % rows + diagonal;  // the diagonal's column
        if (keep_low) std::fill(row + std::clamp<Dim>(edge + 1, 0, cols), row + cols, Real(0));
        else std::fill(row, row + std::clamp<Dim>(edge, 0, cols), Real(0));
    }
    return y;
}

Var triangle(const char* op, const In& x, bool keep_low, Dim diagonal) {
    expect(x.rank() >= 2, op, "x", x.shape(), "at least two axes", x.at);
    Var y =
        record(op, {x}, triangle(x.value(), keep_low, diagonal),
               [dx = x.slot(), keep_low, diagonal](const Array& dy) { dx.add_grad(triangle(dy, keep_low, diagonal)); });
    return differentiable(std::move(y), {x},
                          [=](Vars, const Var&, const Var& dy) { return Grads{triangle(op, dy, keep_low, diagonal)}; });
}

}  // namespace

Var tril(In x, Dim diagonal) { return triangle("tril", x, true, diagonal); }
Var triu(In x, Dim diagonal) { return triangle("triu", x, false, diagonal); }

// clang-format off
HEED_OP_CASES(
    {.name = "tril/square", .inputs = {{3, 3}}, .call = [](Vars in) { return tril(in[0]); }},
    {.name = "tril/wide batch", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return tril(in[0], 1); },
     .same_as = [](Vars in) { return transpose(triu(transpose(in[0]), -1)); }},
    {.name = "tril/vector", .inputs = {{3}}, .call = [](Vars in) { return tril(in[0]); }, .rejects = true},
    {.name = "triu/tall", .inputs = {{4, 3}}, .call = [](Vars in) { return triu(in[0]); }},
    {.name = "triu/far below", .inputs = {{2, 3, 3}}, .call = [](Vars in) { return triu(in[0], -9); },
     .same_as = [](Vars in) { return reshape(in[0], {2, 3, 3}); }},
    {.name = "triu/empty", .inputs = {{2, 0}}, .call = [](Vars in) { return triu(in[0]); }, .flat = true},
    {.name = "triu/vector", .inputs = {{3}}, .call = [](Vars in) { return triu(in[0]); }, .rejects = true})
// clang-format on

}  // namespace heed
