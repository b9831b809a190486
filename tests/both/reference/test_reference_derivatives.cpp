// Jacobians, products with them and Hessians beside PyTorch's torch.func.
#include <heed/ops/define/jacobian.hpp>
#include <heed/tests/both/reference/reference.hpp>

// clang-format off

namespace heed::reference {
namespace {

using G = const Given&;

Var smooth(const Var& x, const Var& w) { return tanh(matmul(x, w)) * sum(x); }
Var whole(const Var& x, const Var& w) { return logsumexp(matmul(x, w)) * sum(square(x)); }

const Table table("derivatives", {
    {"jacobian", {"matrix to matrix"}, [](G in) { return Var(jacobian([&](const Var& x) { return smooth(x, in[1]); }, in[0])); }},
    {"jacobian", {"vector to number"}, [](G in) { return Var(jacobian([](const Var& x) { return norm(x); }, in[0])); }},
    {"jvp", {"matrix to matrix"}, [](G in) {
        const Directional along = jvp([&](const Var& x) { return smooth(x, in[1]); }, in[0], in[2]);
        return Outputs{Var(along.y), Var(along.dy)};
    }},
    {"hessian", {"matrix"}, [](G in) { return Var(hessian([&](const Var& x) { return whole(x, in[1]); }, in[0])); }},
});

}  // namespace
}  // namespace heed::reference
