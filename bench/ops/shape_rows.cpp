// Rows of ops that rearrange, and of those that make values of a shape.
#include <heed/bench/ops/row.hpp>

namespace heed::bench {
namespace {

constexpr Key key{1234, 1};

}  // namespace

std::vector<OpRow> shape_rows() {
    const Shapes matrix{Shape{32, 32}, {500, 500}, {2500, 4000}};
    const Operand x = normal_in(matrix), heads = normal_in({Shape{2, 8, 4, 16}, {8, 64, 8, 64}, {32, 512, 8, 76}});
    const Operand n = number({1000, 250'000, 10'000'000}), row = normal_in({Shape{32}, {500}, {4000}});
    const Operand side = number({32, 500, 3000}), vector = normal_in({Shape{32}, {500}, {3000}});
    const Operand half = normal_in({Shape{16, 32}, {250, 500}, {1250, 4000}});
    // clang-format off
    return {
        {"reshape", {x}, [](G g) { return reshape(g[0], {-1}); }},
        {"permute/heads", {heads}, [](G g) { return permute(g[0], {0, 2, 1, 3}); }},
        {"permute/reversed", {heads}, [](G g) { return permute(g[0], {3, 2, 1, 0}); }},
        {"transpose", {x}, [](G g) { return transpose(g[0]); }},
        {"expand", {row, x.fixed()}, [](G g) { return expand(g[0], g[1].shape()); }},
        {"squeeze", {x}, [](G g) { return squeeze(g[0]); }},
        {"unsqueeze", {x}, [](G g) { return unsqueeze(g[0], 1); }},
        {"slice/rows", {x}, [](G g) { return slice(g[0], 0, 1, -1); }},
        {"slice/columns", {x}, [](G g) { return slice(g[0], 1, 1, -1); }},
        {"slice/step", {x}, [](G g) { return slice(g[0], 1, 0, g[0].dim(1), 2); }},
        {"pick/row", {x}, [](G g) { return pick(g[0], 0, 3); }},
        {"pick/column", {x}, [](G g) { return pick(g[0], 1, 3); }},
        {"flip/rows", {x}, [](G g) { return flip(g[0], 0); }},
        {"flip/columns", {x}, [](G g) { return flip(g[0], 1); }},
        {"roll/rows", {x}, [](G g) { return roll(g[0], 3, 0); }},
        {"roll/columns", {x}, [](G g) { return roll(g[0], 3, 1); }},
        {"concat/rows", {half, half}, [](G g) { return concat({g[0], g[1]}, 0); }},
        {"concat/columns", {half, half}, [](G g) { return concat({g[0], g[1]}, 1); }},
        {"stack/first", {half, half}, [](G g) { return stack({g[0], g[1]}, 0); }},
        {"stack/last", {half, half}, [](G g) { return stack({g[0], g[1]}, -1); }},
        {"split", {x}, [](G g) { return split(g[0], {g[0].dim(1) / 4, g[0].dim(1) - g[0].dim(1) / 4}); }},
        {"pad", {x}, [](G g) { return pad(g[0], {{1, 1}, {2, 2}}); }},
        {"repeat/rows", {half}, [](G g) { return repeat(g[0], 2, 0); }},
        {"repeat/columns", {half}, [](G g) { return repeat(g[0], 2, 1); }},
        {"repeat_interleave/rows", {half}, [](G g) { return repeat_interleave(g[0], 2, 0); }},
        {"repeat_interleave/columns", {half}, [](G g) { return repeat_interleave(g[0], 2, 1); }},
        {"tril", {x}, [](G g) { return tril(g[0]); }},
        {"triu", {x}, [](G g) { return triu(g[0]); }},
        {"diag/of a matrix", {x}, [](G g) { return diag(g[0]); }},
        {"diag/of a vector", {vector}, [](G g) { return diag(g[0]); }},

        {"zeros", {n}, [](G g) { return zeros({g.n}); }},
        {"ones", {n}, [](G g) { return ones({g.n}); }},
        {"full", {n}, [](G g) { return full({g.n}, 1.5); }},
        {"eye", {side}, [](G g) { return eye(g.n); }},
        {"linspace", {n}, [](G g) { return linspace(-1, 1, g.n); }},
        {"arange", {n}, [](G g) { return arange(g.n); }},
        {"randn", {n}, [](G g) { return randn({g.n}, key); }},
        {"uniform", {n}, [](G g) { return uniform({g.n}, key); }},
        {"randint", {n}, [](G g) { return randint(0, 1000, {g.n}, key); }},
        {"permutation", {n}, [](G g) { return permutation(g.n, key); }},
    };
    // clang-format on
}

}  // namespace heed::bench
