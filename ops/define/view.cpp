// Ops that read and write views.
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>
#include <heed/ops/kernel/elementwise/permute.hpp>

namespace heed {

Array read_view(const Array& x, const View& view) {
    if (view.contiguous()) return part_of(x, view.offset, view.shape);
    Array y = Array::from_shape(view.shape);
    kernel::copy_strided(view.shape, x.storage().data() + view.offset, view.strides.data(), y.data(),
                         View::of(view.shape).strides.data());
    return y;
}

void write_view(Real* y, const View& view, const Array& x) {
    kernel::copy_strided(view.shape, x.storage().data(), View::of(view.shape).strides.data(), y + view.offset,
                         view.strides.data());
}

void add_to_view(Real* y, const View& view, const Array& x) {
    kernel::add_strided(view.shape, x.storage().data(), View::of(view.shape).strides.data(), y + view.offset,
                        view.strides.data());
}

Var read_part(const char* op, const In& x, const View& view) {
    Var y = record(op, {x}, read_view(x.value(), view), [dx = x.slot(), view](const Array& dy) {
        dx.add_grad_part(dy, count(dy), [&](Real* grad) { add_to_view(grad, view, dy); });
    });
    return differentiable(std::move(y), {x}, [op, view](const std::vector<Var>& v, const Var&, const Var& dy) {
        return Grads{write_part(op, dy, view, v[0].shape())};
    });
}

Var write_part(const char* op, const In& x, const View& view, const Shape& shape) {
    Array y = filled(shape, 0);
    write_view(y.data(), view, x.value());
    return differentiable(
        record(op, {x}, std::move(y), [dx = x.slot(), view](const Array& dy) { dx.add_grad(read_view(dy, view)); }),
        {x}, [op, view](const std::vector<Var>&, const Var&, const Var& dy) { return Grads{read_part(op, dy, view)}; });
}

Var reordered(const char* op, const In& x, const View& view, const View& back) {
    return differentiable(
        record(op, {x}, read_view(x.value(), view),
               [dx = x.slot(), back](const Array& dy) { dx.add_grad(read_view(dy, back)); }),
        {x}, [op, view, back](Vars, const Var&, const Var& dy) { return Grads{reordered(op, dy, back, view)}; });
}

}  // namespace heed
