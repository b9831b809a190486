// pick: one index of an axis; the result has no such axis. x[i] and x(i, j) pick in the first axes.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {
namespace {

Dim checked(const In& x, Dim axis, Dim index) {
    const Dim n = x.dim(axis);
    require(
        -n <= index && index < n, "pick",
        [&] {
            return fmt::format("index {} of axis {} of shape {}; expected {} <= index < {}", index, axis,
                               to_string(x.shape()), -n, n);
        },
        x.at);
    return index < 0 ? index + n : index;
}

}  // namespace

// One slice, without its axis; a negative index counts from the end.
Var pick(In x, Dim axis, Dim index) {
    const std::size_t i = find_axis("pick", axis, x.shape(), x.at);
    return read_part("pick", x, View::of(x.shape()).part(i, checked(x, axis, index), 1).without(i));
}

Var Var::at(std::initializer_list<Dim> indices, Site site) const {
    const In x(*this, site);
    require(
        static_cast<Dim>(indices.size()) <= rank(), "pick",
        [&] { return fmt::format("{} indices of a value of shape {}", indices.size(), to_string(shape())); }, site);
    View part = View::of(shape());
    Dim axis = 0;
    for (const Dim index : indices) part = part.part(0, checked(x, axis++, index), 1).without(0);
    return read_part("pick", x, part);
}
Var Var::operator[](Index index) const { return at({index.value}, index.at); }

// clang-format off
HEED_OP_CASES(
    {.name = "pick/leading axis", .inputs = {{4, 3}}, .call = [](Vars in) { return pick(in[0], 0, 2); }},
    {.name = "pick/time", .inputs = {{2, 4, 3}}, .call = [](Vars in) { return pick(in[0], 1, -1); },
     .same_as = [](Vars in) { return squeeze(slice(in[0], 1, 3, 4), 1); }},
    {.name = "pick/to rank 0", .inputs = {{4}}, .call = [](Vars in) { return pick(in[0], 0, 1); }},
    {.name = "pick/first axis in brackets", .inputs = {{4, 3}}, .call = [](Vars in) { return in[0][-2]; },
     .same_as = [](Vars in) { return pick(in[0], 0, 2); }},
    {.name = "pick/two axes in parentheses", .inputs = {{4, 3, 2}}, .call = [](Vars in) { return in[0](1, -1); },
     .same_as = [](Vars in) { return pick(pick(in[0], 0, 1), 0, 2); }},
    {.name = "pick/an element", .inputs = {{4, 3}}, .call = [](Vars in) { return in[0](3, 0) * in[0]; }},
    {.name = "pick/too many indices", .inputs = {{4, 3}}, .call = [](Vars in) { return in[0](0, 0, 0); }, .rejects = true},
    {.name = "pick/index in parentheses", .inputs = {{4, 3}}, .call = [](Vars in) { return in[0](0, -4); }, .rejects = true},
    {.name = "pick/brackets of rank 0", .inputs = {{}}, .call = [](Vars in) { return in[0][0]; }, .rejects = true},
    {.name = "pick/index", .inputs = {{4, 3}}, .call = [](Vars in) { return pick(in[0], 0, 4); }, .rejects = true},
    {.name = "pick/rank 0", .inputs = {{}}, .call = [](Vars in) { return pick(in[0], 0, 0); }, .rejects = true})
// clang-format on

}  // namespace heed
