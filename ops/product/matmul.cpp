// matmul: products of matrices.
#include <string>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/product/product_gradient.hpp>

namespace heed {
namespace {

Dim last(const Shape& shape, std::size_t from_end) { return shape[shape.size() - from_end]; }

Shape lead_of(const Shape& shape) { return Shape(shape.begin(), shape.end() - 2); }

// How many matrices an operand with leading axes `lead` moves per step along each axis of `all`: 0 where it is
// broadcast.
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
    kernel::Gemm g = kernel::product_of(m, n, k, {a.side(), ta ? m : k, ta}, {b.side(), tb ? k : n, tb}, c.data(), n);
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
    const Dim size_a = m * k, size_b = k * n, size_c = m * n;
    if (!tb && !lead.empty() && !ta && lead_of(b.shape()).count() == 1 &&
        lead_of(a.shape()) == lead) {  // one shared right side: one tall product
        g.m = m * count;
        kernel::gemm(g);
    } else if (strided(step_a) && strided(step_b)) {
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
            g.a = a.side() + at_a * size_a, g.b = b.side() + at_b * size_b, g.c = c.data() + i * size_c;
            kernel::gemm(g);
        }
    }
    return c;
}

}  // namespace

// c_ij = sum_k a_ik b_kj
Var matmul(In a, In b) {
    expect(a.rank() >= 2, "matmul", "a", a.shape(), "at least two axes", a.at);
    expect(
        b.rank() >= 2 && b.dim(-2) == a.dim(-1), "matmul", "b", b.shape(),
        [&] { return "(..., " + std::to_string(a.dim(-1)) + ", m) because 'a' is " + to_string(a.shape()); }, b.at);
    const Shape lead = broadcast_shapes("matmul", lead_of(a.shape()), lead_of(b.shape()), b.at);
    Shape shape = lead;
    for (const Dim size : {a.dim(-2), b.dim(-1)}) shape.push_back(size);
    require_sizes("matmul", shape, b.at);
    Factor fa(a), fb(b);
    Array product_ab = product(fa, false, fb, false, lead);
    Var c = record("matmul", {a, b}, std::move(product_ab),
                   [fa = std::move(fa), fb = std::move(fb), da = a.slot(), db = b.slot(), lead](const Array& dy) {
                       const Factor dy_factor(dy, fa);
                       if (da) da.add_grad(product(dy_factor, false, fb, true, lead));
                       if (!db) return;
                       if (fb.shape().rank() == 2) add_product_of_rows(db, fa, dy, dy_factor);
                       else db.add_grad(product(fa, true, dy_factor, false, lead));
                   });
    return differentiable(std::move(c), {a, b}, [](Vars x, const Var&, const Var& dy) {
        return Grads{matmul(dy, transpose(x[1])), matmul(transpose(x[0]), dy)};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "matmul/plain", .inputs = {{2, 3}, {3, 4}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/shared right side", .inputs = {{2, 3, 4}, {4, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/shared left side", .inputs = {{3, 4}, {2, 4, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/batched", .inputs = {{2, 2, 3}, {2, 3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/both broadcast", .inputs = {{2, 1, 2, 3}, {3, 3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }},
    {.name = "matmul/inner axes differ", .inputs = {{2, 3}, {4, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }, .rejects = true},
    {.name = "matmul/vector", .inputs = {{3}, {3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }, .rejects = true},
    {.name = "matmul/batches differ", .inputs = {{2, 2, 3}, {3, 3, 2}}, .call = [](Vars in) { return matmul(in[0], in[1]); }, .rejects = true})
// clang-format on

}  // namespace heed
