#pragma once
// From utterances to the arrays that a model takes.
#include <span>
#include <heed/examples/frames/config.hpp>
#include <heed/nn/training/order.hpp>

namespace heed::frames {

struct HEED_ABI Batch {
    Array features;           // (b, frames, bands), normalised; 0 behind a clip
    Ints lengths;             // (b): frames
    training::Padded labels;  // (b, n) and how many
};

// Puts utterances together; changed by `random` if there is one: speed, vocal tract, microphone, noise, masks.
class HEED_ABI Batcher {
public:
    explicit Batcher(const Config& config) : config_(config), mel_(config.mel()) {}
    Batch of(std::span<const Utterance> utterances, const RandomStream* random = nullptr);

private:
    Array features_of(const Utterance& utterance);
    Array changed_features_of(const Utterance& utterance, const RandomStream& random);
    const Config& config_;
    LogMel mel_;
};

}  // namespace heed::frames
