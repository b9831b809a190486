#include <heed/ops/factor.hpp>
#include <heed/ops/higher_order.hpp>
#include <heed/ops/in_place.hpp>
#include <heed/ops/kernel/quantized.hpp>
#include <heed/ops/op.hpp>

namespace heed {
namespace {

Dim last(const Shape& shape, std::size_t from_end) { return shape[shape.size() - from_end]; }

Shape lead_of(const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); }

// How many matrices an operand with leading axes `lead` moves per step along each axis of `all`: 0 where it is broadcast.
Shape steps(const Shape& lead, const Shape& all) {
    Shape step(all.size(), 0);
    Dim size = 1;
    for (std::size_t i = 1; i <= lead.size(); ++i) {
        step[all.size() - i] = lead[lead.size() - i] == 1 ? 0 : size;
        size *= lead[lead.size() - i];
    }
    return step;
}

// c = op(a) op(b) for every matrix of the leading axes `lead`; `ta`, `tb` read an operand transposed.
Array product(const Factor& a, bool ta, const Factor& b, bool tb, const Shape& lead) {
    const Dim m = last(a.shape(), ta ? 1 : 2), k = last(a.shape(), ta ? 2 : 1), n = last(b.shape(), tb ? 2 : 1);
    Shape shape = lead;
    shape.push_back(m);
    shape.push_back(n);
    Array c = Array::from_shape(shape);
    kernel::Gemm g{.m = m, .n = n, .k = k, .lda = ta ? m : k, .ta = ta, .ldb = tb ? k : n, .tb = tb, .ldc = n};
    const Dim count = lead.count();
    const Shape step_a = steps(lead_of(a.shape()), lead), step_b = steps(lead_of(b.shape()), lead);
    const auto strided = [&](const Shape& step) {  // does one stride lead from each matrix to the next?
        Dim expected = step.empty() ? 0 : step.back();
        for (std::size_t i = lead.size(); i-- > 0;) {
            if (lead[i] != 1 && step[i] != expected) return false;
            expected *= lead[i];
        }
        return true;
    };
    const kernel::GemmSide pa = a.side(), pb = b.side();
    Real* pc = c.data();
    const Dim size_a = m * k, size_b = k * n, size_c = m * n;
    if (!tb && !lead.empty() && !ta && lead_of(b.shape()).count() == 1 && lead_of(a.shape()) == lead) {  // one shared right side: one tall product
        g.m = m * count;
        g.a = pa, g.b = pb, g.c = pc;
        kernel::gemm(g);
    } else if (strided(step_a) && strided(step_b)) {
        g.a = pa, g.b = pb, g.c = pc;
        g.batch = count;
        g.stride_a = step_a.empty() ? 0 : step_a.back() * size_a;
        g.stride_b = step_b.empty() ? 0 : step_b.back() * size_b;
        g.stride_c = size_c;
        kernel::gemm(g);
    } else {
        for (Dim i = 0; i < count; ++i) {
            Dim at_a = 0, at_b = 0, rest = i;
            for (std::size_t axis = lead.size(); axis-- > 0; rest /= lead[axis]) {
                at_a += rest % lead[axis] * step_a[axis];
                at_b += rest % lead[axis] * step_b[axis];
            }
            g.a = pa + at_a * size_a, g.b = pb + at_b * size_b, g.c = pc + i * size_c;
            kernel::gemm(g);
        }
    }
    return c;
}

// Adds the product to a gradient. `dy` is what the product is of.
void add_product(const Slot& d, kernel::Gemm g, const Array& dy) {
    add_grad_in_place(d, d.shape(), dy, [&g](Real* gradient, bool add) {
        g.c = gradient;
        g.accumulate = add;
        kernel::gemm(g);
    });
}

// Adds x^T dy, summed over all rows, to the gradient of a matrix that every row was multiplied with.
void add_product_of_rows(const Slot& dw, const Factor& x, const Array& dy, const Factor& slopes) {
    const Dim k = dw.shape()[0], n = dw.shape()[1];
    add_product(dw, {.m = k, .n = n, .k = k ? x.shape().count() / k : 0, .a = x.side(), .lda = k, .ta = true, .b = slopes.side(), .ldb = n, .ldc = n},
                dy);
}

}  // namespace

// c_ij = sum_k a_ik b_kj
Var matmul(In a, In b) {
    expect(a.rank() >= 2, "matmul", "a", a.shape(), "at least two axes", a.at);
    expect(b.rank() >= 2 && b.dim(-2) == a.dim(-1), "matmul", "b", b.shape(),
           [&] { return "(..., " + std::to_string(a.dim(-1)) + ", m) because 'a' is " + to_string(a.shape()); }, b.at);
    const Shape lead = broadcast_shapes("matmul", lead_of(a.shape()), lead_of(b.shape()), b.at);
    Shape shape = lead;
    for (const Dim size : {a.dim(-2), b.dim(-1)}) shape.push_back(size);
    require_sizes("matmul", shape, b.at);
    Factor fa(a), fb(b);
    Array product_ab = product(fa, false, fb, false, lead);
    Var c = record("matmul", {a, b}, std::move(product_ab),
                   [fa = std::move(fa), fb = std::move(fb), da = a.slot(), db = b.slot(), lead](const Array& dy) {
                       const Factor slopes(dy, fa);
                       if (da) da.add_grad(product(slopes, false, fb, true, lead));
                       if (!db) return;
                       if (fb.shape().rank() == 2) add_product_of_rows(db, fa, dy, slopes);
                       else db.add_grad(product(fa, true, slopes, false, lead));
                   });
    return differentiable(std::move(c), {a, b}, [](Vars x, const Var&, const Var& dy) {
        return Grads{matmul(dy, transpose(x[1])), matmul(transpose(x[0]), dy)};
    });
}

