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
struct View {
    Box window;
    bool mirrored = false;     // left to right
    bool upside_down = false;  // top to bottom
};

struct ViewOptions {
    double zoom = 0.2;         // the window is up to this much smaller or larger than the image
    double shift = 0.1;        // and its centre moves by up to this part of the image's size
    bool flip = true;          // mirrors every other image, left to right
    bool upside_down = false;  // turns every other image on its head: for images without up and down
};

// A view of an image of this size. The same stream gives the same one.
View random_view(Dim height, Dim width, const ViewOptions& options, RandomStream random);

// Makes of one image (height, width, channels), in place, its view: values between four pixels by their distances,
// `black` outside.
void take_view(std::span<Real> image, Dim width, Dim channels, Real black, const View& view);

// The boxes as the view shows them, cut at its edges. Those of which less than `least` of the area is left are dropped.
std::vector<LabelledBox> boxes_in_view(std::span<const LabelledBox> boxes, Dim height, Dim width, const View& view,
                                       double least = 0.4);

}  // namespace heed::image
