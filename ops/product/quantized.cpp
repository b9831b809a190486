// Quantizing a matrix.
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <fmt/format.h>
#include <heed/core/base/bfloat16.hpp>
#include <heed/core/base/error.hpp>
#include <heed/ops/kernel/gemm/quantized.hpp>

namespace heed {
namespace {

constexpr double int8_most = 127;
// What rounds to a finite number: less than half a step above the largest one.
const double bfloat16_most = std::bit_cast<float>(0x7f7f'7fffu);

}  // namespace

void require_quantizable(const Array& matrix, Precision precision, std::string_view name) {
    const double most =
        precision == Precision::int8 ? static_cast<double>(std::numeric_limits<Real>::max()) : bfloat16_most;
    for (const Real x : matrix.storage())
        if (!(static_cast<double>(std::abs(x)) <= most))
            throw NumberError(fmt::format("quantize: parameter '{}' holds {}; expected finite values of at most {:.4g}",
                                          name, x, most));
}

std::shared_ptr<QuantizedMatrix> quantize_to(Array& matrix, Precision precision) {
    const Dim in = matrix.shape()[0], out = matrix.shape()[1], panel = kernel::quantized_panel(),
              columns = (out + panel - 1) / panel * panel;
    const Dim bytes = precision == Precision::int8 ? 1 : 2;
    auto quantized = std::make_shared<QuantizedMatrix>(QuantizedMatrix{
        .precision = precision,
        .in = in,
        .out = out,
        .panel = panel,
        .values = Storage<std::byte>(static_cast<std::size_t>(in * columns * bytes), std::byte{0}),
        .factors = Storage<Real>(static_cast<std::size_t>(precision == Precision::int8 ? columns : 0), Real(0))});
    Real* const w = matrix.data();
    std::byte* const values = quantized->values.data();
    const auto slot = [&](Dim i, Dim j) { return values + ((j / panel * in + i) * panel + j % panel) * bytes; };
    if (precision == Precision::bfloat16) {
        for (Dim i = 0; i < in; ++i)
            for (Dim j = 0; j < out; ++j) {
                const Bfloat16 nearest = Bfloat16::of(static_cast<float>(w[i * out + j]));
                w[i * out + j] = static_cast<Real>(nearest);
                std::memcpy(slot(i, j), &nearest, sizeof nearest);
            }
        return quantized;
    }
    Real* const factors = quantized->factors.data();
    for (Dim i = 0; i < in; ++i)
        for (Dim j = 0; j < out; ++j) factors[j] = std::max(factors[j], std::abs(w[i * out + j]));
    for (Dim j = 0; j < out; ++j) factors[j] /= static_cast<Real>(int8_most);
    for (Dim i = 0; i < in; ++i)
        for (Dim j = 0; j < out; ++j) {
            const double steps =
                factors[j] == 0 ? 0 : static_cast<double>(w[i * out + j]) / static_cast<double>(factors[j]);
            const auto nearest = static_cast<std::int8_t>(std::nearbyint(std::clamp(steps, -int8_most, int8_most)));
            w[i * out + j] = static_cast<Real>(nearest) * factors[j];
            *slot(i, j) = static_cast<std::byte>(nearest);
        }
    return quantized;
}

}  // namespace heed
