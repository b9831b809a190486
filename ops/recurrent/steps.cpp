// What gru_sequence and lstm_sequence share.
#include <fmt/format.h>
#include <heed/ops/kernel/gemm/gemm.hpp>
#include <heed/ops/mask/lengths.hpp>
#include <heed/ops/recurrent/steps.hpp>

namespace heed {

void check_sequence(const char* op, Dim gates, const In& x_gates, const In& weight, const In& bias,
                    const SequenceOptions& options, Site check) {
    expect(
        weight.rank() == 2 && weight.dim(1) == gates * weight.dim(0), op, "weight", weight.shape(),
        [&] { return fmt::format("(h, {}h)", gates); }, weight.at, check);
    const Dim width = weight.dim(1);
    const auto because = [&](const std::string& shape) {
        return shape + " because 'weight' is " + to_string(weight.shape());
    };
    expect(
        x_gates.rank() == 3 && x_gates.dim(1) > 0 && x_gates.dim(2) == width, op, "x_gates", x_gates.shape(),
        [&] { return because(fmt::format("(b, t, {}) with t > 0", width)); }, x_gates.at, check);
    expect(
        bias.shape() == Shape{width}, op, "bias", bias.shape(), [&] { return because(to_string(Shape{width})); },
        bias.at, check);
    if (options.lengths)
        check_lengths(op, "lengths", *options.lengths, x_gates.dim(0), {"steps", x_gates.dim(1)}, x_gates.at, check);
}

void check_first(const char* op, const char* name, const In& first, const In& x_gates, const In& weight, Site check) {
    const Shape state{x_gates.dim(0), weight.dim(0)};
    expect(
        first.shape() == state, op, name, first.shape(),
        [&] {
            return fmt::format("{} because 'weight' is {}, 'x_gates' {}", to_string(state), to_string(weight.shape()),
                               to_string(x_gates.shape()));
        },
        first.at, check);
}

const Real* Steps::alive(Dim step, Array& room) const {
    if (!options.lengths) return nullptr;
    const std::int64_t* n = options.lengths->storage().data();
    Real* to = room.data();
    for (Dim i = 0; i < b; ++i) to[i] = time(step) < n[i] ? Real(1) : Real(0);
    return to;
}

// The bits are the same with and without. Widths of 256 and 512: 4 steps of a batch of 1 make up for packing, 11 to 14
// of a batch of 8.
std::optional<kernel::PackedB> Steps::packed(const In& weight) const {
    if (count < 16) return std::nullopt;
    return kernel::PackedB(width, gates * width, {weight.data(), gates * width});
}

void Steps::product(Dim step, const Real* y, const Array& first, const In& weight,
                    const std::optional<kernel::PackedB>& packed, const Real* bias, Real* to) const {
    const Dim all = gates * width;
    const kernel::GemmMatrix states{past(y, step, first), past_row(step)};
    kernel::Gemm g = packed ? kernel::product_of(b, states, *packed, to, all)
                            : kernel::product_of(b, all, width, states, {weight.data(), all}, to, all);
    if (step == 0 && from_zero) g.k = 0;
    g.bias = bias;
    kernel::gemm(g);
}

void Steps::product_backward(Dim step, const Real* d_gates, const kernel::PackedB& weight_t, const Real* dys,
                             Real* before) const {
    kernel::Gemm g = kernel::product_of(b, {d_gates + of_x(step), x_row()}, weight_t, before, width);
    g.accumulate = true;
    if (step > 0) g.residual = dys + time(step - 1) * width, g.ldr = count * width;
    kernel::gemm(g);
}

Array Steps::last_of(const Real* dys) const {
    Array last = Array::from_shape({b, width});
    for (Dim i = 0; i < b; ++i)
        std::copy_n(dys + (i * count + time(count - 1)) * width, width, last.data() + i * width);
    return last;
}

// One product for the first step, unless its state before is 0, and one for all others. In memory the states before
// them and their gradients are one row apart, also from one sequence to the next: there the first step's gradient is
// set to 0.
Array Steps::by_weight(const Real* y, const Array& first, Array& d_gates) const {
    const Dim all = gates * width;
    Real* d = d_gates.data();
    Array dw = Array::from_shape({width, all});
    if (!from_zero)
        kernel::gemm(kernel::product_of(width, all, b, {first.storage().data(), width, true}, {d + of_x(0), x_row()},
                                        dw.data(), all));
    for (Dim i = 0; i < b; ++i) std::fill_n(d + all * (i * count + time(0)), all, Real(0));
    const kernel::GemmMatrix before{y + (options.reverse ? width : 0), width, true},
        after{d + (options.reverse ? 0 : all), all};
    const Dim rows = std::max<Dim>(0, b * count - 1);
    kernel::Gemm g = kernel::product_of(width, all, rows, before, after, dw.data(), all);
    g.accumulate = !from_zero;
    kernel::gemm(g);
    return dw;
}

}  // namespace heed
