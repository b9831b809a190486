// segment_sum and segment_mean: the sum and the mean of the rows of each segment.
#include <algorithm>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/indexed.hpp>
#include <heed/ops/index/segments.hpp>

namespace heed {

// (n, d...) by ids (n) -> (count, d...): row s is the sum of the rows with id s, in their order.
Var segment_sum(In x, const Ints& ids, Dim count) {
    const Shape shape = shape_of_segments("segment_sum", x, ids, count);
    const Slices segments(shape, 0);
    Array y = filled(shape, 0);
    add_to_rows(y.data(), segments, ids, x.data());
    Var sums = record("segment_sum", {x}, std::move(y), [dx = x.slot(), ids, segments](const Array& dy) {
        Array rows = Array::from_shape(dx.shape());
        read_rows(dy.storage().data(), segments, ids, rows.data());
        dx.add_grad(std::move(rows));
    });
    return differentiable(std::move(sums), {x},
                          [ids](Vars, const Var&, const Var& dy) { return Grads{take_rows(dy, ids)}; });
}

// The sum of each segment by the number of its rows; that of no rows is zero.
Var segment_mean(In x, const Ints& ids, Dim count) {
    Shape sizes = shape_of_segments("segment_mean", x, ids, count);
    std::fill(sizes.begin() + 1, sizes.end(), 1);
    Array rows = filled(sizes, 0);
    Real* const number = rows.data();
    Ints counted = Ints::from_shape({count});
    std::fill_n(counted.data(), count, 0);
    for (const std::int64_t id : ids.storage()) ++counted.data()[id];
    for (Dim s = 0; s < count; ++s)
        number[s] = static_cast<Real>(std::max<std::int64_t>(1, counted.storage().data()[s]));
    return segment_sum(x, ids, count) / Var(std::move(rows));
}

// clang-format off
HEED_OP_CASES(
    {.name = "segment_sum/rows", .inputs = {{5, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{2, 0, 2, 3, 2}, 5); },
     .same_as = [](Vars in) { return matmul(transpose(one_hot(Ints{2, 0, 2, 3, 2}, 5)), in[0]); }},
    {.name = "segment_sum/numbers", .inputs = {{3}}, .call = [](Vars in) { return segment_sum(in[0], Ints{1, 1, 0}, 2); }},
    {.name = "segment_sum/no rows", .inputs = {{0, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints::from_shape({0}), 3); }, .flat = true},
    {.name = "segment_sum/id", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0, 3}, 3); }, .rejects = true},
    {.name = "segment_sum/ids differ", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "segment_sum/rank 0", .inputs = {{}}, .call = [](Vars in) { return segment_sum(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "segment_mean/rows", .inputs = {{5, 2}}, .call = [](Vars in) { return segment_mean(in[0], Ints{2, 0, 2, 3, 2}, 5); },
     .same_as = [](Vars in) { return matmul(transpose(one_hot(Ints{2, 0, 2, 3, 2}, 5)), in[0]) / Array{{1}, {1}, {3}, {1}, {1}}; }},
    {.name = "segment_mean/numbers", .inputs = {{3}}, .call = [](Vars in) { return segment_mean(in[0], Ints{1, 1, 1}, 2); },
     .same_as = [](Vars in) { return concat({zeros({1}), mean(in[0], 0, keep_axis)}); }},
    {.name = "segment_mean/cube", .inputs = {{3, 2, 2}}, .call = [](Vars in) { return segment_mean(in[0], Ints{0, 1, 0}, 2); },
     .same_as = [](Vars in) { return stack({(pick(in[0], 0, 0) + pick(in[0], 0, 2)) / 2, pick(in[0], 0, 1)}); }},
    {.name = "segment_mean/no rows", .inputs = {{0, 2}}, .call = [](Vars in) { return segment_mean(in[0], Ints::from_shape({0}), 3); }, .flat = true},
    {.name = "segment_mean/id", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_mean(in[0], Ints{0, -1}, 3); }, .rejects = true},
    {.name = "segment_mean/count", .inputs = {{0, 2}},
     .call = [](Vars in) { return segment_mean(in[0], Ints::from_shape({0}), -1); }, .rejects = true},
    {.name = "segment_mean/rank 0", .inputs = {{}}, .call = [](Vars in) { return segment_mean(in[0], Ints{0}, 3); }, .rejects = true})
// clang-format on

}  // namespace heed
