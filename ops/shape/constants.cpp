// zeros, ones and arange: constants that are made of a shape or a size alone.
#include <fmt/format.h>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

Var constant(const char* op, const Shape& shape, Real value, Site at) {
    require_sizes(op, shape, at);
    return Var(filled(shape, value));
}

}  // namespace

Var zeros(Shape shape, Site at) { return constant("zeros", shape, 0, at); }
Var ones(Shape shape, Site at) { return constant("ones", shape, 1, at); }

// 0, 1, ..., n - 1
Ints arange(Dim n, Site at) {
    require(
        n >= 0, "arange", [&] { return fmt::format("n is {}; expected n >= 0", n); }, at);
    require_sizes("arange", {n}, at);
    Ints y = Ints::from_shape({n});
    std::int64_t* to = y.data();
    for (Dim i = 0; i < n; ++i) to[i] = i;
    return y;
}

// clang-format off
HEED_OP_CASES(
    {.name = "zeros/negative size", .inputs = {{1}}, .call = [](Vars) { return zeros({2, -1}); }, .rejects = true},
    {.name = "zeros/beside a value", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0], zeros({2, 1})}); },
     .same_as = [](Vars in) { return pad(in[0], {{0, 1}}); }},
    {.name = "ones/beside a value", .inputs = {{2, 3}}, .call = [](Vars in) { return concat({in[0], ones({2, 1})}); },
     .same_as = [](Vars in) { return pad(in[0], {{0, 1}}, 1); }},
    {.name = "ones/negative size", .inputs = {{1}}, .call = [](Vars) { return ones({-1}); }, .rejects = true},
    {.name = "arange/negative", .inputs = {{1}}, .call = [](Vars in) { return take_rows(in[0], arange(-1)); }, .rejects = true},
    {.name = "arange/all rows", .inputs = {{3, 2}}, .call = [](Vars in) { return take_rows(in[0], arange(3)); },
     .same_as = [](Vars in) { return reshape(in[0], {3, 2}); }})
// clang-format on

}  // namespace heed
