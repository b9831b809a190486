// segment_sum: the sum of the rows of each segment.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/shape/index_check.hpp>
#include <heed/ops/shape/indexed.hpp>

namespace heed {

// (n, d...) by ids (n) -> (count, d...): row s is the sum of the rows with id s, in their order.
Var segment_sum(In x, const Ints& ids, Dim count) {
    expect(x.rank() >= 1, "segment_sum", "x", x.shape(), "at least one axis", x.at);
    require(
        count >= 0, "segment_sum", [&] { return fmt::format("count is {}; expected count >= 0", count); }, x.at);
    expect(
        ids.dimension() == 1 && ids.shape()[0] == x.dim(0), "segment_sum", "ids", ids.shape(),
        [&] { return fmt::format("({}) because 'x' is {}", x.dim(0), to_string(x.shape())); }, x.at);
    require_ids(
        "segment_sum", ids, count, [&] { return fmt::format("'count' is {}", count); }, x.at);
    Shape shape = x.shape();
    shape[0] = count;
    require_sizes("segment_sum", shape, x.at);
    const Slices segments(shape, 0);
    Array y = filled(shape, 0);
    add_to_rows(y.data(), segments, ids, x.data());
    return record("segment_sum", {x}, std::move(y), [dx = x.slot(), ids, segments](const Array& dy) {
        Array rows = Array::from_shape(dx.shape());
        read_rows(dy.storage().data(), segments, ids, rows.data());
        dx.add_grad(std::move(rows));
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "segment_sum/rows", .inputs = {{5, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{2, 0, 2, 3, 2}, 5); },
     .same_as = [](Vars in) { return matmul(transpose(one_hot(Ints{2, 0, 2, 3, 2}, 5)), in[0]); }},
    {.name = "segment_sum/numbers", .inputs = {{3}}, .call = [](Vars in) { return segment_sum(in[0], Ints{1, 1, 0}, 2); }},
    {.name = "segment_sum/no rows", .inputs = {{0, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints::from_shape({0}), 3); }, .flat = true},
    {.name = "segment_sum/id", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0, 3}, 3); }, .rejects = true},
    {.name = "segment_sum/ids differ", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "segment_sum/rank 0", .inputs = {{}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0}, 3); }, .rejects = true})
// clang-format on

}  // namespace heed
