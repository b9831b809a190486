// one_hot: each index as a row of zeros with one 1.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/index_check.hpp>

namespace heed {

// (b...) -> (b..., classes): 1 at the id, 0 elsewhere; a constant.
Var one_hot(const Ints& ids, Dim classes, Site at) {
    expect(
        ids.dimension() < Shape::max_rank, "one_hot", "ids", ids.shape(),
        [] { return fmt::format("fewer than {} axes", Shape::max_rank); }, at);
    require(
        classes >= 0, "one_hot", [&] { return fmt::format("classes is {}; expected classes >= 0", classes); }, at);
    require_ids(
        "one_hot", ids, classes, [&] { return fmt::format("'classes' is {}", classes); }, at);
    Shape shape = ids.shape();
    shape.push_back(classes);
    require_sizes("one_hot", shape, at);
    Array y = filled(shape, 0);
    const std::int64_t* id = ids.storage().data();
    Real* row = y.data();
    for (Dim i = 0, n = count(ids); i < n; ++i, row += classes) row[id[i]] = 1;
    return Var(std::move(y));
}

// clang-format off
HEED_OP_CASES(
    {.name = "one_hot/a constant", .inputs = {{2, 3}}, .call = [](Vars in) { return in[0] * one_hot(Ints{2, 0}, 3); }},
    {.name = "one_hot/id", .inputs = {{1}}, .call = [](Vars) { return one_hot(Ints{0, 3}, 3); }, .rejects = true})
// clang-format on

}  // namespace heed
