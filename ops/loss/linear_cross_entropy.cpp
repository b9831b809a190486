// linear_cross_entropy: the cross entropy of a product whose logits are never stored.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/kernel/elementwise/chains.hpp>
#include <heed/ops/loss/cross_entropy_parts.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/ops/product/factor.hpp>

namespace heed {
namespace {

// Rows whose logits fill about 16 MB: enough for their products, few enough for the last level of the cache.
Dim rows_of_block(Dim rows, Dim classes) {
    return std::clamp<Dim>((Dim{1} << 22) / classes, 64, std::max<Dim>(rows, 64));
}

// x with zeros in the rows of ignored labels, if x has values that are not finite: the gradient of w is a sum over all
// rows.
Var of_counted(const In& x, const Targets& t) {
    const kernel::CrossEntropy& rule = t.rule;
    const bool some = std::find(rule.labels, rule.labels + rule.rows, rule.ignore_index) != rule.labels + rule.rows;
    if (!some || finite(x.value())) return x.var();
    return where(Var(t.counted()), x, 0);
}

}  // namespace

// cross_entropy of the logits x w^T, of a block of rows at a time: those of a large vocabulary are never stored, and
// their derivatives become those of x and w at once (Wijmans et al., "Cut Your Losses in Large-Vocabulary Language
// Models", 2025).
Var linear_cross_entropy(In given, In w, const Ints& labels, const CrossEntropyOptions& options) {
    expect(w.rank() == 2 && w.size() > 0, "linear_cross_entropy", "w", w.shape(), "(classes, width), none of them 0",
           w.at);
    expect(
        given.rank() > 0 && given.dim(-1) == w.dim(1), "linear_cross_entropy", "x", given.shape(),
        [&] { return fmt::format("(..., {}) because 'w' is {}", w.dim(1), to_string(w.shape())); }, given.at);
    expect(
        labels.shape() == Shape(given.shape().begin(), given.shape().end() - 1), "linear_cross_entropy", "labels",
        labels.shape(), [&] { return fmt::format("one label for each row of 'x' {}", to_string(given.shape())); },
        given.at);
    const Targets targets = check_targets("linear_cross_entropy", w, "w", w.dim(0), labels, options);

    const Var counted = of_counted(given, targets);
    const In x(counted, given.at);
    const Dim rows = targets.rule.rows, classes = w.dim(0), width = w.dim(1), block = rows_of_block(rows, classes);
    const Slot dx = x.slot(), dw = w.slot();
    Array gradient_x = Array::from_shape(dx ? x.shape() : Shape{0}),
          gradient_w = Array::from_shape(dw ? w.shape() : Shape{0});
    const Factor fx(x), fw(w);
    const bool round = fx.is_rounded();
    // Once, and not for each block; rounded values are transposed as they are read.
    const Var transposed = round ? Var() : transpose(w.var().detach());
    Array logits = Array::from_shape({std::min(rows, block), classes});
    Rows measure(std::min(rows, block));
    double loss = 0;
    const auto add_block = [&](Dim begin, Dim end, Real* sums_w, bool first) {
        kernel::CrossEntropy rule = targets.rule;
        rule.rows = end - begin;
        rule.labels += begin;
        const kernel::GemmSide from = fx.side() + begin * width;
        Real* z = logits.data();
        const auto right = round ? kernel::GemmMatrix{fw.side(), width, true}
                                 : kernel::GemmMatrix{transposed.value().storage().data(), classes};
        kernel::gemm(kernel::product_of(rule.rows, classes, width, {from, width}, right, z, classes));
        rule.logits = z;
        loss += measure(targets, rule, dx || dw ? z : nullptr, begin);
        if (!dx && !dw) return;
        const Factor dlogits(logits, fx);
        if (dx)
            kernel::gemm(kernel::product_of(rule.rows, width, classes, {dlogits.side(), classes}, {fw.side(), width},
                                            gradient_x.data() + begin * width, width));
        if (!dw) return;
        kernel::Gemm by_w = kernel::product_of(classes, width, rule.rows, {dlogits.side(), classes, true},
                                               {from, width}, sums_w, width);
        by_w.accumulate = !first;
        kernel::gemm(by_w);
    };
    kernel::sum_in_chains(0, rows, kernel::blocks_of_chain * block, count(gradient_w), gradient_w.data(),
                          [&](Dim first, Dim last, Real* sums_w) {
                              for (Dim begin = first; begin < last; begin += block)
                                  add_block(begin, std::min(last, begin + block), sums_w, begin == first);
                          });
    Var y = record("linear_cross_entropy", {x, w}, filled({}, static_cast<Real>(loss / targets.mass)),
                   [dx, dw, gradient_x = std::move(gradient_x), gradient_w = std::move(gradient_w)](const Array& dy) {
                       if (dx) dx.add_grad(scaled(gradient_x, dy));
                       if (dw) dw.add_grad(scaled(gradient_w, dy));
                   });
    return differentiable(std::move(y), {x, w}, [targets](Vars v, const Var&, const Var& dy) {  // with all logits
        Shape shape = v[0].shape();
        shape.back() = v[1].dim(0);
        const Var rows = reshape(v[0], {-1, v[1].dim(1)}), logits = reshape(matmul(rows, transpose(v[1])), shape);
        const Var d = reshape(targets.rule_of(logits, dy), {-1, v[1].dim(0)});
        return Grads{reshape(matmul(d, v[1]), v[0].shape()), matmul(transpose(d), rows)};
    });
}

#ifdef HEED_TESTING
namespace {
Var loss_of_product(Vars in, const CrossEntropyOptions& options = {}) {
    Shape shape(in[0].shape().begin(), in[0].shape().end() - 1);
    shape.push_back(in[1].dim(0));
    return linear_cross_entropy(in[0], in[1], labels_for(zeros(shape)), options);
}
Var loss_of_logits(Vars in, const CrossEntropyOptions& options = {}) {
    const Var logits = matmul(in[0], transpose(in[1]));
    return cross_entropy(logits, labels_for(logits), options);
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "linear_cross_entropy/rows", .inputs = {{4, 3}, {5, 3}}, .call = [](Vars in) { return loss_of_product(in); },
     .same_as = [](Vars in) { return loss_of_logits(in); }},
    {.name = "linear_cross_entropy/weights and smoothing", .inputs = {{2, 3, 4}, {5, 4}},
     .call = [](Vars in) { return loss_of_product(in, {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); },
     .same_as = [](Vars in) { return loss_of_logits(in, {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); }},
    {.name = "linear_cross_entropy/weights of examples", .inputs = {{4, 3}, {5, 3}},
     .call = [](Vars in) { return loss_of_product(in, {.weights = {1, 0.5, 2, 1, 3}, .example_weights = Array{1, 0, 2, 3}}); },
     .same_as = [](Vars in) { return loss_of_logits(in, {.weights = {1, 0.5, 2, 1, 3}, .example_weights = Array{1, 0, 2, 3}}); }},
    {.name = "linear_cross_entropy/constant table", .inputs = {{3, 2}},
     .call = [](Vars in) { return loss_of_product({in[0], heed::tril(filled({4, 2}, 1))}); }},
    {.name = "linear_cross_entropy/constant x", .inputs = {{4, 2}}, .call = [](Vars in) { return loss_of_product({filled({3, 2}, 1), in[0]}); }},
    {.name = "linear_cross_entropy/widths", .inputs = {{4, 3}, {5, 4}}, .call = [](Vars in) { return loss_of_product(in); }, .rejects = true},
    {.name = "linear_cross_entropy/no classes", .inputs = {{4, 3}, {0, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{4}, 0)); }, .rejects = true},
    {.name = "linear_cross_entropy/labels of another shape", .inputs = {{4, 3}, {5, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{3}, 0)); }, .rejects = true},
    {.name = "linear_cross_entropy/label too large", .inputs = {{4, 3}, {5, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{4}, 5)); }, .rejects = true},
    {.name = "linear_cross_entropy/all ignored", .inputs = {{4, 3}, {5, 3}},
     .call = [](Vars in) { return linear_cross_entropy(in[0], in[1], Ints(Shape{4}, -100)); }, .rejects = true})
// clang-format on

}  // namespace heed
