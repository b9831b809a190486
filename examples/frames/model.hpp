#pragma once
// From features to labels.
#include <array>
#include <optional>
#include <heed/examples/frames/decoders.hpp>

namespace heed::frames {

using audio::Batch, audio::Batcher, audio::ClipView;

inline constexpr std::array<ClipView, 1> as_it_is{};
// A voice that is not in the training set may be nearer to the known ones in one of these: 88.1 % of its digits are
// right instead of 87.4 % (docs/measure/performance.md).
inline constexpr std::array<ClipView, 9> around{
    {{1, 1}, {1, 0.9}, {1, 1.1}, {0.87, 1}, {0.87, 0.9}, {0.87, 1.1}, {1.15, 1}, {1.15, 0.9}, {1.15, 1.1}}};

// One encoder, and one of three decoders on top of it. Beside attention, CTC takes a share of the loss and teaches the
// encoder to keep the order (Kim, Hori and Watanabe, "Joint CTC-attention based end-to-end speech recognition", 2017).
struct HEED_ABI Model {
    using Options = ModelOptions;
    static constexpr const char* program = "frames";
    ModelOptions options;
    Encoder encoder;
    std::optional<Classifier> classifier;
    std::optional<CtcReader> ctc;
    std::optional<Speller> speller;

    // Throws RangeError for an unknown decoder.
    Model(nn::Params p, const ModelOptions& o);
    Var loss(const Batch& batch, double smoothing) const;
    // Over which the loss is a mean: clips, or target positions where attention alone decodes. Beside CTC, whose loss
    // is a mean over clips, attention's counts as if it were one, too.
    double items(const Batch& batch) const;
    // The classifier's probabilities (b, labels), their mean over the views of the same clips.
    Var probabilities(std::span<const Batch> views) const;
    // The predicted labels; only the classifier makes use of more than one view.
    std::vector<Labels> decode(std::span<const Batch> views, Dim beam = 1) const;
};

}  // namespace heed::frames
