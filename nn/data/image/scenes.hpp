#pragma once
// Scenes put together of small images: data for learning to find objects, where there are none with boxes.
#include <heed/nn/data/image/box_files.hpp>

namespace heed::image {

inline constexpr Dim scene_size = 64;  // pixels to each side

// Scenes of one to four of these grey images, each made smaller or larger (0.6 to 1.3 times), on a dark ground with
// noise; the box is around what is brighter than 40 of 255. An image that would cover more than a fifth of another one,
// or has nothing so bright, is left out. The same seed gives the same scenes. Throws RangeError for images that are not
// grey, larger than 48 pixels, or none.
BoxedImages make_scenes(const LabelledImages& pieces, Dim count, std::uint64_t seed, Site at = Site::current());

}  // namespace heed::image
