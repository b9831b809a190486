#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/ops/loss_parts.hpp>

namespace heed {
namespace {

Array negative(const Array& x) {
    Array y = Array::from_shape(x.shape());
    kernel::map(kernel::Unary::neg, x.storage().data(), y.data(), count(x));
    return y;
}

Array scalar(double value) { return filled({}, static_cast<Real>(value)); }

void expect_same_shape(const char* op, const In& x, const char* name, const In& target) {
    expect(target.shape() == x.shape(), op, "target", target.shape(),
           [&] { return fmt::format("{} because '{}' has that shape", to_string(x.shape()), name); }, target.at);
    expect(x.size() > 0, op, name, x.shape(), "at least one element: the loss is a mean", x.at);
}

// A loss of one element and its derivative by x.
struct Term { Real loss, slope; };

// sum of term(x_i, target_i) / divisor. The slopes are kept while the operands are in cache; the backward only scales them.
template <class F>
Var sum_of_terms(const char* op, const In& x, const In& target, Dim divisor, F&& term) {
    const double share = 1 / static_cast<double>(divisor);
    const Slot dx = x.slot(), dt = target.slot();
    const bool wanted = dx || dt;
    Array slopes = Array::from_shape(wanted ? x.shape() : Shape{0});
    const Real *px = x.data(), *pt = target.data();
    Real* to = slopes.data();
    double sum = 0;
    for (Dim i = 0, n = x.size(); i < n; ++i) {
        const Term t = term(px[i], pt[i]);
        sum += static_cast<double>(t.loss);
        if (wanted) to[i] = t.slope * static_cast<Real>(share);
    }
    return record(op, {x, target}, scalar(sum * share), [dx, dt, slopes = std::move(slopes)](const Array& dy) {
        Array d = scaled(slopes, dy);
        if (dt) dt.add_grad(negative(d));  // only the losses of x - target let a target have a gradient
        if (dx) dx.add_grad(std::move(d));
    });
}

// The target of a loss that has no derivative by it: no gradient wanted, and 0 <= every element <= high, which is `range` in words.
void expect_constant_target(const char* op, const In& target, Real high, const char* range) {
    require(!target.wants_grad(), op,
            "argument 'target' wants a gradient, but this loss has none to give it; pass target.detach()", target.at);
    const Real* t = target.data();
    for (Dim i = 0, n = target.size(); i < n; ++i)
        require(t[i] >= 0 && t[i] <= high, op,
                [&] { return fmt::format("argument 'target' holds {} at {}; expected {}", t[i], place_of(i, target.shape()), range); }, target.at);
}

}  // namespace

// mean of (x - target)^2
Var mse_loss(In x, In target) {
    expect_same_shape("mse_loss", x, "x", target);
    return sum_of_terms("mse_loss", x, target, x.size(), [](Real a, Real b) {
        const Real e = a - b;
        return Term{e * e, 2 * e};
    });
}

// mean of |x - target|; the derivative at 0 is 0
Var l1_loss(In x, In target) {
    expect_same_shape("l1_loss", x, "x", target);
    return sum_of_terms("l1_loss", x, target, x.size(), [](Real a, Real b) {
        const Real e = a - b;
        return Term{std::abs(e), e == 0 ? e : std::copysign(Real(1), e)};
    });
}

// mean of e^2 / 2 where |e| <= delta, else delta (|e| - delta / 2), with e = x - target (Huber, 1964)
Var huber_loss(In x, In target, double delta) {
    require(delta > 0, "huber_loss", [&] { return fmt::format("delta is {}; expected delta > 0", delta); }, x.at);
    expect_same_shape("huber_loss", x, "x", target);
    return sum_of_terms("huber_loss", x, target, x.size(), [bend = static_cast<Real>(delta)](Real a, Real b) {
        const Real e = a - b, size = std::abs(e);
        return size <= bend ? Term{e * e / 2, e} : Term{bend * (size - bend / 2), std::copysign(bend, e)};
    });
}

// mean of -(t log p + (1 - t) log(1 - p)) with p = sigmoid(x) = max(x, 0) - x t + log(1 + e^-|x|); 0 <= t <= 1.
// An infinite logit on the right side of its target costs nothing.
Var bce_with_logits(In logits, In target) {
    expect_same_shape("bce_with_logits", logits, "logits", target);
    expect_constant_target("bce_with_logits", target, 1, "0 <= target <= 1");
    return sum_of_terms("bce_with_logits", logits, target, logits.size(), [](Real x, Real t) {
        const Real e = std::exp(-std::abs(x)), p = (x >= 0 ? Real(1) : e) / (1 + e), missed = x >= 0 ? 1 - t : -t;
        return Term{(missed == 0 ? 0 : missed * x) + std::log1p(e), p - t};
    });
}

// sum of t (log t - log_p) / size of the first axis; t >= 0, and where t is 0 the term is 0 (Kullback and Leibler, 1951).
Var kl_divergence(In log_p, In target) {
    expect(log_p.rank() > 0, "kl_divergence", "log_p", log_p.shape(), "at least one axis: the sum is divided by the size of the first",
           log_p.at);
    expect_same_shape("kl_divergence", log_p, "log_p", target);
    expect_constant_target("kl_divergence", target, std::numeric_limits<Real>::max(), "a finite number >= 0");
    return sum_of_terms("kl_divergence", log_p, target, log_p.dim(0),
                        [](Real x, Real t) { return t == 0 ? Term{0, 0} : Term{t * (std::log(t) - x), -t}; });
}

#ifdef HEED_TESTING
namespace {
// Targets of the cases below: numbers in [0, 1], the first two of them at its ends.
Array target_like(const Var& x) {
    Array t = Array::from_shape(x.shape());
    for (Dim i = 0; i < x.size(); ++i) t.data()[i] = i < 2 ? static_cast<Real>(i) : static_cast<Real>(i % 7) / 7;
    return t;
}
}  // namespace
#endif

HEED_OP_CASES(
    {.name = "mse_loss/matrix", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); },
     .same_as = [](Vars in) { return mean(square(in[0] - in[1])); }},
    {.name = "mse_loss/scalar", .inputs = {{}, {}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }},
    {.name = "mse_loss/constant target", .inputs = {{5}}, .call = [](Vars in) { return mse_loss(in[0], target_like(in[0])); }},
    {.name = "mse_loss/no broadcasting", .inputs = {{4, 1}, {4}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true},
    {.name = "mse_loss/empty", .inputs = {{0, 2}, {0, 2}}, .call = [](Vars in) { return mse_loss(in[0], in[1]); }, .rejects = true},
    {.name = "l1_loss/cube", .inputs = {{2, 3, 2}, {2, 3, 2}}, .call = [](Vars in) { return l1_loss(in[0], Real(0.37) * in[1]); },
     .same_as = [](Vars in) { return mean(abs(in[0] - Real(0.37) * in[1])); }, .draw = draw::apart},
    {.name = "l1_loss/no broadcasting", .inputs = {{4}, {1}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true},
    {.name = "l1_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return l1_loss(in[0], in[1]); }, .rejects = true},
    {.name = "huber_loss/both sides", .inputs = {{3, 4}, {3, 4}}, .call = [](Vars in) { return huber_loss(in[0], in[1], 0.7); },
     .same_as = [](Vars in) {
         const Var e = abs(in[0] - in[1]), small = clamp(e, 0, 0.7);
         return mean(small * (e - 0.5 * small));
     }},
    {.name = "huber_loss/delta", .inputs = {{3}, {3}}, .call = [](Vars in) { return huber_loss(in[0], in[1], 0); }, .rejects = true},
    {.name = "huber_loss/no broadcasting", .inputs = {{2, 3}, {3}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true},
    {.name = "huber_loss/empty", .inputs = {{0}, {0}}, .call = [](Vars in) { return huber_loss(in[0], in[1]); }, .rejects = true},
    {.name = "bce_with_logits/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return bce_with_logits(in[0], target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var t = target_like(in[0]);
         return -mean(t * log_sigmoid(in[0]) + (1 - t) * log_sigmoid(-in[0]));
     }},
    {.name = "bce_with_logits/scalar", .inputs = {{}}, .call = [](Vars in) { return bce_with_logits(in[0], 0.25); }},
    {.name = "bce_with_logits/target above one", .inputs = {{3}},
     .call = [](Vars in) { return bce_with_logits(in[0], filled({3}, Real(1.5))); }, .rejects = true},
    {.name = "bce_with_logits/target with a gradient", .inputs = {{3}, {3}},
     .call = [](Vars in) { return bce_with_logits(in[0], Var::leaf(in[1].value())); }, .rejects = true, .draw = draw::probability},
    {.name = "bce_with_logits/no broadcasting", .inputs = {{3}}, .call = [](Vars in) { return bce_with_logits(in[0], 1); }, .rejects = true},
    {.name = "bce_with_logits/empty", .inputs = {{0}}, .call = [](Vars in) { return bce_with_logits(in[0], target_like(in[0])); }, .rejects = true},
    {.name = "kl_divergence/matrix", .inputs = {{3, 4}}, .call = [](Vars in) { return kl_divergence(log_softmax(in[0]), target_like(in[0])); },
     .same_as = [](Vars in) {
         const Var t = target_like(in[0]);
         return sum(where(t, t * log(maximum(t, 1e-30)), 0) - t * log_softmax(in[0])) / 3;
     }},
    {.name = "kl_divergence/scalar", .inputs = {{}}, .call = [](Vars in) { return kl_divergence(in[0], 1); }, .rejects = true},
    {.name = "kl_divergence/negative target", .inputs = {{2}}, .call = [](Vars in) { return kl_divergence(in[0], filled({2}, -1)); },
     .rejects = true},
    {.name = "kl_divergence/target with a gradient", .inputs = {{3}, {3}},
     .call = [](Vars in) { return kl_divergence(in[0], Var::leaf(in[1].value())); }, .rejects = true, .draw = draw::probability},
    {.name = "kl_divergence/no broadcasting", .inputs = {{2, 3}}, .call = [](Vars in) { return kl_divergence(in[0], filled({3}, 1)); },
     .rejects = true},
    {.name = "kl_divergence/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return kl_divergence(in[0], target_like(in[0])); }, .rejects = true})

}  // namespace heed
