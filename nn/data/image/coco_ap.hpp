#pragma once
// COCO's average precision of predicted boxes, the values of pycocotools (https://github.com/cocodataset/cocoapi).
#include <optional>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/image/boxes.hpp>

namespace heed::image {

// A predicted box.
struct Detection {
    Box box;
    Dim label = 0;
    double score = 0;  // orders the detections: the surest has the highest
};

struct AveragePrecision {
    double ap = 0;    // the mean over IoU .50, .55, ... .95
    double ap50 = 0;  // at IoU .50
};

struct CocoPrecision {
    AveragePrecision mean;                                 // over the classes that have boxes; -1 where none has
    std::vector<std::optional<AveragePrecision>> classes;  // empty for a class without boxes
};

// For each image what it shows and what was found there: areas of all sizes, at most 100 detections of a class in an
// image. A detection finds a box that no surer one has found, with at least the IoU that is asked for; precision is
// taken at 101 recalls. Throws RangeError for another number of images, a label that is no index of a class, a score or
// a box that is not finite.
CocoPrecision coco_ap(std::span<const std::vector<LabelledBox>> boxes, std::span<const std::vector<Detection>> found,
                      Dim classes, Site at = Site::current());

}  // namespace heed::image
