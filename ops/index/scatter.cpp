// scatter: an array with the elements of a source written at indices along one axis.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/index_check.hpp>
#include <heed/ops/index/indexed.hpp>

namespace heed {
namespace {

// 1 for the ids that win, else 0; `size` elements are pointed into.
Array winners(const Slices& along, const Ints& ids, Dim size) {
    Storage<Dim> last(static_cast<std::size_t>(size));  // filled and read only where ids point
    Dim* winner = last.data();
    elements_at(along, ids, [&](Dim i, Dim j) { winner[i] = j; });
    Array won = Array::from_shape(ids.shape());
    elements_at(along, ids, [&, to = won.data()](Dim i, Dim j) { to[j] = static_cast<Real>(winner[i] == j); });
    return won;
}

}  // namespace

// Of several ids that name one element, the last in row-major order wins.
Var scatter(In x, const Ints& ids, In source, Dim axis) {
    const Slices along(x.shape(), find_axis_of_ids("scatter", x, ids, axis));
    expect_source("scatter", source, ids);
    Array y = x.value();
    elements_at(along, ids, [to = y.data(), from = source.data()](Dim i, Dim j) { to[i] = from[j]; });
    Var written =
        record("scatter", {x, source}, std::move(y), [dx = x.slot(), ds = source.slot(), ids, along](const Array& dy) {
            if (dx) {
                Array kept = dy;
                elements_at(along, ids, [to = kept.data()](Dim i, Dim) { to[i] = 0; });
                dx.add_grad(std::move(kept));
            }
            if (!ds) return;
            Array won = winners(along, ids, count(dy));
            elements_at(along, ids, [to = won.data(), from = dy.storage().data()](Dim i, Dim j) {
                if (to[j] != 0) to[j] = from[i];
            });
            ds.add_grad(std::move(won));
        });
    return differentiable(std::move(written), {x, source}, [ids, axis, along](Vars v, const Var&, const Var& dy) {
        return Grads{scatter(dy, ids, zeros(ids.shape()), axis),
                     where(Var(winners(along, ids, v[0].size())), gather(dy, ids, axis), 0)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "scatter/last axis", .inputs = {{2, 4}, {2, 2}}, .call = [](Vars in) { return scatter(in[0], Ints{{3, 0}, {1, 2}}, in[1], 1); }},
    {.name = "scatter/a later one wins", .inputs = {{3, 2}, {4, 2}},
     .call = [](Vars in) { return scatter(in[0], Ints{{0, 1}, {2, 1}, {0, 0}, {0, 1}}, in[1], 0); }},
    {.name = "scatter/id", .inputs = {{1, 3}, {1, 2}}, .call = [](Vars in) { return scatter(in[0], Ints{{3, 0}}, in[1], 1); }, .rejects = true},
    {.name = "scatter/source differs", .inputs = {{1, 3}, {1, 1}},
     .call = [](Vars in) { return scatter(in[0], Ints{{0, 1}}, in[1], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
