// Rows of reductions, orders and running sums.
#include <heed/bench/ops/row.hpp>

namespace heed::bench {
namespace {

const Shapes matrix{Shape{32, 32}, {500, 500}, {2500, 4000}};

using Reduce = Var (*)(const Var&, const Axes&);

// Over rows, over columns, and of everything.
void add(std::vector<OpRow>& all, const std::string& name, Reduce reduce, const Operand& x = distinct(matrix)) {
    all.push_back({name + "/rows", {x}, [=](G g) { return reduce(g[0], -1); }});
    all.push_back({name + "/columns", {x}, [=](G g) { return reduce(g[0], 0); }});
    all.push_back({name + "/all", {x}, [=](G g) { return reduce(g[0], {}); }});
}

}  // namespace

std::vector<OpRow> reduction_rows() {
    const Operand x = distinct(matrix), near_one = within(0.98, 1.02, matrix);
    std::vector<OpRow> all;
    add(all, "sum", [](const Var& x, const Axes& axes) { return sum(x, axes); });
    add(all, "mean", [](const Var& x, const Axes& axes) { return mean(x, axes); });
    add(all, "variance", [](const Var& x, const Axes& axes) { return variance(x, axes); });
    add(all, "stddev", [](const Var& x, const Axes& axes) { return stddev(x, axes); });
    add(all, "norm", [](const Var& x, const Axes& axes) { return norm(x, axes); });
    add(all, "max", [](const Var& x, const Axes& axes) { return max(x, axes); });
    add(all, "min", [](const Var& x, const Axes& axes) { return min(x, axes); });
    add(all, "logsumexp", [](const Var& x, const Axes& axes) { return logsumexp(x, axes); });
    add(all, "any", [](const Var& x, const Axes& axes) { return any(x, axes); });
    add(all, "all", [](const Var& x, const Axes& axes) { return heed::all(x, axes); });
    // clang-format off
    const std::vector<OpRow> others{
        {"prod/rows", {near_one}, [](G g) { return prod(g[0], -1); }},
        {"prod/columns", {near_one}, [](G g) { return prod(g[0], 0); }},
        {"cumsum/rows", {x}, [](G g) { return cumsum(g[0], -1); }},
        {"cumsum/columns", {x}, [](G g) { return cumsum(g[0], 0); }},
        {"cumprod/rows", {near_one}, [](G g) { return cumprod(g[0], -1); }},
        {"cumprod/columns", {near_one}, [](G g) { return cumprod(g[0], 0); }},
        {"argmax/rows", {x}, [](G g) { return argmax(g[0], -1); }},
        {"argmax/columns", {x}, [](G g) { return argmax(g[0], 0); }},
        {"argmin/rows", {x}, [](G g) { return argmin(g[0], -1); }},
        {"topk/rows", {x}, [](G g) { return topk(g[0], 10); }},
        {"sort/rows", {x}, [](G g) { return sort(g[0]); }},
        {"sort/columns", {x}, [](G g) { return sort(g[0], 0); }},
        {"argsort/rows", {x}, [](G g) { return argsort(g[0]); }},
        {"cosine_similarity", {normal_in(matrix), normal_in(matrix)}, [](G g) { return cosine_similarity(g[0], g[1]); }},
        {"softmax/rows", {x}, [](G g) { return softmax(g[0]); }},
        {"softmax/columns", {x}, [](G g) { return softmax(g[0], 0); }},
        {"log_softmax/rows", {x}, [](G g) { return log_softmax(g[0]); }},
        {"log_softmax/columns", {x}, [](G g) { return log_softmax(g[0], 0); }},
    };
    // clang-format on
    all.insert(all.end(), others.begin(), others.end());
    return all;
}

}  // namespace heed::bench
