#include <heed/ops/higher_order.hpp>
#include <heed/ops/kernel/compact.hpp>
#include <heed/ops/kernel/gemm.hpp>
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
Array product(const Array& a, bool ta, const Array& b, bool tb, const Shape& lead) {
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
    const Real *pa = a.storage().data(), *pb = b.storage().data();
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

// Adds x^T dy, summed over all rows, to the gradient of a matrix that every row was multiplied with: in place, because a
// recurrent layer does this in every step.
void add_product_of_rows(const Slot& dw, const Array& x, const Array& dy) {
    const Dim k = dw.shape()[0], n = dw.shape()[1], rows = k ? count(x) / k : 0;
    if (!dw.begun()) return dw.add_grad(product(reshaped(x, {rows, k}), true, reshaped(dy, {rows, n}), false, {}));
    dw.add_grad_part(dy, [&](Real* grad) {
        kernel::gemm({.m = k,
                      .n = n,
                      .k = rows,
                      .a = x.storage().data(),
                      .lda = k,
                      .ta = true,
                      .b = dy.storage().data(),
                      .ldb = n,
                      .c = grad,
                      .ldc = n,
                      .accumulate = true});
    });
}

}  // namespace

// c_ij = sum_k a_ik b_kj
Var matmul(In a, In b) {
    expect(a.rank() >= 2, "matmul", "a", a.shape(), "at least two axes", a.at);
    expect(b.rank() >= 2 && b.dim(-2) == a.dim(-1), "matmul", "b", b.shape(),
           [&] { return "(..., " + std::to_string(a.dim(-1)) + ", m) because 'a' is " + to_string(a.shape()); }, b.at);
    const Shape lead = broadcast_shapes("matmul", lead_of(a.shape()), lead_of(b.shape()), b.at);
    Var c = record("matmul", {a, b}, product(a.value(), false, b.value(), false, lead), [a, b, da = a.slot(), db = b.slot(), lead](const Array& dy) {
        if (da) da.add_grad(product(dy, false, b.value(), true, lead));
        if (!db) return;
        if (b.rank() == 2) add_product_of_rows(db, a.value(), dy);
        else db.add_grad(product(a.value(), true, dy, false, lead));
    });
    return differentiable(std::move(c), {a, b}, [](Vars x, const Var&, const Var& dy) {
        return Grads{matmul(dy, transpose(x[1])), matmul(transpose(x[0]), dy)};
    });
}

namespace {

// The weight in fewer bits, if it was quantized and not written to since; the numbers are the same.
const CompactMatrix* compact_of(const detail::Node& weight) {
    const CompactMatrix* compact = weight.leaf ? weight.leaf->compact.get() : nullptr;
    return compact && compact->version == weight.version ? compact : nullptr;
}

// y = x w (+ bias), with x read as rows.
Array affine(const In& x, const In& weight, const Real* bias) {
    const Dim in = weight.dim(0), out = weight.dim(1);
    Shape shape = x.shape();
    shape.back() = out;
    Array y = Array::from_shape(shape);
    const Dim m = count(y) / std::max<Dim>(out, 1);
    if (const CompactMatrix* compact = compact_of(weight.node()); compact && m <= kernel::most_compact_rows) {
        kernel::compact_product(*compact, m, x.data(), bias, y.data());
        return y;
    }
    kernel::gemm({.m = m, .n = out, .k = in, .a = x.data(), .lda = in, .b = weight.data(), .ldb = out, .c = y.data(), .ldc = out, .bias = bias});
    return y;
}

Array affine_backward(const Array& dy, const Array& w, const Shape& shape) {
    const Dim in = w.shape()[0], out = w.shape()[1];
    Array dx = Array::from_shape(shape);
    kernel::gemm({.m = count(dx) / std::max<Dim>(in, 1),
                  .n = in,
                  .k = out,
                  .a = dy.storage().data(),
                  .lda = out,
                  .b = w.storage().data(),
                  .ldb = out,
                  .tb = true,
                  .c = dx.data(),
                  .ldc = in});
    return dx;
}

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
}

}  // namespace

Var linear(In x, In weight) {
    expect_linear(x, weight);
    Var y = record("linear", {x, weight}, affine(x, weight, nullptr),
                   [x, weight, dx = x.slot(), dw = weight.slot()](const Array& dy) {
                       if (dx) dx.add_grad(affine_backward(dy, weight.value(), x.shape()));
                       if (dw) add_product_of_rows(dw, x.value(), dy);
                   });
    return differentiable(std::move(y), {x, weight}, linear_derivative);
}

Var linear(In x, In weight, In bias) {
    expect_linear(x, weight);
    expect(bias.rank() == 1 && bias.dim(0) == weight.dim(1), "linear", "bias", bias.shape(),
           [&] { return "(" + std::to_string(weight.dim(1)) + ") because 'weight' is " + to_string(weight.shape()); }, bias.at);
    Var y = record("linear", {x, weight, bias}, affine(x, weight, bias.data()),
                   [x, weight, dx = x.slot(), dw = weight.slot(), db = bias.slot()](const Array& dy) {
                       if (dx) dx.add_grad(affine_backward(dy, weight.value(), x.shape()));
                       if (dw) add_product_of_rows(dw, x.value(), dy);
                       if (db) db.add_grad(dy);
                   });
    return differentiable(std::move(y), {x, weight, bias}, linear_derivative);
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
