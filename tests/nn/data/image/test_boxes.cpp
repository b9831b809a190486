// Views of images with their boxes, and boxes drawn into images.
#include <cmath>
#include <heed/nn/data/image/boxes.hpp>
#include <heed/nn/data/image/drawing.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::image;

namespace {

constexpr Dim height = 24, width = 32;

std::vector<Real> viewed(std::vector<Real> image, Dim columns, const Crop& crop) {
    take_crop(image, columns, 1, 9, crop);
    return image;
}

// One box seen in a crop of 4 x 2; none where nothing is left of it.
std::vector<LabelledBox> seen(const Box& box, const Crop& crop, double least = 0) {
    const LabelledBox one[] = {{box, 7, true}};
    return boxes_in_crop(one, 2, 4, crop, least);
}

// The smallest box around the pixels that are brighter than half.
Box around_bright(const std::vector<Real>& image) {
    Box box{width, height, 0, 0};
    for (Dim i = 0; i < height * width; ++i) {
        if (image[static_cast<std::size_t>(i)] < Real(0.5)) continue;
        const auto x = static_cast<double>(i % width), y = static_cast<double>(i / width);
        box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1), std::max(box.bottom, y + 1)};
    }
    return box;
}

}  // namespace

TEST_CASE("boxes: flips, shifts and crops move pixels and boxes alike", "[detect]") {
    const std::vector<Real> image = {1, 2, 3, 4, 5, 6, 7, 8};
    CHECK(viewed(image, 4, {{0, 0, 4, 2}}) == image);
    CHECK(viewed(image, 4, {{0, 0, 4, 2}, true, false}) == std::vector<Real>{4, 3, 2, 1, 8, 7, 6, 5});
    CHECK(viewed(image, 4, {{0, 0, 4, 2}, false, true}) == std::vector<Real>{5, 6, 7, 8, 1, 2, 3, 4});
    CHECK(viewed(image, 4, {{1, 1, 5, 3}}) == std::vector<Real>{6, 7, 8, 9, 9, 9, 9, 9});
    CHECK(viewed(image, 4, {{0, 0, 2, 1}})[5] == Real(2.25));  // between 1, 2, 5 and 6
    const Box box{1, 0, 3, 1};
    CHECK(seen(box, {{0, 0, 4, 2}}) == std::vector<LabelledBox>{{box, 7, true}});
    CHECK(seen(box, {{0, 0, 4, 2}, true, true}) == std::vector<LabelledBox>{{{1, 1, 3, 2}, 7, true}});
    CHECK(seen({0, 0, 1, 1}, {{0, 0, 4, 2}, true, false}) == std::vector<LabelledBox>{{{3, 0, 4, 1}, 7, true}});
    CHECK(seen(box, {{-1, 0, 3, 2}}) == std::vector<LabelledBox>{{{2, 0, 4, 1}, 7, true}});
    CHECK(seen(box, {{0, 0, 2, 1}}) == std::vector<LabelledBox>{{{2, 0, 4, 2}, 7, true}});  // cut on the right
    CHECK(seen(box, {{0, 0, 2, 1}}, 0.6).empty());
    CHECK(seen(box, {{3, 0, 7, 2}}).empty());
}

TEST_CASE("boxes: in random views a bright rectangle stays in its box", "[detect]") {
    for (std::uint64_t n = 0; n < 200; ++n) {
        const Crop crop = random_crop(height, width, {.upside_down = true}, RandomStream(Key{1, n}, 0));
        const LabelledBox box[] = {{{10, 8, 20, 16}, 0}};
        std::vector<Real> image(height * width);
        for (Dim y = 8; y < 16; ++y)
            for (Dim x = 10; x < 20; ++x) image[static_cast<std::size_t>(y * width + x)] = 1;
        take_crop(image, width, 1, 0, crop);
        const std::vector<LabelledBox> moved = boxes_in_crop(box, height, width, crop);
        REQUIRE(moved.size() == 1);
        const Box bright = around_bright(image), &b = moved[0].box;
        INFO(n);
        CHECK(std::abs(bright.left - b.left) <= 1);
        CHECK(std::abs(bright.top - b.top) <= 1);
        CHECK(std::abs(bright.right - b.right) <= 1);
        CHECK(std::abs(bright.bottom - b.bottom) <= 1);
        CHECK((b.left >= 0 && b.top >= 0 && b.right <= width && b.bottom <= height));
    }
}

TEST_CASE("drawing: enlarged images, and boxes in them", "[detect]") {
    const Image large = enlarged({1, 2, 1, {100, 200}}, 2);
    CHECK((large.height == 2 && large.width == 4 && large.channels == 3));
    CHECK(std::vector<std::uint8_t>(large.values.begin(), large.values.begin() + 9) ==
          std::vector<std::uint8_t>{100, 100, 100, 100, 100, 100, 200, 200, 200});

    Image image{4, 5, 3, std::vector<std::uint8_t>(60)};
    draw_box(image, {1, 0, 4, 3}, {7, 8, 9});
    std::string seen;
    for (std::size_t i = 0; i < 60; i += 3) seen += image.values[i] == 7 && image.values[i + 2] == 9 ? '#' : '.';
    CHECK(seen ==
          ".###."
          ".#.#."
          ".###."
          ".....");
    draw_box(image, {-9, -9, 2, 90}, {1, 1, 1});  // what is outside is left out
    CHECK(image.values[3] == 1);
    CHECK(image.values[0] == 0);
    draw_box(image, {-1e300, 0, 1e300, 1}, {2, 2, 2});
    CHECK(image.values[0] == 2);
    const Detection found[] = {{{0, 0, 1, 1}, 1, 0.5}};
    const Image boxed = with_boxes({1, 2, 1, {100, 200}}, found, 5);
    CHECK(boxed.values[0] == colour_of(1)[0]);
    CHECK(boxed.values[(2 * 10 + 2) * 3] == 100);  // inside
    CHECK(boxed.values[5 * 3] == 200);             // beside it
    CHECK_THAT(error_of<RangeError>([] {
                   Image grey{1, 1, 1, {0}};
                   draw_box(grey, {0, 0, 1, 1}, {});
               }),
               StartsWith("draw_box: an image of 1 channels; expected 3"));
}

TEST_CASE("drawing: where a model attended is red", "[patches]") {
    const Image drawn = drawn_over({1, 2, 1, {100, 200}}, {0.25, 0.5}, 1, 2, 2);
    CHECK((drawn.height == 2 && drawn.width == 4));
    const std::vector<std::uint8_t> first(drawn.values.begin(), drawn.values.begin() + 3),
        last(drawn.values.end() - 3, drawn.values.end());
    CHECK(first == std::vector<std::uint8_t>{146, 70, 70});
    CHECK(last == std::vector<std::uint8_t>{233, 80, 80});
}
