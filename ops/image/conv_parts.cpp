// The convolution, and its derivatives by x and by the weight, as ops.
#include <heed/ops/define/elementwise.hpp>
#include <heed/ops/image/conv_parts.hpp>

namespace heed {

Convolution convolution_of(const char* op, const In& x, const In& weight, const char* channels,
                           const Conv2dOptions& options, std::size_t axes, Site check) {
    const bool flat = axes == 1;
    expect(x.shape().size() == axes + 2, op, "x", x.shape(), flat ? "(b, t, in)" : "(b, h, w, in)", x.at, check);
    expect(
        weight.shape().size() == axes + 2 && weight.size() > 0, op, "weight", weight.shape(),
        [&] { return fmt::format("({}, {}), none of them 0", flat ? "k" : "kh, kw", channels); }, weight.at, check);
    require_least(op, "groups", options.groups, 1, weight.at, check);
    Convolution f{op,
                  axes,
                  {.batch = x.dim(0),
                   .in = saturated_product(weight.dim(-2), options.groups),
                   .out = weight.dim(-1),
                   .groups = options.groups}};
    kernel::Conv& c = f.c;
    expect(
        c.out % c.groups == 0, op, "weight", weight.shape(),
        [&] { return fmt::format("a multiple of groups {} as its last size", c.groups); }, weight.at, check);
    const auto part = [](const Pair& p, std::size_t axis) { return axis == 0 ? p.first : p.second; };
    for (std::size_t i = 2 - axes; i < 2; ++i) {
        c.taps[i] = weight.shape()[i + axes - 2];
        c.stride[i] = part(options.stride, i);
        c.padding[i] = part(options.padding, i);
        c.dilation[i] = part(options.dilation, i);
        require_least(op, "stride", c.stride[i], 1, x.at, check);
        require_least(op, "padding", c.padding[i], 0, x.at, check);
        require_least(op, "dilation", c.dilation[i], 1, x.at, check);
        require(
            c.padding[i] <= Shape::max_count, op,
            [&] { return fmt::format("padding is {}; expected at most {}", c.padding[i], Shape::max_count); }, x.at,
            check);
    }
    return f;
}
namespace {

Array to_y(const Convolution& f, const Real* x, const Real* w, const Real* bias = nullptr) {
    Array y = Array::from_shape(f.y());
    kernel::conv(f.c, x, w, bias, y.data());
    return y;
}
Array to_x(const Convolution& f, const Real* y, const Real* w) {
    Array x = Array::from_shape(f.x());
    kernel::conv_backward_x(f.c, w, y, x.data());
    return x;
}
Array to_w(const Convolution& f, const Real* x, const Real* y) {
    Array w = Array::from_shape(f.w());
    kernel::conv_backward_w(f.c, x, y, w.data());
    return w;
}

const Real* data_of(const Array& x) { return x.storage().data(); }

}  // namespace

// The backwards unfold again, rather than keep what is as large as x times the number of taps.
Var conv_to_y(const Convolution& f, In x, In w, const In* bias) {
    const auto add_grads = [f, x, w, dx = x.slot(), dw = w.slot()](const Array& dy) {
        if (dx) dx.add_grad(to_x(f, data_of(dy), w.data()));
        if (dw) dw.add_grad(to_w(f, x.data(), data_of(dy)));
    };
    const auto derivative = [f](Vars v, const Var&, const Var& dy) {
        Grads grads{conv_to_x(f, dy, v[1]), conv_to_w(f, v[0], dy)};
        if (v.size() == 3) grads.push_back(dy);
        return grads;
    };
    if (bias == nullptr)
        return differentiable(record(f.op, {x, w}, to_y(f, x.data(), w.data()), add_grads), {x, w}, derivative);
    const auto add_all = [add_grads, db = bias->slot()](const Array& dy) {
        add_grads(dy);
        if (db) db.add_grad(dy);
    };
    return differentiable(record(f.op, {x, w, *bias}, to_y(f, x.data(), w.data(), bias->data()), add_all),
                          {x, w, *bias}, derivative);
}

Var conv_to_x(const Convolution& f, In y, In w, const In* bias) {
    const auto add_grads = [f, y, w, dy = y.slot(), dw = w.slot()](const Array& dx) {
        if (dy) dy.add_grad(to_y(f, data_of(dx), w.data()));
        if (dw) dw.add_grad(to_w(f, data_of(dx), y.data()));
    };
    const auto derivative = [f](Vars v, const Var&, const Var& dx) {
        Grads grads{conv_to_y(f, dx, v[1]), conv_to_w(f, dx, v[0])};
        if (v.size() == 3) grads.push_back(dx);
        return grads;
    };
    Array x = to_x(f, y.data(), w.data());
    if (bias == nullptr) return differentiable(record(f.op, {y, w}, std::move(x), add_grads), {y, w}, derivative);
    combine_into(kernel::Binary::add, x, bias->value());
    const auto add_all = [add_grads, db = bias->slot()](const Array& dx) {
        add_grads(dx);
        if (db) db.add_grad(dx);
    };
    return differentiable(record(f.op, {y, w, *bias}, std::move(x), add_all), {y, w, *bias}, derivative);
}

Var conv_to_w(const Convolution& f, In x, In y) {
    const auto add_grads = [f, x, y, dx = x.slot(), dy = y.slot()](const Array& dw) {
        if (dx) dx.add_grad(to_x(f, y.data(), data_of(dw)));
        if (dy) dy.add_grad(to_y(f, x.data(), data_of(dw)));
    };
    return differentiable(record(f.op, {x, y}, to_w(f, x.data(), y.data()), add_grads), {x, y},
                          [f](Vars v, const Var&, const Var& dw) {
                              return Grads{conv_to_x(f, v[1], dw), conv_to_y(f, v[0], dw)};
                          });
}

}  // namespace heed
