// Reading recordings, their features, and batches of them.
#include <algorithm>
#include <cmath>
#include <heed/core/base/error.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/examples/speak/data.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::speak {

frames::Data read_data(const Options& config, const program::Launch& launch, const program::RunData& run) {
    frames::Options prompts;
    prompts.model.task = "prompts";
    prompts.data = config.data, prompts.transcript = config.transcript;
    return frames::read_data(prompts, launch, run);
}

std::vector<Example> examples_of(const frames::PreparedUtterances& all, const ModelOptions& model) {
    audio::LogMel mel(model.mel());
    std::vector<Example> examples;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const frames::Utterance one = all[i];
        Example example{ids_of(frames::task_of("prompts").text(one.labels)), mel(one.samples)};
        if (example.features.shape()[0] >= static_cast<Dim>(example.ids.size())) examples.push_back(std::move(example));
    }
    return examples;
}

std::vector<double> scale_of(const std::vector<Example>& examples) {
    double n = 0, sum = 0, squares = 0;
    for (const Example& one : examples)
        for (const Real x : one.features.storage()) {
            const auto value = static_cast<double>(x);
            ++n, sum += value, squares += value * value;
        }
    return {sum / n, std::sqrt(std::max(1e-6, squares / n - sum / n * (sum / n)))};
}

Batch batch_of(const std::vector<Example>& examples, const std::vector<std::size_t>& which, const ModelOptions& model) {
    std::vector<std::vector<Dim>> ids;
    Dim longest = 0;
    for (const std::size_t i : which) {
        ids.push_back(examples[i].ids);
        longest = std::max(longest, Dim{examples[i].features.shape()[0]});
    }
    const data::Padded letters = data::padded(ids);
    const auto n = static_cast<Dim>(which.size());
    Batch batch{letters.values, letters.lengths, filled({n, longest, model.bands}, 0), Ints::from_shape({n})};
    for (Dim i = 0; i < n; ++i) {
        const Array& x = examples[which[static_cast<std::size_t>(i)]].features;
        Real* to = batch.features.data() + i * longest * model.bands;
        for (const Real value : x.storage())
            *to++ = static_cast<Real>((static_cast<double>(value) - model.mean) / model.deviation);
        batch.frame_counts(i) = x.shape()[0];
    }
    return batch;
}

}  // namespace heed::speak
