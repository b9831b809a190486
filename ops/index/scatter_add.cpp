// scatter_add: an array with the elements of a source added at indices along one axis.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/index_check.hpp>
#include <heed/ops/index/indexed.hpp>

namespace heed {

Var scatter_add(In x, const Ints& ids, In source, Dim axis) {
    const Slices along(x.shape(), find_axis_of_ids("scatter_add", x, ids, axis));
    expect_source("scatter_add", source, ids);
    Array y = x.value();
    add_to_elements(y.data(), along, ids, source.value());
    Var sums =
        record("scatter_add", {x, source}, std::move(y), [dx = x.slot(), ds = source.slot(), ids, along](Array&& dy) {
            if (ds) ds.add_grad(read_elements(dy, along, ids));
            if (dx) dx.add_grad(std::move(dy));
        });
    return differentiable(std::move(sums), {x, source}, [ids, axis](Vars, const Var&, const Var& dy) {
        return Grads{dy, gather(dy, ids, axis)};
    });
}

#ifdef HEED_TESTING
namespace {
Ints backwards(Dim rows, Dim n) {  // n - 1, ..., 0 in each row
    Ints ids = Ints::from_shape({rows, n});
    for (Dim i = 0; i < rows * n; ++i) ids.data()[i] = n - 1 - i % n;
    return ids;
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "scatter_add/duplicates", .inputs = {{2, 4}, {2, 3}},
     .call = [](Vars in) { return scatter_add(in[0], Ints{{3, 0, 3}, {1, 1, 1}}, in[1], -1); },
     .same_as = [](Vars in) { return in[0] + squeeze(matmul(unsqueeze(in[1], 1), one_hot(Ints{{3, 0, 3}, {1, 1, 1}}, 4)), 1); }},
    {.name = "scatter_add/many for one element", .inputs = {{2, 2}, {2, 70}},
     .call = [](Vars in) { return scatter_add(in[0], Ints(Shape{2, 70}, 1), in[1], 1); },
     .same_as = [](Vars in) { return in[0] + stack({0 * sum(in[1], 1), sum(in[1], 1)}, 1); }},
    {.name = "scatter_add/many, each for its own", .inputs = {{2, 40}, {2, 40}},
     .call = [](Vars in) { return scatter_add(in[0], backwards(2, 40), in[1], 1); },
     .same_as = [](Vars in) { return in[0] + flip(in[1], 1); }},
    {.name = "scatter_add/leading axis", .inputs = {{3, 2}, {1, 2}}, .call = [](Vars in) { return scatter_add(in[0], Ints{{2, 0}}, in[1], 0); }},
    {.name = "scatter_add/negative id", .inputs = {{1, 3}, {1, 2}},
     .call = [](Vars in) { return scatter_add(in[0], Ints{{0, -1}}, in[1], 1); }, .rejects = true},
    {.name = "scatter_add/source differs", .inputs = {{1, 3}, {2}},
     .call = [](Vars in) { return scatter_add(in[0], Ints{{0, 1}}, in[1], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
