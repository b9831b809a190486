#pragma once
// Recordings with their texts, as letters and features.
#include <heed/examples/frames/data.hpp>
#include <heed/examples/speak/options.hpp>

namespace heed::speak {

// The prompts of `frames --task prompts`, of which the same ones are held out. Throws as frames::read_data() does.
frames::Data read_data(const Options& config, const program::Launch& launch, const program::RunData& run);

struct HEED_ABI Example {
    std::vector<Dim> ids;
    Array features;  // (frames, bands), as LogMel gives them
};
// Recordings that are too short for their text, a frame a letter, are left out.
std::vector<Example> examples_of(const frames::PreparedUtterances& all, const ModelOptions& model);

std::vector<double> scale_of(const std::vector<Example>& examples);  // the mean and the deviation of all features

Batch batch_of(const std::vector<Example>& examples, const std::vector<std::size_t>& which, const ModelOptions& model);

}  // namespace heed::speak
