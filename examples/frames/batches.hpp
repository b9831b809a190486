#pragma once
// From utterances to the arrays that a model takes.
#include <array>
#include <span>
#include <vector>
#include <heed/core/base/parallel.hpp>
#include <heed/examples/frames/encoder.hpp>
#include <heed/examples/frames/recordings.hpp>
#include <heed/nn/data/audio/augment.hpp>
#include <heed/nn/data/rows.hpp>

namespace heed::frames {

struct HEED_ABI Batch {
    Array features;       // (b, frames, bands), normalised; 0 after the end of a clip
    Ints lengths;         // (b): frames
    data::Padded labels;  // (b, n) and how many
};

// A clip as it is, or as another voice might have spoken it: the factors of warp().
struct View {
    double time = 1, tract = 1;
};
inline constexpr std::array<View, 1> as_it_is{};
// A voice that is not in the training set may be nearer to the known ones in one of these: 88.1 % of its digits are
// right instead of 87.4 % (docs/measure/performance.md).
inline constexpr std::array<View, 9> around{
    {{1, 1}, {1, 0.9}, {1, 1.1}, {0.87, 1}, {0.87, 0.9}, {0.87, 1.1}, {1.15, 1}, {1.15, 0.9}, {1.15, 1.1}}};

// The augmentation of clips in training.
struct AugmentOptions {
    double speed = 0.2;    // clips are played up to this share faster or slower, which changes their pitch
    double stretch = 0.2;  // ... and their frames are stretched in time by up to this share, which does not
    double tract = 0.1;    // frequencies are scaled by up to this share
    double tilt = 1.5;     // deviation of a slope over the bands
    double noise = 0.02;   // white noise of up to this, where the loudest sample of a clip is 1
    audio::SpecAugmentOptions masks{.frames = 15};
};

// Makes batches of utterances, as they are or augmented: another speed, vocal tract and microphone, noise, masks.
class HEED_ABI Batcher {
public:
    explicit Batcher(const ModelOptions& model, const AugmentOptions& augment = {})
        : model_(model), augment_(augment), mel_(model.mel()) {}
    Batch of(std::span<const Utterance> utterances, const View& view = {});
    std::vector<Batch> of(std::span<const Utterance> utterances, std::span<const View> views);
    // Augmented by `random`, from which utterance i draws part first + i.
    Batch changed(std::span<const Utterance> utterances, const RandomStream& random, Dim first = 0);

private:
    Batch together(std::span<const Utterance> utterances, FunctionRef<Array(std::size_t)> features) const;
    Array features_of(const Utterance& utterance, const View& view);
    Array changed_features_of(const Utterance& utterance, const RandomStream& random);
    ModelOptions model_;
    AugmentOptions augment_;
    audio::LogMel mel_;
};

}  // namespace heed::frames
