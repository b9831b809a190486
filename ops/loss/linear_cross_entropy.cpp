// linear_cross_entropy: the cross entropy of a product whose logits are not stored, or once in the place of their
// derivatives.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/kernel/elementwise/chains.hpp>
#include <heed/ops/loss/cross_entropy_parts.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/ops/product/product_gradient.hpp>

namespace heed {
namespace {

constexpr const char* name = "linear_cross_entropy";

// Rows whose logits are made at a time. Each block of rows reads the weight twice and its gradient once: blocks are as
// large as the weight is, or fill about 16 MB, which stay in the last level of the cache; and evenly so.
Dim rows_of_block(Dim rows, Dim classes, Dim width) {
    const Dim most = std::max({Dim{64}, (Dim{1} << 22) / classes, width}), blocks = (rows + most - 1) / most;
    return (rows + blocks - 1) / blocks;
}

// x with zeros in the rows of ignored labels, if x has values that are not finite: the gradient of w is a sum over all
// rows.
Var of_counted(const In& x, const Targets& t) {
    const kernel::CrossEntropy& rule = t.rule;
    const bool some = std::find(rule.labels, rule.labels + rule.rows, rule.ignore_index) != rule.labels + rule.rows;
    if (!some || finite(x.value())) return x.var();
    return where(Var(t.counted()), x, 0);
}

// The product that makes logits, and those of its gradients.
struct HEED_ABI Logits {
    Factor x, w;
    bool by_class;  // w is (classes, width), else (width, classes)
    Dim classes, width;

    kernel::GemmMatrix weight(bool transposed) const {
        return {w.side(), by_class ? width : classes, by_class != transposed};
    }
    kernel::GemmMatrix rows(Dim begin, bool transposed = false) const {
        return {x.side() + begin * width, width, transposed};
    }
    void write(Dim begin, Dim count, const Real* bias, Real* to) const {
        kernel::Gemm g = kernel::product_of(count, classes, width, rows(begin), weight(false), to, classes);
        g.bias = bias;
        kernel::gemm(g);
    }
    // `d` are the derivatives by the logits of `count` rows from `begin` on.
    kernel::Gemm for_x(const Factor& d, Dim begin, Dim count, Real* to) const {
        return kernel::product_of(count, width, classes, {d.side(), classes}, weight(true), to + begin * width, width);
    }
    kernel::Gemm for_w(const Factor& d, Dim begin, Dim count, Real* to) const {
        if (!by_class)
            return kernel::product_of(width, classes, count, rows(begin, true), {d.side(), classes}, to, classes);
        return kernel::product_of(classes, width, count, {d.side(), classes, true}, rows(begin), to, width);
    }
};

// The derivatives by the logits, in their place, of a block of rows after the other; the loss adds up.
class Blocks {
public:
    Blocks(const Logits& logits, const Targets& targets, Dim rows, const In* bias, bool wanted)
        : logits_(logits), targets_(targets), z_(Array::from_shape({rows, logits.classes})), measure_(rows),
          bias_(bias != nullptr ? bias->data() : nullptr), wanted_(wanted),
          sums_(static_cast<std::size_t>(bias != nullptr && bias->slot() ? logits.classes : 0)) {}

    Factor operator()(Dim begin, Dim end) {
        kernel::CrossEntropy rule = targets_.rule;
        rule.rows = end - begin;
        rule.labels += begin;
        Real* const z = z_.data();
        logits_.write(begin, rule.rows, bias_, z);
        rule.logits = z;
        loss_ += measure_(targets_, rule, wanted_ ? z : nullptr, begin);
        if (!sums_.empty()) add_columns(z, rule.rows);
        return Factor(z_, logits_.x);
    }
    Real loss() const { return static_cast<Real>(loss_ / targets_.mass); }
    Array bias_gradient() const {
        Array sums = Array::from_shape({static_cast<Dim>(sums_.size())});
        std::transform(sums_.begin(), sums_.end(), sums.data(), [](double x) { return static_cast<Real>(x); });
        return sums;
    }

private:
    void add_columns(const Real* z, Dim rows) {
        const Array part = sum_of_rows(z, rows, logits_.classes);
        for (std::size_t c = 0; c < sums_.size(); ++c) sums_[c] += static_cast<double>(part.data()[c]);
    }