namespace {

// The weight in fewer bits, if it was quantized and not written to since; the numbers are the same.
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
        if (quantized && m <= kernel::most_quantized_rows) kernel::quantized_product(*quantized, m, x.side().numbers, bias, y.data());
        else kernel::gemm({.m = m, .n = out, .k = in, .a = x.side(), .lda = in, .b = w.side(), .ldb = out, .c = y.data(), .ldc = out, .bias = bias});
        return y;
    }

    // dx = dy w^T, dw = x^T dy
    void backward(const Array& dy, const Slot& dx, const Slot& dw) const {
        const Factor slopes(dy, x);
        const Dim in = w.shape()[0], out = w.shape()[1], rows = in ? x.shape().count() / in : 0;
        if (dx) add_product(dx, {.m = rows, .n = in, .k = out, .a = slopes.side(), .lda = out, .b = w.side(), .ldb = out, .tb = true, .ldc = in}, dy);
        if (dw) add_product_of_rows(dw, x, dy, slopes);
    }
};

// Of x, the weight and, if there is one, the bias.
Grads linear_derivative(Vars x, const Var&, const Var& dy) {
    const Shape &w = x[1].shape();
    const Dim rows = x[0].size() / std::max<Dim>(w[0], 1);
    Grads grads{linear(dy, transpose(x[1])), matmul(transpose(reshape(x[0], {rows, w[0]})), reshape(dy, {rows, w[1]}))};
    if (x.size() == 3) grads.push_back(dy);
    return grads;
}

void expect_linear(const In& x, const In& w) {
    expect(w.rank() == 2, "linear", "weight", w.shape(), "(in, out)", w.at);
    expect(x.rank() >= 1 && x.dim(-1) == w.dim(0), "linear", "x", x.shape(),
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
    Var result = record("linear", {x, weight}, std::move(y), [op = std::move(op), dx = x.slot(), dw = weight.slot()](const Array& dy) {
        op.backward(dy, dx, dw);
    });
    return differentiable(std::move(result), {x, weight}, linear_derivative);
}

Var linear(In x, In weight, In bias) {
    expect_linear(x, weight);
    expect(bias.rank() == 1 && bias.dim(0) == weight.dim(1), "linear", "bias", bias.shape(),
           [&] { return "(" + std::to_string(weight.dim(1)) + ") because 'weight' is " + to_string(weight.shape()); }, bias.at);
    Linear op{Factor(x), Factor(weight)};
    Array y = op.forward(weight, bias.data());
    Var result = record("linear", {x, weight, bias}, std::move(y),
                        [op = std::move(op), dx = x.slot(), dw = weight.slot(), db = bias.slot()](const Array& dy) {
                            op.backward(dy, dx, dw);
                            if (db) db.add_grad(dy);
                        });
    return differentiable(std::move(result), {x, weight, bias}, linear_derivative);
}

HEED_OP_CASES(
    {.name = "matmul/plain", .inputs = {{2, 3}, {3, 4}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/shared right side", .inputs = {{2, 3, 4}, {4, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/shared left side", .inputs = {{3, 4}, {2, 4, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/batched", .inputs = {{2, 2, 3}, {2, 3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/both broadcast", .inputs = {{2, 1, 2, 3}, {3, 3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/inner axes differ", .inputs = {{2, 3}, {4, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }, .rejects = true},
    {.name = "matmul/vector", .inputs = {{3}, {3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }, .rejects = true},
    {.name = "matmul/batches differ", .inputs = {{2, 2, 3}, {3, 3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }, .rejects = true},
    {.name = "linear/rows", .inputs = {{5, 3}, {3, 4}, {4}}, .call = [](Vars in) { return linear(in[0], in[1], in[2]); },
     .same_as = [](Vars in) { return matmul(in[0], in[1]) + in[2]; }},
    {.name = "linear/cube without bias", .inputs = {{2, 5, 3}, {3, 4}}, .call = [](Vars in) { return linear(in[0], in[1]); },
     .same_as = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "linear/width differs", .inputs = {{5, 2}, {3, 4}, {4}}, .call = [](Vars in) { return linear(in[0], in[1], in[2]); }, .rejects = true},
    {.name = "linear/bias differs", .inputs = {{5, 3}, {3, 4}, {3}}, .call = [](Vars in) { return linear(in[0], in[1], in[2]); }, .rejects = true})

}  // namespace heed
