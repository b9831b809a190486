#pragma once
// From features to samples, and how near those are to a recording.
#include <heed/examples/speak/data.hpp>

namespace heed::speak {

// The samples of log-mel features (frames, bands), by Griffin-Lim.
std::vector<float> samples_of(const Array& features, const ModelOptions& model);

// The samples that the model speaks for the labels of `frames --task prompts`.
std::vector<float> speak(const Model& model, const frames::Labels& text);

void write_wav(const std::string& path, std::span<const float> samples);  // throws IoError

// The mean of the mel-cepstral distortions between recordings and what the model speaks for their texts, in dB. The
// processes of a group share the recordings.
double distortion(const Model& model, const frames::Utterances& recordings,
                  training::Group& group = training::one_process());

}  // namespace heed::speak
