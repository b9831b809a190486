// concat: values one after the other along an axis.
#include <utility>
#include <fmt/format.h>
#include <heed/ops/shape/joined.hpp>

namespace heed {

// (.., n_0, ..), (.., n_1, ..), ... -> (.., n_0 + n_1 + ..., ..)
Var concat(Ins parts, Dim axis) {
    require_parts("concat", parts);
    Shape shape = parts[0].shape();
    expect_part(!shape.empty(), "concat", parts, 0, "at least one axis; stack() makes one");
    const std::size_t position = find_axis("concat", axis, shape, parts.at);
    List<Dim> begin{0};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        Shape other = parts[i].shape();
        bool fits = other.size() == shape.size();
        begin.push_back(begin.back() + (fits ? other[position] : 0));
        if (fits) other[position] = shape[position];
        expect_part(fits && other == shape, "concat", parts, i, [&] {
            return fmt::format("the shape of 'parts[0]' {}, but for axis {}", to_string(parts[0].shape()), position);
        });
    }
    shape[position] = begin.back();
    require_sizes("concat", shape, parts.at);
    return joined("concat", parts, shape, [begin = std::move(begin), position, all = View::of(shape)](std::size_t i) {
        return all.part(position, begin[i], begin[i + 1] - begin[i]);
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "concat/last axis", .inputs = {{2, 3}, {2, 1}, {2, 2}}, .call = [](Vars in) { return concat({in[0], in[1], in[2]}); }},
    {.name = "concat/leading axis", .inputs = {{2, 3}, {4, 3}}, .call = [](Vars in) { return concat({in[0], in[1]}, 0); },
     .same_as = [](Vars in) { return transpose(concat({transpose(in[0]), transpose(in[1])}, 1)); }},
    {.name = "concat/middle of a cube", .inputs = {{2, 1, 3}, {2, 2, 3}}, .call = [](Vars in) { return concat({in[0], in[1]}, -2); }},
    {.name = "concat/one part", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0]}, 1); }},
    {.name = "concat/split again", .inputs = {{2, 5}}, .call = [](Vars in) { return concat(split(in[0], {1, 0, 4})); },
     .same_as = [](Vars in) { return reshape(in[0], {2, 5}); }},
    {.name = "concat/sizes differ", .inputs = {{2, 3}, {3, 3}}, .call = [](Vars in) { return concat({in[0], in[1]}); }, .rejects = true},
    {.name = "concat/ranks differ", .inputs = {{2, 3}, {2}}, .call = [](Vars in) { return concat({in[0], in[1]}, 0); }, .rejects = true},
    {.name = "concat/rank 0", .inputs = {{}, {}}, .call = [](Vars in) { return concat({in[0], in[1]}, 0); }, .rejects = true},
    {.name = "concat/nothing", .inputs = {{1}}, .call = [](Vars) { return concat({}); }, .rejects = true})
// clang-format on

}  // namespace heed
