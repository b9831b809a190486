// jacobian, jvp and hessian, by reverse sweeps.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/jacobian.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

// f(x), which also where f does not read x depends on it: with derivatives 0.
Var of_leaf(const Function& f, const Var& x) { return where(0, sum(x), f(x)); }

Array rows_of(const char* op, const Function& f, const In& x) {
    const Var at = Var::leaf(x.value());
    Tape tape(evaluate);
    const Var y = of_leaf(f, at);
    Shape shape = y.shape();
    require(
        shape.size() + x.shape().size() <= Shape::max_rank, op,
        [&] {
            return fmt::format("'x' is {} and its result {}; expected at most {} axes together", to_string(x.shape()),
                               to_string(y.shape()), Shape::max_rank);
        },
        x.at);
    for (const Dim size : x.shape()) shape.push_back(size);
    require_sizes(op, shape, x.at);
    Array rows = Array::from_shape(shape);
    const Dim n = x.size();
    for (Dim i = 0; i < y.size(); ++i) {
        Array one = filled(y.shape(), 0);
        one.data()[i] = 1;
        const Array row = gradient(y, {at}, std::move(one), keep_recording, x.at)[0];
        std::copy_n(row.storage().data(), n, rows.data() + i * n);
    }
    return rows;
}

}  // namespace

Array jacobian(const Function& f, In x) { return rows_of("jacobian", f, x); }

Directional jvp(const Function& f, In x, In v) {
    expect(
        v.shape() == x.shape(), "jvp", "v", v.shape(), [&] { return to_string(x.shape()) + ", the shape of 'x'"; },
        v.at);
    const Var at = Var::leaf(x.value());
    Tape tape(evaluate);
    HigherOrder higher;
    const Var y = of_leaf(f, at), u = Var::leaf(filled(y.shape(), 0));
    const Var dx = higher.gradient(sum(y * u), {at}, x.at)[0];
    return {y.value(), gradient(sum(dx * v.value()), {u}, {}, x.at)[0]};
}

Array hessian(const Function& f, In x) {
    const auto derivative = [&](const Var& at) {
        HigherOrder higher;
        const Var y = of_leaf(f, at);
        expect(y.size() == 1, "hessian", "f", y.shape(), "a result of one element", x.at);
        return higher.gradient(sum(y), {at}, x.at)[0];
    };
    return rows_of("hessian", derivative, x);
}

}  // namespace heed
