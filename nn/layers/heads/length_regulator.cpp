// The length regulator: repeat_interleave of all positions, with a zero for each example that fills it up.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/layers/heads/length_regulator.hpp>

namespace heed::nn {

Var regulate_length(In x, const Ints& durations) {
    constexpr const char* op = "regulate_length";
    expect(x.rank() == 3, op, "x", x.shape(), "(b, n, d)", x.at);
    const Dim batch = x.dim(0), n = x.dim(1), width = x.dim(2);
    expect(
        durations.shape() == Shape{batch, n}, op, "durations", durations.shape(),
        [&] { return fmt::format("({}, {}) because 'x' is {}", batch, n, to_string(x.shape())); }, x.at);
    std::vector<Dim> sums(static_cast<std::size_t>(batch), 0);
    for (Dim k = 0; k < batch; ++k)
        for (Dim i = 0; i < n; ++i) {
            const Dim frames = durations(k, i);
            require(
                frames >= 0, op,
                [&] { return fmt::format("durations({}, {}) is {}; expected 0 or more", k, i, frames); }, x.at);
            sums[static_cast<std::size_t>(k)] = saturated_sum(sums[static_cast<std::size_t>(k)], frames);
        }
    const Dim longest = batch == 0 ? 0 : *std::ranges::max_element(sums);
    require_sizes(op, {batch, longest, width}, x.at);
    Ints times = Ints::from_shape({batch * (n + 1)});
    for (Dim k = 0; k < batch; ++k) {
        for (Dim i = 0; i < n; ++i) times(k * (n + 1) + i) = durations(k, i);
        times(k * (n + 1) + n) = longest - sums[static_cast<std::size_t>(k)];
    }
    const Var filled_up = reshape(pad(x, {{0, 1}, {0, 0}}), {batch * (n + 1), width});
    return reshape(repeat_interleave(filled_up, times, 0), {batch, longest, width});
}

}  // namespace heed::nn
