// gather: the element of an array at each index along one axis.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/index_check.hpp>
#include <heed/ops/index/indexed.hpp>

namespace heed {

Var gather(In x, const Ints& ids, Dim axis) {
    const Slices along(x.shape(), find_axis_of_ids("gather", x, ids, axis));
    Var y = record("gather", {x}, read_elements(x.value(), along, ids), [dx = x.slot(), ids, along](const Array& dy) {
        dx.add_grad_part(dy, count(dy), [&](Real* grad) { add_to_elements(grad, along, ids, dy); });
    });
    return differentiable(std::move(y), {x}, [ids, axis](Vars v, const Var&, const Var& dy) {
        return Grads{scatter_add(zeros(v[0].shape()), ids, dy, axis)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "gather/last axis", .inputs = {{2, 4}}, .call = [](Vars in) { return gather(in[0], Ints{{3, 0, 3}, {1, 1, 2}}, -1); }},
    {.name = "gather/leading axis", .inputs = {{3, 2}}, .call = [](Vars in) { return gather(in[0], Ints{{2, 0}, {2, 1}, {0, 0}, {1, 2}}, 0); },
     .same_as = [](Vars in) { return transpose(gather(transpose(in[0]), Ints{{2, 2, 0, 1}, {0, 1, 0, 2}}, 1)); }},
    {.name = "gather/middle axis", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return gather(in[0], Ints{{{2, 0}}, {{1, 1}}}, 1); }},
    {.name = "gather/id", .inputs = {{1, 4}}, .call = [](Vars in) { return gather(in[0], Ints{{0, 4}}, 1); }, .rejects = true},
    {.name = "gather/rows differ", .inputs = {{3, 4}}, .call = [](Vars in) { return gather(in[0], Ints{{0, 1}}, 1); }, .rejects = true},
    {.name = "gather/ranks differ", .inputs = {{3, 4}}, .call = [](Vars in) { return gather(in[0], Ints{0, 1}, 1); }, .rejects = true})
// clang-format on

}  // namespace heed
