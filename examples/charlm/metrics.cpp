// The mean cross-entropy of a model over windows of a text.
#include <algorithm>
#include <fmt/format.h>
#include <heed/examples/charlm/metrics.hpp>
#include <heed/nn/program/exit_code.hpp>

namespace heed::charlm {

Score measure(const Model& model, const IdSpan& ids, Dim block, Dim stride, Dim most, training::Progress* progress,
              training::Group& group, Dim at_once) {
    const Dim n = ids.size();
    if (n <= block)
        throw program::InputError(
            fmt::format("a text of {} characters to measure, for windows of {}; give a longer one", n, block));
    const Dim all = (n - 1 - block) / stride + 1, windows = most > 0 ? std::min(most, all) : all;
    if (progress) progress->set_total(windows);
    const auto nats_of = [&](Dim piece, std::span<double> to) {
        const Dim from = piece * at_once;
        std::vector<std::size_t> starts;
        for (Dim i = from; i < std::min(windows, from + at_once); ++i)
            starts.push_back(static_cast<std::size_t>(i * stride));
        const Windows w = windows_at(ids, starts, block);
        const Dim b = static_cast<Dim>(starts.size());
        Ints counted = Ints::from_shape({b, block});
        for (Dim i = 0; i < b; ++i)
            for (Dim t = 0; t < block; ++t) counted(i, t) = t < block - stride ? -100 : w.next(i, t);
        to[0] = static_cast<double>(cross_entropy(model(w.text), counted).item()) * static_cast<double>(b * stride);
        if (progress) progress->update(from + b, static_cast<double>(b * stride), 0);
    };
    Score score{.characters = windows * stride};
    for (const double nats : group.share_out((windows + at_once - 1) / at_once, 1, nats_of)) score.nats += nats;
    return score;
}

}  // namespace heed::charlm
