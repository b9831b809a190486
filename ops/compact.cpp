#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <fmt/format.h>
#include <heed/core/bfloat16.hpp>
#include <heed/core/error.hpp>
#include <heed/ops/kernel/compact.hpp>

namespace heed {
namespace {

constexpr double int8_most = 127;
// What rounds to a finite number: less than half a step above the largest one.
const double bfloat16_most = std::bit_cast<float>(0x7f7f'7fffu);

}  // namespace

void require_roundable(const Array& matrix, Precision precision, std::string_view name) {
    const double most = precision == Precision::int8 ? static_cast<double>(std::numeric_limits<Real>::max()) : bfloat16_most;
    for (const Real x : matrix.storage())
        if (!(static_cast<double>(std::abs(x)) <= most))
            throw NumberError(fmt::format("quantize: parameter '{}' holds {}; expected finite numbers of at most {:.4g}", name, x, most));
}

std::shared_ptr<CompactMatrix> round_to(Array& matrix, Precision precision) {
    const Dim in = matrix.shape()[0], out = matrix.shape()[1], panel = kernel::compact_panel(), columns = (out + panel - 1) / panel * panel;
    const Dim bytes = precision == Precision::int8 ? 1 : 2;
    auto compact = std::make_shared<CompactMatrix>(CompactMatrix{
        .precision = precision, .in = in, .out = out, .panel = panel,
        .numbers = Storage<std::byte>(static_cast<std::size_t>(in * columns * bytes), std::byte{0}),
        .factors = Storage<Real>(static_cast<std::size_t>(precision == Precision::int8 ? columns : 0), Real(0))});
    Real* const w = matrix.data();
    std::byte* const numbers = compact->numbers.data();
    const auto place = [&](Dim i, Dim j) { return numbers + ((j / panel * in + i) * panel + j % panel) * bytes; };
    if (precision == Precision::bfloat16) {
        for (Dim i = 0; i < in; ++i)
            for (Dim j = 0; j < out; ++j) {
                const Bfloat16 nearest = Bfloat16::of(static_cast<float>(w[i * out + j]));
                w[i * out + j] = static_cast<Real>(nearest);
                std::memcpy(place(i, j), &nearest, sizeof nearest);
            }
        return compact;
    }
    Real* const factors = compact->factors.data();
    for (Dim i = 0; i < in; ++i)
        for (Dim j = 0; j < out; ++j) factors[j] = std::max(factors[j], std::abs(w[i * out + j]));
    for (Dim j = 0; j < out; ++j) factors[j] /= static_cast<Real>(int8_most);
    for (Dim i = 0; i < in; ++i)
        for (Dim j = 0; j < out; ++j) {
            const double steps = factors[j] == 0 ? 0 : static_cast<double>(w[i * out + j]) / static_cast<double>(factors[j]);
            const auto number = static_cast<std::int8_t>(std::nearbyint(std::clamp(steps, -int8_most, int8_most)));
            w[i * out + j] = static_cast<Real>(number) * factors[j];
            *place(i, j) = static_cast<std::byte>(number);
        }
    return compact;
}

}  // namespace heed
