#pragma once
// Images for people: enlarged, with boxes drawn into them, or what a model attended to in red.
#include <array>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/image/coco_ap.hpp>
#include <heed/nn/data/image/png.hpp>

namespace heed::image {

using Colour = std::array<std::uint8_t, 3>;  // red, green, blue
Colour colour_of(Dim index);                 // one of eight that differ, for classes

// Each pixel as a square of so many. Grey becomes RGB.
Image enlarged(const Image& image, Dim scale);

// The edge of a box, of so many pixels inside it. What is outside the image is left out. Throws RangeError for an
// image that is not RGB.
void draw_box(Image& image, const Box& box, const Colour& colour, Dim thickness = 1, Site at = Site::current());

// The image enlarged, with a box around each detection, in the colour of its class.
Image with_boxes(const Image& image, std::span<const Detection> found, Dim scale);

// The image enlarged, and over it in red the weights (rows, columns), relative to the largest.
Image drawn_over(const Image& image, const std::vector<double>& weights, Dim rows, Dim columns, Dim scale);

}  // namespace heed::image
