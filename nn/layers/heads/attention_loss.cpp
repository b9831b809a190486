// The loss of attention whose right keys are known: the negative log likelihood of keys.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/layers/heads/attention_loss.hpp>

namespace heed::nn {

Var attention_loss(std::span<const Var> weights, const Ints& queries, const Ints& keys, Site at) {
    constexpr const char* op = "attention_loss";
    require(
        !weights.empty(), op, [] { return "'weights' is empty; expected those of at least one layer"; }, at);
    const Shape& shape = weights.front().shape();
    for (const Var& of_layer : weights)
        expect(of_layer.rank() == 4 && of_layer.shape() == shape, op, "weights", of_layer.shape(),
               "(b, heads, i, j), of all layers alike", at);
    expect(queries.dimension() == 1, op, "queries", queries.shape(), "(n)", at);
    const Shape expected{count(queries), std::ssize(weights)};
    expect(
        keys.shape() == expected, op, "keys", keys.shape(),
        [&] { return fmt::format("{}: one for each query and layer", to_string(expected)); }, at);
    if (std::ranges::all_of(keys.storage(), [](std::int64_t key) { return key == -1; })) return zeros({});
    std::vector<Var> of_queries;
    for (const Var& of_layer : weights) {
        const Var of_rows = reshape(mean({of_layer, at}, 1), {shape[0] * shape[2], shape[3]});
        of_queries.push_back(take_rows({of_rows, at}, queries));
    }
    return nll_loss({log(stack(of_queries, 1) + 1e-9), at}, keys, {.ignore = -1});
}

}  // namespace heed::nn
