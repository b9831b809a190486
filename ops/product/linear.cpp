// linear: rows times a matrix, with or without a bias.
#include <algorithm>
#include <string>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/gemm/quantized.hpp>
#include <heed/ops/product/product_gradient.hpp>

namespace heed {
namespace {

// The weight in fewer bits, if it was quantized and not written to since; the values are the same.
const QuantizedMatrix* quantized_of(const detail::Node& weight) {
    const QuantizedMatrix* quantized = weight.leaf ? weight.leaf->quantized.get() : nullptr;
    return quantized && quantized->version == weight.version ? quantized : nullptr;
}

// Rows times a matrix.
struct HEED_ABI Linear {
    Factor x, w;

    // y = x w (+ bias)
    Array forward(const In& weight, const Real* bias) const {
        const Dim in = w.shape()[0], out = w.shape()[1];
        Shape shape = x.shape();
        shape.back() = out;
        Array y = Array::from_shape(shape);
        const Dim m = count(y) / std::max<Dim>(out, 1);
        const QuantizedMatrix* quantized = x.is_rounded() ? nullptr : quantized_of(weight.node());
        if (quantized && m <= kernel::most_quantized_rows) {
            kernel::quantized_product(*quantized, m, x.side().values, bias, y.data());
            return y;
        }
        kernel::Gemm g = kernel::product_of(m, out, in, {x.side(), in}, {w.side(), out}, y.data(), out);
        g.bias = bias;
        kernel::gemm(g);
        return y;
    }

    // dx = dy w^T, dw = x^T dy
    void backward(const Array& dy, const Slot& dx, const Slot& dw) const {
        const Factor dy_factor(dy, x);
        const Dim in = w.shape()[0], out = w.shape()[1], rows = in ? x.shape().count() / in : 0;
        if (dx)
            add_product(
                dx, kernel::product_of(rows, in, out, {dy_factor.side(), out}, {w.side(), out, true}, nullptr, in), dy);
        if (dw) add_product_of_rows(dw, x, dy, dy_factor);
    }
};

// Of x, the weight and, if there is one, the bias.
Grads linear_derivative(Vars x, const Var&, const Var& dy) {
    const Shape& w = x[1].shape();
    const Dim rows = x[0].size() / std::max<Dim>(w[0], 1);
    Grads grads{linear(dy, transpose(x[1])), matmul(transpose(reshape(x[0], {rows, w[0]})), reshape(dy, {rows, w[1]}))};
    if (x.size() == 3) grads.push_back(dy);
    return grads;
}

void expect_linear(const In& x, const In& w) {
    expect(w.rank() == 2, "linear", "weight", w.shape(), "(in, out)", w.at);
    expect(
        x.rank() >= 1 && x.dim(-1) == w.dim(0), "linear", "x", x.shape(),
        [&] { return "(..., " + std::to_string(w.dim(0)) + ") because 'weight' is " + to_string(w.shape()); }, x.at);
    Shape shape = x.shape();
    shape.back() = w.dim(1);
    require_sizes("linear", shape, x.at);
}

}  // namespace

Var linear(In x, In weight) {
    expect_linear(x, weight);
    Linear op{Factor(x), Factor(weight)};
    Array y = op.forward(weight, nullptr);
    Var result =
        record("linear", {x, weight}, std::move(y),
               [op = std::move(op), dx = x.slot(), dw = weight.slot()](const Array& dy) { op.backward(dy, dx, dw); });
    return differentiable(std::move(result), {x, weight}, linear_derivative);
}

Var linear(In x, In weight, In bias) {
    expect_linear(x, weight);
    expect(
        bias.rank() == 1 && bias.dim(0) == weight.dim(1), "linear", "bias", bias.shape(),
        [&] { return "(" + std::to_string(weight.dim(1)) + ") because 'weight' is " + to_string(weight.shape()); },
        bias.at);
    Linear op{Factor(x), Factor(weight)};
    Array y = op.forward(weight, bias.data());
    Var result = record("linear", {x, weight, bias}, std::move(y),
                        [op = std::move(op), dx = x.slot(), dw = weight.slot(), db = bias.slot()](const Array& dy) {
                            op.backward(dy, dx, dw);
                            if (db)
                                db.add_grad(sum_of_rows(dy.storage().data(),
                                                        count(dy) / std::max<Dim>(db.shape()[0], 1), db.shape()[0]));
                        });
    return differentiable(std::move(result), {x, weight, bias}, linear_derivative);
}

// clang-format off
HEED_OP_CASES(
    {.name = "linear/rows", .inputs = {{5, 3}, {3, 4}, {4}}, .call = [](Vars in) { return linear(in[0], in[1], in[2]); },
     .same_as = [](Vars in) { return matmul(in[0], in[1]) + in[2]; }},
    {.name = "linear/cube without bias", .inputs = {{2, 5, 3}, {3, 4}}, .call = [](Vars in) { return linear(in[0], in[1]); },
     .same_as = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "linear/width differs", .inputs = {{5, 2}, {3, 4}, {4}}, .call = [](Vars in) { return linear(in[0], in[1], in[2]); }, .rejects = true},
    {.name = "linear/bias differs", .inputs = {{5, 3}, {3, 4}, {3}}, .call = [](Vars in) { return linear(in[0], in[1], in[2]); }, .rejects = true})
// clang-format on

}  // namespace heed
