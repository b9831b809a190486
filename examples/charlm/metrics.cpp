// The mean cross-entropy of a model over windows of a text.
#include <algorithm>
#include <fmt/format.h>
#include <heed/examples/charlm/metrics.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::charlm {
namespace {

// Of what counts, summed.
double nats_of_stretches(const Model& model, const Windows& whole, Dim count) {
    const Stretches stretches(whole.text.shape()[1], count);
    const std::vector<Windows> all = cut(whole, stretches);
    const std::vector<Var> logits = model(texts_of(all), stretches);
    double nats = 0;
    for (std::size_t n = 0; n < all.size(); ++n) {
        const auto counted = std::ranges::count_if(all[n].next.storage(), [](std::int64_t id) { return id >= 0; });
        if (counted > 0)
            nats += static_cast<double>(cross_entropy(logits[n], all[n].next).item()) * static_cast<double>(counted);
    }
    return nats;
}

}  // namespace

Score measure(const Model& model, const IdSpan& ids, Dim block, Dim stride, Dim most, training::Progress* progress,
              training::Group& group, Dim stretches) {
    const Dim at_once = stretches > 1 ? 1 : 16;
    const Dim n = ids.size();
    if (n <= block)
        throw program::InputError(
            fmt::format("a text of {} characters to measure, for windows of {}; give a longer one", n, block));
    const Dim all = (n - 1 - block) / stride + 1, windows = most > 0 ? std::min(most, all) : all;
    const auto nats_of = [&](Dim begin, Dim end, std::span<double> to) {
        std::vector<std::size_t> starts;
        for (Dim i = begin; i < end; ++i) starts.push_back(static_cast<std::size_t>(i * stride));
        const Windows w = windows_at(ids, starts, block);
        const Dim b = static_cast<Dim>(starts.size());
        Ints counted = Ints::from_shape({b, block});
        for (Dim i = 0; i < b; ++i)
            for (Dim t = 0; t < block; ++t) counted(i, t) = t < block - stride ? -100 : w.next(i, t);
        to[0] = stretches > 1 ? nats_of_stretches(model, {w.text, counted}, stretches)
                              : static_cast<double>(cross_entropy(model(w.text), counted).item()) *
                                    static_cast<double>(b * stride);
    };
    const double nats =
        training::sum_over_examples(group, windows, at_once, 1, nats_of, progress, static_cast<double>(stride))[0];
    return {.nats = nats, .characters = windows * stride};
}

}  // namespace heed::charlm
