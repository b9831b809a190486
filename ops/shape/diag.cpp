// diag: a matrix with a vector on a diagonal, and the diagonals of matrices.
#include <algorithm>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {
namespace {

// A diagonal of the last two axes: `offset` above the main one, or below it where negative; empty beyond the corners.
View diagonal_of(const Shape& shape, Dim offset) {
    const Dim rows = shape[shape.size() - 2], columns = shape.back();
    const View all = View::of(shape);
    View view = all.without(shape.size() - 1);
    offset = std::clamp(offset, -rows, columns);  // beyond there is nothing
    Dim& size = view.shape.back();
    size = std::min(rows + std::min<Dim>(offset, 0), columns - std::max<Dim>(offset, 0));
    if (size > 0) view.offset = offset < 0 ? -offset * columns : offset;
    view.strides.back() = columns + 1;
    return view;
}

}  // namespace

Var diag(In x, Dim offset) {
    expect(x.rank() >= 1, "diag", "x", x.shape(), "at least one axis", x.at);
    if (x.rank() >= 2) return read_part("diag", x, diagonal_of(x.shape(), offset));
    const Dim beside = offset < 0 ? saturated_product(offset, -1) : offset, n = saturated_sum(x.dim(0), beside);
    const Shape square{n, n};
    require_sizes("diag", square, x.at);
    return write_part("diag", x, diagonal_of(square, offset), square);
}

// clang-format off
HEED_OP_CASES(
    {.name = "diag/of a vector", .inputs = {{3}}, .call = [](Vars in) { return diag(in[0]); },
     .same_as = [](Vars in) { return in[0] * eye(3); }},
    {.name = "diag/of a vector, above", .inputs = {{3}}, .call = [](Vars in) { return diag(in[0], 2); },
     .same_as = [](Vars in) { return pad(diag(in[0]), {{0, 2}, {2, 0}}); }},
    {.name = "diag/of a vector, below", .inputs = {{3}}, .call = [](Vars in) { return diag(in[0], -1); },
     .same_as = [](Vars in) { return transpose(diag(in[0], 1)); }},
    {.name = "diag/of no elements", .inputs = {{0}}, .call = [](Vars in) { return diag(in[0], 1); }, .flat = true},
    {.name = "diag/of a wide matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return diag(in[0]); },
     .same_as = [](Vars in) { return sum(in[0] * eye(3, 4), -1); }},
    {.name = "diag/of a tall matrix, below", .inputs = {{5, 3}}, .call = [](Vars in) { return diag(in[0], -1); },
     .same_as = [](Vars in) { return sum(slice(in[0], 0, 1, 4) * eye(3), -1); }},
    {.name = "diag/of matrices, above", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return diag(in[0], 2); },
     .same_as = [](Vars in) { return sum(slice(slice(in[0], -1, 2, 4), -2, 0, 2) * eye(2), -1); }},
    {.name = "diag/of one element", .inputs = {{1, 1}}, .call = [](Vars in) { return diag(in[0]); },
     .same_as = [](Vars in) { return reshape(in[0], {1}); }},
    {.name = "diag/beyond the corner", .inputs = {{2, 3}}, .call = [](Vars in) { return diag(in[0], 7); }, .flat = true},
    {.name = "diag/empty matrices", .inputs = {{2, 0, 3}}, .call = [](Vars in) { return diag(in[0], -1); }, .flat = true},
    {.name = "diag/too far", .inputs = {{2}}, .call = [](Vars in) { return diag(in[0], Dim{1} << 40); }, .rejects = true},
    {.name = "diag/rank 0", .inputs = {{}}, .call = [](Vars in) { return diag(in[0]); }, .rejects = true})
// clang-format on

}  // namespace heed
