// Error rates of a model, greedy, by beam search and over views.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/edit_distance.hpp>
#include <heed/examples/frames/metrics.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::frames {

Errors errors_of(const Model& model, const Utterances& utterances, Dim beam, std::span<const ClipView> views,
                 training::Progress* progress, training::Group& group) {
    constexpr Dim at_once = 50;
    const auto all = static_cast<Dim>(utterances.size());
    Batcher batcher(model.options.features());
    const auto count_errors = [&](Dim begin, Dim end, std::span<double> to) {
        const std::vector<Utterance> some =
            utterances.some(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
        const std::vector<Labels> predicted = model.decode(batcher.of(some, views), beam);
        for (std::size_t i = 0; i < some.size(); ++i) {
            to[0] += static_cast<double>(edit_distance(predicted[i], some[i].labels));
            to[1] += static_cast<double>(some[i].labels.size());
        }
    };
    const std::vector<double> sums = training::sum_over_examples(group, all, at_once, 2, count_errors, progress);
    return {.wrong = static_cast<Dim>(sums[0]), .labels = static_cast<Dim>(sums[1])};
}

double metric_of(const Task& task, const Errors& errors) { return task.whole ? 1 - errors.rate() : errors.rate(); }

Measured measure(const Model& model, const Utterances& utterances, Dim beam, training::Group& group) {
    const Task& task = task_of(model.options.task);
    const auto measured = [&](Dim width, std::span<const ClipView> views) {
        training::Progress progress({.label = "measure", .unit = "clips", .counts = "clips"},
                                    training::leader_host(group));
        return metric_of(task, errors_of(model, utterances, width, views, &progress, group));
    };
    Measured m;
    m.value = m.greedy = measured(1, as_it_is);
    if (task.whole) {
        m.value = measured(1, around);
        m.text = fmt::format("{} dev recordings: {:.2f} % right (each as it is alone: {:.2f} %)", utterances.size(),
                             100 * m.value, 100 * m.greedy);
        return m;
    }
    if (beam > 1) m.value = measured(beam, as_it_is);
    m.text = fmt::format("{} dev {}: {} error {:.2f} % (beam {}: {:.2f} %)", utterances.size(), task.name, task.unit,
                         100 * m.greedy, beam, 100 * m.value);
    return m;
}

}  // namespace heed::frames
