// softmax and log_softmax along one axis.
#include <limits>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/rows/rows.hpp>

namespace heed {
namespace {

// f over `axis`, where f works on the last one: the two axes are swapped before and after.
template <class F>
Var over_axis(const char* op, const In& x, Dim axis, F&& f) {
    expect(x.rank() > 0, op, "x", x.shape(), "at least one axis", x.at);
    const std::size_t position = find_axis(op, axis, x.shape(), x.at), last = x.shape().size() - 1;
    if (position == last) return f(x);
    Axes swapped;
    for (Dim i = 0; i < x.rank(); ++i) swapped.list.push_back(i);
    swapped.list[position] = static_cast<Dim>(last);
    swapped.list[last] = static_cast<Dim>(position);
    return permute(f(permute(x, swapped)), swapped);
}

using Rows = void (*)(const Real* x, Real* y, Dim rows, Dim n);
using RowsBackward = void (*)(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n);

// The op that applies a kernel to the rows of x.
Var over_rows(const char* op, const In& x, Rows forward, RowsBackward backward,
              Grads (*derivative)(Vars x, const Var& y, const Var& dy)) {
    const Dim n = x.shape().back(), rows = n == 0 ? 0 : x.size() / n;
    Array y = Array::from_shape(x.shape());
    forward(x.data(), y.data(), rows, n);
    Var result = record(op, {x}, std::move(y), [dx = x.slot(), backward, rows, n](const Array& y, const Array& dy) {
        Array d = Array::from_shape(y.shape());
        backward(y.storage().data(), dy.storage().data(), d.data(), rows, n);
        dx.add_grad(std::move(d));
    });
    return differentiable(std::move(result), {x}, derivative);
}

}  // namespace

// y_i = exp(x_i) / sum_j exp(x_j) along the axis. A slice of only -inf gives zeros, and zero gradient.
Var softmax(In x, Dim axis) {
    return over_axis("softmax", x, axis, [](const In& rows) {
        return over_rows(
            "softmax", rows, kernel::softmax, kernel::softmax_backward,
            [](Vars, const Var& y, const Var& dy) { return Grads{y * (dy - sum(y * dy, -1, keep_axis))}; });
    });
}

// y_i = x_i - log sum_j exp(x_j) along the axis. A slice of only -inf stays as it is.
Var log_softmax(In x, Dim axis) {
    return over_axis("log_softmax", x, axis, [](const In& rows) {
        return over_rows("log_softmax", rows, kernel::log_softmax, kernel::log_softmax_backward,
                         [](Vars, const Var& y, const Var& dy) { return Grads{dy - exp(y) * sum(dy, -1, keep_axis)}; });
    });
}

#ifdef HEED_TESTING
namespace {
Var composed(const Var& x, Dim axis) { return exp(x) / sum(exp(x), axis, keep_axis); }
Var without_first_row(const Var& x) {  // its first row becomes -inf
    Array hide = filled({x.dim(0), 1}, 0);
    hide.data()[0] = -std::numeric_limits<Real>::infinity();
    return x + hide;
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "softmax/vector", .inputs = {{5}}, .call = [](Vars in) { return softmax(in[0]); },
     .same_as = [](Vars in) { return composed(in[0], -1); }},
    {.name = "softmax/cube", .inputs = {{2, 3, 19}}, .call = [](Vars in) { return softmax(in[0]); },
     .same_as = [](Vars in) { return composed(in[0], 2); }},
    {.name = "softmax/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return softmax(in[0], 0); },
     .same_as = [](Vars in) { return composed(in[0], 0); }},
    {.name = "softmax/middle axis", .inputs = {{2, 5, 3}}, .call = [](Vars in) { return softmax(in[0], -2); },
     .same_as = [](Vars in) { return composed(in[0], 1); }},
    {.name = "softmax/one element", .inputs = {{3, 1}}, .call = [](Vars in) { return softmax(in[0]); }, .flat = true},
    {.name = "softmax/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return softmax(in[0]); }, .flat = true},
    {.name = "softmax/empty axis", .inputs = {{3, 0}}, .call = [](Vars in) { return softmax(in[0]); }, .flat = true},
    {.name = "softmax/row of -inf", .inputs = {{2, 3}}, .call = [](Vars in) { return softmax(without_first_row(in[0])); },
     .same_as = [](Vars in) { return concat({0 * slice(in[0], 0, 0, 1), composed(slice(in[0], 0, 1, 2), -1)}, 0); }},
    {.name = "softmax/scalar", .inputs = {{}}, .call = [](Vars in) { return softmax(in[0]); }, .rejects = true},
    {.name = "softmax/no such axis", .inputs = {{2, 3}}, .call = [](Vars in) { return softmax(in[0], 2); }, .rejects = true},
    {.name = "log_softmax/vector", .inputs = {{5}}, .call = [](Vars in) { return log_softmax(in[0]); },
     .same_as = [](Vars in) { return in[0] - log(sum(exp(in[0]))); }},
    {.name = "log_softmax/cube", .inputs = {{2, 3, 19}}, .call = [](Vars in) { return log_softmax(in[0]); },
     .same_as = [](Vars in) { return log(composed(in[0], -1)); }},
    {.name = "log_softmax/first axis", .inputs = {{4, 3}}, .call = [](Vars in) { return log_softmax(in[0], 0); },
     .same_as = [](Vars in) { return log(composed(in[0], 0)); }},
    {.name = "log_softmax/one element", .inputs = {{3, 1}}, .call = [](Vars in) { return log_softmax(in[0]); }, .flat = true},
    {.name = "log_softmax/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return log_softmax(in[0]); }, .flat = true},
    {.name = "log_softmax/scalar", .inputs = {{}}, .call = [](Vars in) { return log_softmax(in[0]); }, .rejects = true},
    {.name = "log_softmax/no such axis", .inputs = {{2, 3}}, .call = [](Vars in) { return log_softmax(in[0], -3); }, .rejects = true})
// clang-format on

}  // namespace heed
