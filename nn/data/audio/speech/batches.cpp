// Features of utterances, augmented for training, and their batches.
#include <algorithm>
#include <cmath>
#include <heed/nn/data/audio/resample.hpp>
#include <heed/nn/data/audio/speech/batches.hpp>

namespace heed::audio {
namespace {

// A stream of its own for each kind of augmentation of a clip, so that what one draws does not change the others.
RandomStream part(const RandomStream& random, std::uint64_t which) {
    return RandomStream(Key{random.base(), which}, 0);
}

// A factor between exp(-width) and exp(width).
double factor(const RandomStream& random, std::uint64_t n, double width) {
    return std::exp(width * (2 * random.uniform(n) - 1));
}

}  // namespace

Array Batcher::features_of(const Utterance& utterance, const ClipView& view) {
    Array x = warp(mel_(utterance.samples), mel_, view.time, view.tract);
    normalise(x, features_.range);
    return x;
}

Array Batcher::changed_features_of(const Utterance& utterance, const RandomStream& random) {
    constexpr int zeros = 4;  // of the resampling filter: exact enough beside the noise
    const double rate = features_.mel.rate;
    std::vector<float> samples =
        resample(utterance.samples, rate * factor(part(random, 0), 0, augment_.speed), rate, zeros);
    const RandomStream noise = part(random, 1);
    const double level = augment_.noise * std::pow(0.001, noise.uniform(0));  // log-uniform: quiet as often as loud
    for (std::size_t i = 0; i < samples.size(); ++i)
        samples[i] += static_cast<float>(level * (2 * noise.uniform(i + 1) - 1));
    const RandomStream voice = part(random, 2);
    Array x = warp(mel_(samples), mel_, factor(voice, 0, augment_.stretch), factor(voice, 1, augment_.tract));
    const RandomStream microphone = part(random, 3);
    tilt(x, augment_.tilt * microphone.normal(0), 0.6 * augment_.tilt * microphone.normal(1));
    normalise(x, features_.range);
    spec_augment(x, augment_.masks, part(random, 4));
    return x;
}

Batch Batcher::of(std::span<const Utterance> utterances, const ClipView& view) {
    return together(utterances, [&](std::size_t i) { return features_of(utterances[i], view); });
}

std::vector<Batch> Batcher::of(std::span<const Utterance> utterances, std::span<const ClipView> views) {
    std::vector<Batch> all;
    for (const ClipView& view : views) all.push_back(of(utterances, view));
    return all;
}

Batch Batcher::changed(std::span<const Utterance> utterances, const RandomStream& random, Dim first) {
    return together(utterances, [&](std::size_t i) {
        return changed_features_of(utterances[i], part(random, static_cast<std::uint64_t>(first) + i));
    });
}

Batch Batcher::together(std::span<const Utterance> utterances, FunctionRef<Array(std::size_t)> features) const {
    std::vector<Array> all;
    std::vector<Labels> labels;
    Dim longest = 0;
    for (std::size_t i = 0; i < utterances.size(); ++i) {
        all.push_back(features(i));
        labels.push_back(utterances[i].labels);
        longest = std::max(longest, Dim{all.back().shape()[0]});
    }
    const auto n = static_cast<Dim>(all.size());
    Batch batch{filled({n, longest, features_.mel.bands}, 0), Ints::from_shape({n}), data::padded(labels)};
    for (Dim i = 0; i < n; ++i) {
        const Array& x = all[static_cast<std::size_t>(i)];
        std::copy_n(x.storage().data(), count(x), batch.features.data() + i * longest * features_.mel.bands);
        batch.lengths.data()[i] = x.shape()[0];
    }
    return batch;
}

}  // namespace heed::audio
