// Checks, means and the roll-out of a page's weights.
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/inspect/page/page.hpp>

namespace heed::inspect {
namespace {

void check(const Layer& layer) {
    const std::size_t rows = layer.queries.size(), columns = layer.keys.size();
    require(
        rows > 0 && columns > 0 && !layer.heads.empty(), "page",
        [&] {
            return fmt::format("layer '{}' has {} heads, {} queries and {} keys; expected at least one of each",
                               layer.name, layer.heads.size(), rows, columns);
        },
        Site::current());
    constexpr double rounding = 1e-3;  // of a softmax in float
    for (std::size_t h = 0; h < layer.heads.size(); ++h) {
        const std::vector<double>& weights = layer.heads[h];
        require(
            weights.size() == rows * columns, "page",
            [&] {
                return fmt::format("layer '{}', head {}: {} weights for {} queries and {} keys; expected {}",
                                   layer.name, h, weights.size(), rows, columns, rows * columns);
            },
            Site::current());
        for (std::size_t i = 0; i < weights.size(); ++i)
            require(
                weights[i] >= -rounding && weights[i] <= 1 + rounding, "page",
                [&] {
                    return fmt::format("layer '{}', head {}: weight {} of query {} and key {}; expected 0 to 1",
                                       layer.name, h, weights[i], i / columns, i % columns);
                },
                Site::current());
    }
}

}  // namespace

void check(const Page& page) {
    const auto layers = static_cast<Dim>(page.layers.size());
    require(
        0 <= page.layer && page.layer < layers, "page",
        [&] { return fmt::format("layer {} is to be seen first; there are {}, counted from 0", page.layer, layers); },
        Site::current());
    const auto heads = static_cast<Dim>(page.layers[static_cast<std::size_t>(page.layer)].heads.size());
    require(
        -1 <= page.head && page.head < heads, "page",
        [&] {
            return fmt::format(
                "head {} of layer '{}' is to be seen first; it has {}, counted from 0, and -1 is their mean", page.head,
                page.layers[static_cast<std::size_t>(page.layer)].name, heads);
        },
        Site::current());
    for (const Layer& layer : page.layers) check(layer);
}

std::vector<double> mean_of_heads(const Layer& layer) {
    std::vector<double> mean(layer.queries.size() * layer.keys.size());
    for (const std::vector<double>& head : layer.heads)
        for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += head[i] / static_cast<double>(layer.heads.size());
    return mean;
}

void leave_out_first(Layer& layer) {
    const std::size_t columns = layer.keys.size();
    layer.queries.erase(layer.queries.begin()), layer.keys.erase(layer.keys.begin());
    for (std::vector<double>& head : layer.heads) {
        std::vector<double> kept;
        for (std::size_t i = columns; i < head.size(); ++i)
            if (i % columns != 0) kept.push_back(head[i]);
        head = std::move(kept);
    }
}

std::vector<std::string> places(Dim rows, Dim columns) {
    std::vector<std::string> names;
    for (Dim i = 0; i < rows * columns; ++i)
        names.push_back(fmt::format("row {}, column {}", i / columns + 1, i % columns + 1));
    return names;
}

std::vector<double> received(const std::vector<double>& weights, std::size_t keys) {
    std::vector<double> mean(keys);
    const auto queries = static_cast<double>(weights.size() / keys);
    for (std::size_t i = 0; i < weights.size(); ++i) mean[i % keys] += weights[i] / queries;
    return mean;
}

Layer roll_out(const std::vector<Layer>& layers) {
    require(!layers.empty(), "roll_out", "no layers; expected at least one", Site::current());
    const std::size_t n = layers.front().keys.size();
    std::vector<double> flow(n * n);
    for (std::size_t i = 0; i < n; ++i) flow[i * n + i] = 1;
    for (const Layer& layer : layers) {
        check(layer);
        require(
            layer.queries.size() == n && layer.keys.size() == n, "roll_out",
            [&] {
                return fmt::format("layer '{}' has {} queries and {} keys; expected {} of both, as the first has keys",
                                   layer.name, layer.queries.size(), layer.keys.size(), n);
            },
            Site::current());
        const std::vector<double> mean = mean_of_heads(layer);
        std::vector<double> next(n * n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k)
                for (std::size_t j = 0; j < n; ++j)
                    next[i * n + j] += (mean[i * n + k] + (i == k ? 1 : 0)) / 2 * flow[k * n + j];
        flow = std::move(next);
    }
    return {.name = "roll-out",
            .queries = layers.front().queries,
            .keys = layers.front().keys,
            .from = layers.front().from,
            .to = layers.front().to,
            .heads = {std::move(flow)}};
}

}  // namespace heed::inspect
