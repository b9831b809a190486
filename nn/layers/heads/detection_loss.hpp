#pragma once
// The loss of a detection transformer: each object is to be found by one prediction, chosen by optimal assignment
// (Carion et al., "End-to-End Object Detection with Transformers", 2020).
#include <heed/ops/ops.hpp>

namespace heed::nn {

// Of an image, or of a batch with one more axis in front: n predictions, boxes as centre x and y, width and height in
// parts of the image.
struct HEED_ABI Predictions {
    Var logits, boxes;  // (n, classes), (n, 4)
};

// What an image shows.
struct HEED_ABI Objects {
    Array boxes;  // (m, 4), as those of Predictions
    Ints labels;  // (m)
};

struct DetectionLossOptions {
    double distance = 5,
           shape = 2;   // weights of the boxes' L1 distance and of 1 - generalized IoU, in loss and matching
    double chance = 2;  // weight of the class's probability in matching
    // Predictions that are to find each object. More than one gives a part of the network more to learn from, but finds
    // an object several times ("one-to-many": Jia et al., "DETRs with Hybrid Matching", 2023).
    Dim times = 1;
};

// The index of the prediction for each object, for all of them `times` over: (times m); -1 for those that got none,
// where there are more than predictions. The sum of the costs is the least. Throws as linear_sum_assignment() does for
// predictions that are not finite.
std::vector<Dim> match_objects(const Predictions& predicted, const Objects& objects,
                               const DetectionLossOptions& options = {}, Site at = Site::current());

// Of a batch (b, n, ...), with the objects of each image: distance and shape of the matched boxes, and the binary cross
// entropy of all scores, over the number of matched boxes. A matched score is to be its box's IoU, so that scores order
// boxes by how well they fit; those of nothing are to be 0, and count by their probability squared (Zhang et al.,
// "VarifocalNet", 2021). Not finite where a prediction is not. Throws ShapeError where logits, boxes and objects do not
// fit together, RangeError for a label that is no class.
Var detection_loss(const Predictions& predicted, const std::vector<Objects>& objects,
                   const DetectionLossOptions& options = {}, Site at = Site::current());

}  // namespace heed::nn