    const Logits& logits_;
    const Targets& targets_;
    Array z_;
    Rows measure_;
    const Real* bias_;
    bool wanted_;
    std::vector<double> sums_;
    double loss_ = 0;
};

struct Slots {
    Slot x, w, bias;
    bool any() const { return x || w || bias; }
};

// Rows of several blocks: no derivatives outlive their block, so gradients are made at once.
Var in_blocks(const Ins& operands, const Logits& logits, Blocks& blocks, Dim rows, Dim block, Slots slots) {
    Array dx = Array::from_shape(slots.x ? slots.x.shape() : Shape{0}),
          dw = Array::from_shape(slots.w ? slots.w.shape() : Shape{0});
    const auto add_block = [&](Dim begin, Dim count, Real* sums_w, bool first) {
        const Factor d = blocks(begin, begin + count);
        if (slots.x) kernel::gemm(logits.for_x(d, begin, count, dx.data()));
        if (!slots.w) return;
        kernel::Gemm for_w = logits.for_w(d, begin, count, sums_w);
        for_w.accumulate = !first;
        kernel::gemm(for_w);
    };
    kernel::sum_in_chains(0, rows, kernel::blocks_of_chain * block, count(dw), dw.data(),
                          [&](Dim first, Dim last, Real* sums_w) {
                              for (Dim begin = first; begin < last; begin += block)
                                  add_block(begin, std::min(last - begin, block), sums_w, begin == first);
                          });
    return record(name, operands, filled({}, blocks.loss()),
                  [slots, dx = std::move(dx), dw = std::move(dw), db = blocks.bias_gradient()](const Array& dy) {
                      if (slots.x) slots.x.add_grad(scaled(dx, dy));
                      if (slots.w) slots.w.add_grad(scaled(dw, dy));
                      if (slots.bias) slots.bias.add_grad(scaled(db, dy));
                  });
}

// Rows of one block: their derivatives are kept, and become those of x and w where these gradients are added up.
Var at_once(const Ins& operands, Logits&& logits, Blocks& blocks, Dim rows, Slots slots) {
    Factor d = blocks(0, rows);
    return record(
        name, operands, filled({}, blocks.loss()),
        [slots, rows, logits = std::move(logits), d = std::move(d), db = blocks.bias_gradient()](const Array& dy) {
            const auto add = [&dy](const Slot& slot, kernel::Gemm g) {
                g.alpha = *dy.storage().data();
                add_product(slot, g, dy);
            };
            if (slots.x) add(slots.x, logits.for_x(d, 0, rows, nullptr));
            if (slots.w) add(slots.w, logits.for_w(d, 0, rows, nullptr));
            if (slots.bias) slots.bias.add_grad(scaled(db, dy));
        });
}

// `bias` may be null.
Var loss_of(const In& given, const In& w, const In* bias, bool by_class, const Ints& labels,
            const CrossEntropyOptions& options) {
    const Dim classes = w.dim(by_class ? 0 : 1), width = w.dim(by_class ? 1 : 0);
    expect(
        given.rank() > 0 && given.dim(-1) == width, name, "x", given.shape(),
        [&] { return fmt::format("(..., {}) because 'w' is {}", width, to_string(w.shape())); }, given.at);
    expect(
        labels.shape() == Shape(given.shape().begin(), given.shape().end() - 1), name, "labels", labels.shape(),
        [&] { return fmt::format("one label for each row of 'x' {}", to_string(given.shape())); }, given.at);
    const Targets targets = check_targets(name, w, "w", classes, labels, options);

    const Var counted = of_counted(given, targets);
    const In x(counted, given.at);
    const Slots slots{x.slot(), w.slot(), bias != nullptr ? bias->slot() : Slot()};
    Logits logits{Factor(x), Factor(w), by_class, classes, width};
    const Dim rows = targets.rule.rows, block = rows_of_block(rows, classes, width);
    Blocks blocks(logits, targets, block, bias, slots.any());
    List<Var> all{counted, w.var()};
    if (bias != nullptr) all.push_back(bias->var());
    const Ins operands(std::move(all), given.at);
    Var y = rows > block ? in_blocks(operands, logits, blocks, rows, block, slots)
                         : at_once(operands, std::move(logits), blocks, rows, slots);
    return differentiable(
        std::move(y), operands, [targets, by_class](Vars v, const Var&, const Var& dy) {  // with all logits
            const Var weight = by_class ? transpose(v[1]) : v[1], rows = reshape(v[0], {-1, weight.dim(0)});
            Shape shape = v[0].shape();
            shape.back() = weight.dim(1);
            const Var logits = v.size() == 3 ? linear(rows, weight, v[2]) : linear(rows, weight);
            const Var d = reshape(targets.rule_of(reshape(logits, shape), dy), logits.shape());
            Grads grads{reshape(matmul(d, transpose(weight)), v[0].shape()),
                        by_class ? matmul(transpose(d), rows) : matmul(transpose(rows), d)};
            if (v.size() == 3) grads.push_back(sum(d, 0));
            return grads;
        });
}

}  // namespace

// cross_entropy of the logits x w^T. A block of rows at a time, those of a large vocabulary are never stored, and their
// derivatives become those of x and w at once (Wijmans et al., "Cut Your Losses in Large-Vocabulary Language Models",
// 2025).
Var linear_cross_entropy(In x, In w, const Ints& labels, const CrossEntropyOptions& options) {
    expect(w.rank() == 2 && w.size() > 0, name, "w", w.shape(), "(classes, width), none of them 0", w.at);
    return loss_of(x, w, nullptr, true, labels, options);
}

// The same of x w + bias.
Var linear_cross_entropy(In x, In w, In bias, const Ints& labels, const CrossEntropyOptions& options) {
    expect(w.rank() == 2 && w.size() > 0, name, "w", w.shape(), "(width, classes), none of them 0", w.at);
    expect(
        bias.rank() == 1 && bias.dim(0) == w.dim(1), name, "bias", bias.shape(),
        [&] { return fmt::format("({}) because 'w' is {}", w.dim(1), to_string(w.shape())); }, bias.at);
    return loss_of(x, w, &bias, false, labels, options);
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
Var loss_with_bias(Vars in, const CrossEntropyOptions& options = {}) {
    return linear_cross_entropy(in[0], in[1], in[2], labels_for(linear(in[0], in[1])), options);
}
Var loss_of_linear(Vars in, const CrossEntropyOptions& options = {}) {
    const Var logits = linear(in[0], in[1], in[2]);
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
    {.name = "linear_cross_entropy/bias", .inputs = {{4, 3}, {3, 5}, {5}}, .call = [](Vars in) { return loss_with_bias(in); },
     .same_as = [](Vars in) { return loss_of_linear(in); }},
    {.name = "linear_cross_entropy/bias, weights and smoothing", .inputs = {{2, 3, 4}, {4, 5}, {5}},
     .call = [](Vars in) { return loss_with_bias(in, {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); },
     .same_as = [](Vars in) { return loss_of_linear(in, {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); }},
    {.name = "linear_cross_entropy/constant bias", .inputs = {{4, 3}, {3, 5}},
     .call = [](Vars in) { return loss_with_bias({in[0], in[1], zeros({5})}); },
     .same_as = [](Vars in) { return loss_of_product({in[0], transpose(in[1])}); }},
    {.name = "linear_cross_entropy/bias alone", .inputs = {{5}},
     .call = [](Vars in) { return loss_with_bias({filled({4, 3}, 1), filled({3, 5}, 1), in[0]}); }},
    {.name = "linear_cross_entropy/size of the bias", .inputs = {{4, 3}, {3, 5}, {3}}, .call = [](Vars in) { return loss_with_bias(in); },
     .rejects = true},
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
