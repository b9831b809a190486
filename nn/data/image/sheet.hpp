#pragma once
// Generated images for people: many on one sheet, and which known image is most like one.
#include <span>
#include <heed/nn/data/image/images.hpp>

namespace heed::image {

// Image `which` of values (n, height, width, channels) that batch_of() could have made; what is below black or above
// white is cut.
Image image_of(const Array& values, Dim which, double mean, double deviation, Site at = Site::current());

Image image_of(const LabelledImages& images, Dim which, Site at = Site::current());

// Of n images of the same size, whose values known(i) gives, the index of the one with the smallest sum of squared
// differences to this one; the first of equal ones. Throws RangeError where there are none.
Dim nearest(const Image& image, Dim n, const std::function<std::span<const std::uint8_t>(Dim)>& known,
            Site at = Site::current());

// `top` over `bottom`. Throws RangeError unless both have one width and as many channels.
Image stacked(const Image& top, const Image& bottom, Site at = Site::current());

// Images of one size side by side, `columns` in a row and row by row, with `gap` white pixels between and around them.
// Throws RangeError for no image, images of several sizes, no column or a negative gap.
Image sheet_of(std::span<const Image> images, Dim columns, Dim gap = 2, Site at = Site::current());

}  // namespace heed::image
