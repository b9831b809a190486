// Weights and attention for TensorBoard.
#include <algorithm>
#include <cmath>
#include <heed/nn/inspect/page_of.hpp>
#include <heed/nn/training/show.hpp>

namespace heed::training {
namespace {

constexpr Dim most_in_batch = Dim{1} << 23;  // weights of a layer

bool are_few(const Lenses& lenses) {
    Dim all = 0;
    for (const std::string& path : lenses.paths()) {
        const Lens& lens = lenses[path];
        const Dim weights = lens.heads() * lens.queries() * lens.keys();
        if (weights * lens.examples() > most_in_batch) return false;
        all += weights;
    }
    return 0 < all && all <= inspect::most_weights;
}

}  // namespace

void show_weights(Events& events, Dim step, const nn::Params& params) {
    for (const Var& p : params.list()) {
        const Array& value = p.value();
        const std::vector<double> values(value.data(), value.data() + count(value));
        if (std::ranges::any_of(values, [](double v) { return std::isfinite(v); }))
            events.histogram("weights/" + p.name(), step, values);
    }
}

Loss watched(const LossOf& loss, Dim batch, Shard shard, std::vector<inspect::Layer>& layers) {
    const Lenses lenses;
    Loss made = loss(batch, shard);
    layers.clear();
    if (are_few(lenses)) layers = inspect::page_of(lenses, {}).layers;
    return made;
}

}  // namespace heed::training
