// take_rows and take: the rows of an array at indices along one axis.
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/index_check.hpp>
#include <heed/ops/index/indexed.hpp>

namespace heed {
namespace {

Var take_along(const char* op, const In& x, const Ints& ids, std::size_t position, const Shape& shape) {
    const Slices axis(x.shape(), position);
    Array y = Array::from_shape(shape);
    read_rows(x.data(), axis, ids, y.data());
    Var rows = record(op, {x}, std::move(y), [dx = x.slot(), ids, axis, first = position == 0](const Array& dy) {
        const auto add = [&](Real* grad) { add_to_rows(grad, axis, ids, dy.storage().data()); };
        if (first) dx.add_grad_rows(dy, count(dy), ids, add);
        else dx.add_grad_part(dy, count(dy), add);
    });
    return differentiable(std::move(rows), {x}, [ids, axis](Vars v, const Var&, const Var& dy) {
        const Ints all = reshaped(ids, {count(ids)});
        const Var first = permute(reshape(dy, {axis.outer, count(ids), axis.inner}), {1, 0, 2});
        return Grads{reshape(permute(segment_sum(first, all, axis.n), {1, 0, 2}), v[0].shape())};
    });
}

}  // namespace

// (n, d...) at (b...) -> (b..., d...)
Var take_rows(In table, const Ints& ids) {
    const std::size_t most = Shape::max_rank + 1 - ids.dimension();
    expect(
        table.rank() >= 1 && table.shape().size() <= most, "take_rows", "table", table.shape(),
        [&] {
            return fmt::format("at least one axis, and at most {} because 'ids' is {}", most, to_string(ids.shape()));
        },
        table.at);
    require_ids(
        "take_rows", ids, table.dim(0), [&] { return fmt::format("'table' is {}", to_string(table.shape())); },
        table.at);
    Shape shape = ids.shape();
    for (std::size_t i = 1; i < table.shape().size(); ++i) shape.push_back(table.shape()[i]);
    require_sizes("take_rows", shape, table.at);
    return take_along("take_rows", table, ids, 0, shape);
}

// (.., n, ..) at (m) -> (.., m, ..)
Var take(In x, const Ints& ids, Dim axis) {
    const std::size_t position = find_axis("take", axis, x.shape(), x.at);
    expect(ids.dimension() == 1, "take", "ids", ids.shape(), "one axis", x.at);
    require_ids_of_axis("take", x, ids, position);
    Shape shape = x.shape();
    shape[position] = count(ids);
    require_sizes("take", shape, x.at);
    return take_along("take", x, ids, position, shape);
}

// clang-format off
HEED_OP_CASES(
    {.name = "take_rows/embedding", .inputs = {{5, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{{0, 4}, {1, 1}}); }},
    {.name = "take_rows/as one-hot product", .inputs = {{4, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{3, 0, 3}); },
     .same_as = [](Vars in) { return matmul(one_hot(Ints{3, 0, 3}, 4), in[0]); }},
    {.name = "take_rows/vector at rank 0", .inputs = {{4}}, .call = [](Vars in) { return take_rows(in[0], Ints(2)); },
     .same_as = [](Vars in) { return pick(in[0], 0, 2); }},
    {.name = "take_rows/cube", .inputs = {{3, 2, 2}}, .call = [](Vars in) { return take_rows(in[0], Ints{2, 2}); }},
    {.name = "take_rows/nothing", .inputs = {{3, 2}}, .call = [](Vars in) { return take_rows(in[0], Ints::from_shape({0})); }, .flat = true},
    {.name = "take_rows/id too large", .inputs = {{5, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{{0, 4}, {5, 1}}); }, .rejects = true},
    {.name = "take_rows/negative id", .inputs = {{5, 3}}, .call = [](Vars in) { return take_rows(in[0], Ints{-1}); }, .rejects = true},
    {.name = "take_rows/rank 0", .inputs = {{}}, .call = [](Vars in) { return take_rows(in[0], Ints{0}); }, .rejects = true},
    {.name = "take/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return take(in[0], Ints{2, 0, 2, 1}, 1); }},
    {.name = "take/last axis", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{3, 3}, -1); },
     .same_as = [](Vars in) { return transpose(take_rows(transpose(in[0]), Ints{3, 3})); }},
    {.name = "take/one of them many times", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return take(in[0], Ints(Shape{40}, 1), 1); },
     .same_as = [](Vars in) { return expand(slice(in[0], 1, 1, 2), {2, 40, 2}); }},
    {.name = "take/id", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{4}, 1); }, .rejects = true},
    {.name = "take/two axes of ids", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{{0, 1}, {1, 0}}, 1); }, .rejects = true},
    {.name = "take/no such axis", .inputs = {{2, 4}}, .call = [](Vars in) { return take(in[0], Ints{0}, 2); }, .rejects = true})
// clang-format on

}  // namespace heed
