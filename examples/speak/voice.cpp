// Samples by Griffin-Lim, and mel-cepstral distortion.
#include <heed/core/io/file.hpp>
#include <heed/examples/frames/task.hpp>
#include <heed/examples/speak/voice.hpp>
#include <heed/nn/data/audio/griffin_lim.hpp>
#include <heed/nn/data/audio/mcd.hpp>
#include <heed/nn/data/audio/wav.hpp>
#include <heed/nn/training/share.hpp>

namespace heed::speak {

std::vector<float> samples_of(const Array& features, const ModelOptions& model) {
    const audio::LogMel mel(model.mel());
    audio::Stft stft({.window = mel.window(), .step = mel.step()});
    std::vector<float> samples = audio::griffin_lim(audio::magnitudes_of(features, mel), stft);
    float loudest = 1;  // nothing is clipped
    for (const float x : samples) loudest = std::max(loudest, std::abs(x));
    for (float& x : samples) x /= loudest;
    return samples;
}

std::vector<float> speak(const Model& model, const frames::Labels& text) {
    return samples_of(model.speak(frames::task_of("prompts").text(text)).features, model.options);
}

void write_wav(const std::string& path, std::span<const float> samples) {
    io::write_atomically(path, io::bytes_of(audio::wav_of(samples, rate)));
}

double distortion(const Model& model, const frames::Utterances& recordings, training::Group& group) {
    const auto distortion_of = [&](Dim i, Dim, std::span<double> to) {
        const frames::Utterance one = recordings[static_cast<std::size_t>(i)];
        to[0] = audio::mel_cepstral_distortion(audio::mel_cepstra(one.samples, {.rate = rate}),
                                               audio::mel_cepstra(speak(model, one.labels), {.rate = rate}));
    };
    const auto all = static_cast<Dim>(recordings.size());
    return training::sum_over_examples(group, all, 1, 1, distortion_of)[0] / static_cast<double>(all);
}

}  // namespace heed::speak
