// The checks of an op case: gradients by differences, the same bits on every call, and refusals.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <heed/tests/check/check_case.hpp>
#include <heed/tests/check/run_case.hpp>

namespace heed {
namespace {

using Faults = std::vector<std::string>;

bool same_bits(const Array& a, const Array& b) {
    const auto bytes = static_cast<std::size_t>(count(a)) * sizeof(Real);
    return a.shape() == b.shape() && (bytes == 0 || std::memcmp(a.storage().data(), b.storage().data(), bytes) == 0);
}

double largest(const Array& x) {
    double most = 0;
    for (const Real value : x.storage()) most = std::max(most, std::abs(static_cast<double>(value)));
    return most;
}

// The largest |a - factor b|, as a part of the largest |b|; infinite for a NaN on one side only.
double difference(const Array& a, const Array& b, double factor = 1) {
    const Real *p = a.storage().data(), *q = b.storage().data();
    double most = 0;
    for (Dim i = 0; i < count(a); ++i) {
        const double x = p[i], y = factor * q[i];
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        most = std::max(most, std::isfinite(x - y) ? std::abs(x - y) : HUGE_VAL);
    }
    return most / std::max(1.0, factor * largest(b));
}

std::vector<Var> constants(const std::vector<Array>& inputs) { return {inputs.begin(), inputs.end()}; }

std::vector<Array> moved(std::vector<Array> inputs, const std::vector<std::size_t>& operands, const Array& direction,
                         double step) {
    for (const std::size_t k : operands) {
        const Real* v = direction.storage().data();
        for (Real& x : inputs[k].storage()) x += static_cast<Real>(step) * *v++;
    }
    return inputs;
}

// d <f, weights> / dh along `direction`, by a difference of fourth order.
double derivative(Call f, const std::vector<Array>& inputs, const std::vector<std::size_t>& operands,
                  const Array& direction, double h) {
    const auto at = [&](double step) { return weighed(f, moved(inputs, operands, direction, step)); };
    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

struct Derivatives {
    double numeric, analytic;
    bool agree, zero;
};

// The same direction for all `operands`: they represent one Var. Steps of 1e-4 keep inside the gaps that `draw::apart`
// leaves around kinks; where the function bends sharply the shorter step is nearer.
Derivatives compare_derivatives(Call f, const std::vector<Array>& inputs, const std::vector<std::size_t>& operands,
                                const Array& gradient) {
    const Array direction = case_noise(inputs[operands[0]].shape(), static_cast<Real>(17 + operands[0]));
    Derivatives s{0, dot(gradient, direction), false, false};
    const double noise = 1e-10 * std::max(1.0, std::abs(weighed(f, inputs)));
    for (const double h : {1e-4, 1e-5}) {
        s.numeric = derivative(f, inputs, operands, direction, h);
        s.agree =
            std::abs(s.numeric - s.analytic) <= 1e-6 * std::max(std::abs(s.numeric), std::abs(s.analytic)) + noise;
        if (s.agree) break;
    }
    s.zero = std::abs(s.analytic) < 1e-12 && std::abs(s.numeric) < 1e-12;
    return s;
}

void check_gradients(const OpCase& c, const std::vector<Array>& inputs, const Outcome& all, Faults& faults) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        const Derivatives s = compare_derivatives(c.call, inputs, {k}, all.gradients[k]);
        if (!s.agree)
            faults.push_back(
                fmt::format("gradient of operand {}: {} by the op, {} by differences", k, s.analytic, s.numeric));
        else if (s.zero && !c.flat && count(inputs[k]) && count(all.value))
            faults.push_back(
                fmt::format("gradient of operand {} is zero by the op and by differences; is the case flat?", k));
        const Outcome alone = run_case(c.call, inputs, k);
        if (!alone.intact)
            faults.push_back(
                fmt::format("operand {} as the only leaf: an operand changed, or a constant got a gradient", k));
        if (difference(alone.gradients[k], all.gradients[k]) > 1e-12)
            faults.push_back(fmt::format("gradient of operand {} differs when it is the only leaf", k));
    }
}

// All operands of the first one's shape become the same Var.
void check_shared(const OpCase& c, std::vector<Array> inputs, Faults& faults) {
    std::vector<std::size_t> equal;
    for (std::size_t k = 0; k < inputs.size(); ++k)
        if (c.inputs[k] == c.inputs[0]) equal.push_back(k);
    if (equal.size() < 2) return;
    for (const std::size_t k : equal) inputs[k] = inputs[0];
    Array sum = filled(c.inputs[0], 0);
    std::vector<Var> in;
    const Var shared = Var::leaf(inputs[0]);
    for (std::size_t k = 0; k < inputs.size(); ++k) in.push_back(c.inputs[k] == c.inputs[0] ? shared : Var(inputs[k]));
    Tape tape(case_key);
    const Var y = c.call(in);
    if (y.wants_grad()) sum = gradient(y, {shared}, case_noise(y.shape(), 3))[0];
    const Derivatives s = compare_derivatives(c.call, inputs, equal, sum);
    if (!s.agree)
        faults.push_back(fmt::format("one Var as all operands of its shape: gradient {} by the op, {} by differences",
                                     s.analytic, s.numeric));
}

void check_values(const OpCase& c, const std::vector<Array>& inputs, const Outcome& all, bool random, Faults& faults) {
    const std::vector<Var> in = constants(inputs);
    const Array bare = c.call(in).value();
    if (!same_bits(run_case(c.call, inputs).value, all.value))
        faults.emplace_back("another value under the same random key");
    if (!random && !same_bits(bare, all.value)) faults.emplace_back("another value with a tape than without");
    {
        Tape tape(evaluate);
        const std::vector<Var> leaves = [&] {
            std::vector<Var> made;
            for (const Array& x : inputs) made.push_back(Var::leaf(x));
            return made;
        }();
        if (!same_bits(c.call(leaves).value(), bare))
            faults.emplace_back("another value under an evaluating tape than without a tape");
    }
    {
        Tape tape(case_key);
        const Pause pause;
        if (!same_bits(c.call(in).value(), all.value)) faults.emplace_back("another value while recording is paused");
    }
    Tape tape(case_key);
    if (c.call(in).wants_grad()) faults.emplace_back("recorded although no operand wants a gradient");
}

void check_composition(const OpCase& c, const std::vector<Array>& inputs, const Outcome& all, Faults& faults) {
    const Outcome same = run_case(c.same_as, inputs);
    if (same.value.shape() != all.value.shape()) {
        faults.push_back(
            fmt::format("shape {}, but same_as gives {}", to_string(all.value.shape()), to_string(same.value.shape())));
        return;
    }
    if (difference(all.value, same.value) > 1e-9) faults.emplace_back("value differs from same_as");
    for (std::size_t k = 0; k < inputs.size(); ++k)
        if (difference(all.gradients[k], same.gradients[k]) > 1e-9)
            faults.push_back(fmt::format("gradient of operand {} differs from same_as", k));
}

bool draws_random_numbers(const OpCase& c, const std::vector<Array>& inputs) {
    const std::vector<Var> in = constants(inputs);
    const Array bare = c.call(in).value();
    const Sampling on;
    return !same_bits(c.call(in).value(), bare);
}

// The file of the line that begins with `words`, or nothing.
std::string file_after(const std::string& text, const std::string& words) {
    const std::size_t at = text.find(words);
    if (at == std::string::npos) return {};
    const std::size_t from = at + words.size(), colon = text.find(':', from);
    return colon == std::string::npos ? std::string() : text.substr(from, colon - from);
}

void check_refusal(const OpCase& c, Faults& faults) {
    try {
        c.call(constants(case_inputs(c)));
    } catch (const Error& e) {
        const std::string text = e.what(), op = c.op();
        if (!text.starts_with(op + ":") && !text.starts_with(op + " '"))
            faults.push_back("the error does not begin with '" + op + ":' but is: " + text);
        // A case is in the file of its op, so the caller's file is the one that checks.
        const std::string caller = file_after(text, "\n  called from ");
        if (caller.empty() || caller != file_after(text, "\n  checked in  "))
            faults.push_back("the error does not name the file of the call: " + text);
        return;
    }
    faults.emplace_back("not refused");
}

void check_accepted(const OpCase& c, Faults& faults) {
    const std::vector<Array> inputs = case_inputs(c);
    const Outcome all = run_case(c.call, inputs);
    if (!all.intact) faults.emplace_back("an operand was changed");
    const bool random = draws_random_numbers(c, inputs);
    check_values(c, inputs, all, random, faults);
    check_gradients(c, inputs, all, faults);
    check_shared(c, inputs, faults);
    if (!random) {  // a second draw has another gradient
        const Outcome twice = run_case(c.call, inputs, {}, 2);
        for (std::size_t k = 0; k < inputs.size(); ++k)
            if (difference(twice.gradients[k], all.gradients[k], 2) > 1e-12)
                faults.push_back(fmt::format("operand {} used twice does not get twice the gradient", k));
    }
    if (c.same_as) check_composition(c, inputs, all, faults);
}

}  // namespace

std::vector<std::string> check_case(const OpCase& c) {
    Faults faults;
    try {
        if (c.rejects) check_refusal(c, faults);
        else check_accepted(c, faults);
    } catch (const std::exception& e) {
        faults.push_back(std::string("threw: ") + e.what());
    }
    return faults;
}

}  // namespace heed
