#pragma once
// From utterances to the arrays that a model takes.
#include <span>
#include <vector>
#include <heed/core/base/function_ref.hpp>
#include <heed/nn/data/audio/augment.hpp>
#include <heed/nn/data/audio/speech/utterances.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::audio {

struct HEED_ABI Batch {
    Array features;       // (b, frames, bands), normalised; 0 after the end of a clip
    Ints lengths;         // (b): frames
    data::Padded labels;  // (b, n) and how many
};

// A clip as it is, or as another voice might have spoken it: the factors of warp().
struct ClipView {
    double time = 1, tract = 1;
};

// The augmentation of clips in training.
struct AugmentOptions {
    double speed = 0.2;    // clips are played up to this share faster or slower, which changes their pitch
    double stretch = 0.2;  // ... and their frames are stretched in time by up to this share, which does not
    double tract = 0.1;    // frequencies are scaled by up to this share
    double tilt = 1.5;     // deviation of a slope over the bands
    double noise = 0.02;   // white noise of up to this, where the loudest sample of a clip is 1
    SpecAugmentOptions masks{.frames = 15};
};

struct FeatureOptions {
    MelOptions mel = {};
    double range = 7;  // nats, as of normalise()
};

// Makes batches of utterances, as they are or augmented: another speed, vocal tract and microphone, noise, masks. Their
// samples have the rate of the features. Not for two threads at once.
class HEED_ABI Batcher {
public:
    // Throws RangeError as LogMel does.
    explicit Batcher(const FeatureOptions& features, const AugmentOptions& augment = {})
        : features_(features), augment_(augment), mel_(features.mel) {}
    // Throws RangeError for no utterances, FileError for a sample that is no finite number.
    Batch of(std::span<const Utterance> utterances, const ClipView& view = {});
    std::vector<Batch> of(std::span<const Utterance> utterances, std::span<const ClipView> views);
    // Augmented by `random`, from which utterance i draws part first + i.
    Batch changed(std::span<const Utterance> utterances, const RandomStream& random, Dim first = 0);

private:
    Batch together(std::span<const Utterance> utterances, FunctionRef<Array(std::size_t)> features) const;
    Array features_of(const Utterance& utterance, const ClipView& view);
    Array changed_features_of(const Utterance& utterance, const RandomStream& random);
    FeatureOptions features_;
    AugmentOptions augment_;
    LogMel mel_;
};

}  // namespace heed::audio
