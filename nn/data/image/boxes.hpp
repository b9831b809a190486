#pragma once
// Boxes around what images show, and images changed a little for training together with their boxes.
#include <span>
#include <vector>
#include <heed/core/array.hpp>
#include <heed/core/base/random.hpp>

namespace heed::image {

// In pixels from the upper left corner of the image.
struct Box {
    double left = 0, top = 0, right = 0, bottom = 0;
    double width() const { return right - left; }
    double height() const { return bottom - top; }
    double area() const { return width() * height(); }
    bool operator==(const Box&) const = default;
};

struct LabelledBox {
    Box box;
    Dim label = 0;       // index of a class
    bool crowd = false;  // stands for many, as in COCO: neither found nor missed
    bool operator==(const LabelledBox&) const = default;
};

// The part of an image that becomes the whole of a new one of the same size: a crop enlarges it, a window that reaches
// beyond the image shifts it or makes it smaller.
struct Crop {
    Box window;
    bool mirrored = false;     // left to right
    bool upside_down = false;  // top to bottom
};

struct CropOptions {
    double zoom = 0.2;         // the window is up to this much smaller or larger than the image
    double shift = 0.1;        // and its centre moves by up to this part of the image's size
    bool flip = true;          // mirrors every other image, left to right
    bool upside_down = false;  // turns every other image on its head: for images without up and down
};

// A crop of an image of this size. The same stream gives the same one.
Crop random_crop(Dim height, Dim width, const CropOptions& options, RandomStream random);

// Makes of one image (height, width, channels), in place, its crop: values between four pixels by their distances,
// `black` outside.
void take_crop(std::span<Real> image, Dim width, Dim channels, Real black, const Crop& crop);

// The boxes as the crop shows them, cut at its edges. Those of which less than `least` of the area is left are dropped.
std::vector<LabelledBox> boxes_in_crop(std::span<const LabelledBox> boxes, Dim height, Dim width, const Crop& crop,
                                       double least = 0.4);

}  // namespace heed::image
