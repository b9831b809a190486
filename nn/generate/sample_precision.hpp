#pragma once
// Precision and recall of generated samples: how many of them look real, and how much of what is real they cover.
#include <heed/core/array.hpp>

namespace heed::nn {

struct SamplePrecision {
    double precision = 0;  // the share of what was made that lies among what is real
    double recall = 0;     // the share of what is real that lies among what was made
};

// Of features (n, d) of real examples and (m, d) of what was made, as a trained network gives them. A point lies among
// others if it is at most as far from one of them as that one's k-th nearest neighbour among them (Kynkäänniemi et al.,
// "Improved Precision and Recall Metric for Assessing Generative Models", 2019). The values depend on n and m: compare
// those of equal numbers. Throws ShapeError unless both have rows of one width, RangeError for k below 1 or above the
// number of other points, and for features that are not finite.
SamplePrecision sample_precision(const Array& real, const Array& made, Dim k = 3, Site at = Site::current());

}  // namespace heed::nn
