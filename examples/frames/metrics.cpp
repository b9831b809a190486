// Error rates of a model, greedy, by beam search and over views.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/edit_distance.hpp>
#include <heed/examples/frames/metrics.hpp>

namespace heed::frames {

Errors errors_of(const Model& model, std::span<const Utterance> utterances, Dim beam, std::span<const View> views) {
    constexpr std::size_t at_once = 50;
    Batcher batcher(model.options);
    Errors total;
    while (!utterances.empty()) {
        const auto some = utterances.first(std::min(at_once, utterances.size()));
        utterances = utterances.subspan(some.size());
        const std::vector<Labels> predicted = model.decode(batcher.of(some, views), beam);
        for (std::size_t i = 0; i < some.size(); ++i) {
            total.wrong += edit_distance(predicted[i], some[i].labels);
            total.labels += static_cast<Dim>(some[i].labels.size());
        }
    }
    return total;
}

double metric_of(const Task& task, const Errors& errors) { return task.whole ? 1 - errors.rate() : errors.rate(); }

Measured measure(const Model& model, std::span<const Utterance> utterances, Dim beam) {
    const Task& task = task_of(model.options.task);
    Measured m;
    m.value = m.greedy = metric_of(task, errors_of(model, utterances));
    if (task.whole) {
        m.value = metric_of(task, errors_of(model, utterances, 1, around));
        m.text = fmt::format("{} dev recordings: {:.2f} % right (each as it is alone: {:.2f} %)", utterances.size(),
                             100 * m.value, 100 * m.greedy);
        return m;
    }
    if (beam > 1) m.value = metric_of(task, errors_of(model, utterances, beam));
    m.text = fmt::format("{} dev {}: {} error {:.2f} % (beam {}: {:.2f} %)", utterances.size(), task.name, task.unit,
                         100 * m.greedy, beam, 100 * m.value);
    return m;
}

}  // namespace heed::frames
