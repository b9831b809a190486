// Inputs of op cases, drawn from their domains, and runs of a case with gradients.
#include <cstring>
#include <fmt/format.h>
#include <heed/tests/check/run_case.hpp>

namespace heed {
namespace {

std::vector<Real> elements(const Array& x) { return {x.storage().cbegin(), x.storage().cend()}; }
bool same_bits(const std::vector<Real>& a, const Array& b) {
    const auto same = [](Real x, Real y) { return std::memcmp(&x, &y, sizeof(Real)) == 0; };
    return std::equal(a.begin(), a.end(), b.storage().cbegin(), b.storage().cend(), same);
}

Array weights(const Shape& shape) { return case_noise(shape, 3); }

// sum_i <y_i, w>
Var project(const Ins& ys, const Array& w) {
    double sum = 0;
    for (const Var& y : ys) sum += dot(y.value(), w);
    return record("project", ys, filled({}, static_cast<Real>(sum)), [slots = ys.slots(), w](const Array& dy) {
        Array g = w;
        for (Real& x : g.storage()) x *= *dy.storage().data();
        for (const Slot& slot : slots) slot.add_grad(g);
    });
}

std::vector<double> doubles(const Array& x) { return {x.storage().cbegin(), x.storage().cend()}; }

}  // namespace

std::vector<Array> case_inputs(const OpCase& c, std::uint64_t drawing) {
    std::vector<Array> inputs;
    for (const Shape& shape : c.inputs) {
        const RandomStream stream(Key{11 + drawing, inputs.size()}, hash_text(c.name));
        Array x = Array::from_shape(shape);
        // Every second operand draws its elements in reverse, so that its order of values is never another operand's,
        // shifted.
        const auto size = static_cast<std::uint64_t>(shape.count());
        const bool backwards = inputs.size() % 2 == 1;
        std::uint64_t n = 0;
        for (Real& to : x.storage()) {
            to = static_cast<Real>(static_cast<float>(c.draw(stream, backwards ? size - 1 - n : n)));
            ++n;
        }
        inputs.push_back(std::move(x));
    }
    return inputs;
}

Array case_noise(const Shape& shape, Real seed) {
    const RandomStream stream(Key{static_cast<std::uint64_t>(seed), 0}, 5);
    Array x = Array::from_shape(shape);
    std::uint64_t n = 0;
    for (Real& to : x.storage()) to = static_cast<Real>(static_cast<float>(2 * stream.uniform(n++) - 1));
    return x;
}

double dot(const Array& x, const Array& y) {
    const Real *a = x.storage().data(), *b = y.storage().data();
    double sum = 0;
    for (Dim i = 0; i < count(x); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

Outcome run_case(Call f, const std::vector<Array>& inputs, std::optional<std::size_t> only, int times) {
    std::vector<Var> in, ys;
    std::vector<std::vector<Real>> before;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        in.push_back(!only || *only == i ? Var::leaf(inputs[i]) : Var(inputs[i]));
        before.push_back(elements(inputs[i]));
    }
    Tape tape(case_key);
    for (int i = 0; i < times; ++i) ys.push_back(f(in));
    Outcome outcome{ys[0].value(), {}, true};
    Var loss = project(ys, weights(ys[0].shape()));
    if (loss.wants_grad()) tape.backward(loss);
    for (std::size_t i = 0; i < in.size(); ++i) {
        outcome.gradients.push_back(in[i].has_grad() ? in[i].grad() : filled(in[i].shape(), 0));
        outcome.intact &= same_bits(before[i], in[i].value()) && (in[i].is_leaf() || !in[i].has_grad());
    }
    return outcome;
}

double weighed(Call f, const std::vector<Array>& inputs) {
    std::vector<Var> in;
    for (const Array& x : inputs) in.push_back(Var::leaf(x));
    Tape tape(case_key);
    const Var y = f(in);
    return dot(y.value(), weights(y.shape()));
}

template <>
CaseRun run_enrolled<Real>(const std::string& name, bool composed, std::uint64_t drawing) {
    for (const OpCase& c : OpCases::all()) {
        if (c.name != name) continue;
        const Call f = composed ? c.same_as : c.call;
        if (!f) break;
        const Outcome outcome = run_case(f, case_inputs(c, drawing));
        CaseRun run{outcome.value.shape(), doubles(outcome.value), {}};
        for (const Array& gradient : outcome.gradients) run.gradients.push_back(doubles(gradient));
        return run;
    }
    throw Error(fmt::format("run_enrolled: no case '{}' {}is enrolled with Real of {} bytes", name,
                            composed ? "with same_as " : "", sizeof(Real)));
}

}  // namespace heed
