// A page from the attentions that Lenses saw.
#include <algorithm>
#include <numeric>
#include <fmt/format.h>
#include <heed/nn/inspect/page_of.hpp>

namespace heed::inspect {
namespace {

std::vector<std::string> numbered(Dim n) {
    std::vector<std::string> names;
    for (Dim i = 1; i <= n; ++i) names.push_back(fmt::format("{}", i));
    return names;
}

// The calls of one layer, in order.
struct Calls {
    std::string path;
    std::vector<const Lens*> lenses;
    Dim queries(Site at) const {
        return std::accumulate(lenses.begin(), lenses.end(), Dim{0},
                               [&](Dim sum, const Lens* lens) { return sum + lens->queries(at); });
    }
    Dim keys(Site at) const {
        Dim most = 0;
        for (const Lens* lens : lenses) most = std::max(most, lens->keys(at));
        return most;
    }
};

std::vector<Calls> calls_of(const Lenses& lenses, Site at) {
    std::vector<Calls> all;
    for (const std::string& path : lenses.paths()) {
        const Lens& lens = lenses[path];
        const std::string layer = path.substr(0, path.find('#'));
        const auto earlier = std::find_if(all.rbegin(), all.rend(),
                                          [&](const Calls& c) { return c.path.substr(0, c.path.find('#')) == layer; });
        const bool step =
            earlier != all.rend() && lens.queries(at) == 1 && lens.heads(at) == earlier->lenses.front()->heads(at);
        if (step) earlier->lenses.push_back(&lens);
        else all.push_back({path, {&lens}});
    }
    return all;
}

void take_weights(const Calls& calls, Layer& layer, Dim example, Site at) {
    const Dim heads = calls.lenses.front()->heads(at), keys = calls.keys(at), queries = calls.queries(at);
    layer.heads.assign(static_cast<std::size_t>(heads), std::vector<double>(static_cast<std::size_t>(queries * keys)));
    Dim first = 0;  // of this call's queries
    for (const Lens* lens : calls.lenses) {
        require(
            0 <= example && example < lens->examples(at), "page_of",
            [&] {
                return fmt::format("there is no example {} in layer '{}'; expected 0 to {}", example, calls.path,
                                   lens->examples(at) - 1);
            },
            at);
        const Array w = lens->weights({}, {}, at);
        const Dim rows = lens->queries(at), columns = lens->keys(at);
        for (Dim h = 0; h < heads; ++h)
            for (Dim i = 0; i < rows; ++i) {
                const Real* from = w.storage().data() + ((example * heads + h) * rows + i) * columns;
                std::copy_n(from, columns, layer.heads[static_cast<std::size_t>(h)].begin() + (first + i) * keys);
            }
        first += rows;
    }
}

}  // namespace

Page page_of(const Lenses& lenses, std::string title, const std::vector<Labels>& labels, Dim example, Site at) {
    Page page{.title = std::move(title)};
    Dim weights = 0;
    for (const Calls& calls : calls_of(lenses, at)) {
        const auto fits =
            std::ranges::find_if(labels, [&](const Labels& l) { return calls.path.find(l.path) != std::string::npos; });
        if (fits == labels.end() && !labels.empty()) continue;
        const Dim queries = calls.queries(at), keys = calls.keys(at);
        weights += queries * keys * calls.lenses.front()->heads(at);
        require(
            weights <= most_weights, "page_of",
            [&] {
                return fmt::format(
                    "more than {} weights; look at a shorter example, or name fewer layers in the labels",
                    most_weights);
            },
            at);
        Layer layer{.name = calls.path};
        if (labels.empty()) {
            layer.queries = numbered(queries), layer.keys = numbered(keys);
        } else {
            layer.queries = fits->queries, layer.keys = fits->keys.empty() ? fits->queries : fits->keys;
            layer.from = fits->from, layer.to = fits->to;
        }
        require(
            static_cast<Dim>(layer.queries.size()) == queries && static_cast<Dim>(layer.keys.size()) == keys, "page_of",
            [&] {
                return fmt::format(
                    "layer '{}' has {} queries and {} keys, its labels are {} and {}; give one for each "
                    "position, and run the model on this example alone if a batch pads it",
                    calls.path, queries, keys, layer.queries.size(), layer.keys.size());
            },
            at);
        take_weights(calls, layer, example, at);
        page.layers.push_back(std::move(layer));
    }
    require(
        !page.layers.empty(), "page_of",
        [&] {
            const std::vector<std::string> paths = lenses.paths();
            return paths.empty()
                       ? std::string("no attention ran while the lenses were alive; call the model before they end")
                       : fmt::format("the labels fit none of the layers: {}", fmt::join(paths, ", "));
        },
        at);
    return page;
}

}  // namespace heed::inspect
