// Sheets of images, and the nearest among many.
#include <heed/nn/data/image/sheet.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::image;

TEST_CASE("image: images of a batch are what was put into it, and what is out of range is cut", "[image]") {
    LabelledImages two{1, 2, 1, {}, {0, 1}, {"a", "b"}};
    two.values = {0, 90, 255, 131};
    const Dim both[] = {0, 1};
    const Array batch = batch_of(two, both, 0.3, 0.2);
    CHECK(image_of(batch, 0, 0.3, 0.2).values == std::vector<std::uint8_t>{0, 90});
    CHECK(image_of(batch, 1, 0.3, 0.2).values == image_of(two, 1).values);
    CHECK(image_of(array_of({1, 1, 2, 1}, {-9, 9}), 0, 0, 1).values == std::vector<std::uint8_t>{0, 255});
    CHECK_THAT(text_of([&] { image_of(batch, 2, 0, 1); }), StartsWith("image_of: image 2 of 2"));
    CHECK_THAT(text_of([&] { image_of(two, -1); }), StartsWith("image_of: image -1 of 2"));
    CHECK_THAT(text_of([&] {
                   image_of(filled({2, 2}, 0), 0, 0, 1);
               }),
               StartsWith("image_of: argument 'values' has shape (2, 2); expected (n, height, width, channels)"));
}

TEST_CASE("image: the nearest of many images", "[image]") {
    const std::vector<std::vector<std::uint8_t>> many{{10, 10}, {200, 0}, {12, 8}, {10, 10}};
    const auto known = [&](Dim i) { return std::span(many[static_cast<std::size_t>(i)]); };
    CHECK(nearest({1, 2, 1, {190, 30}}, 4, known) == 1);
    CHECK(nearest({1, 2, 1, {13, 7}}, 4, known) == 2);
    CHECK(nearest({1, 2, 1, {10, 11}}, 4, known) == 0);  // as near as the last one
    CHECK_THAT(text_of([&] {
                   nearest({1, 1, 1, {0}}, 4, known);
               }),
               StartsWith("nearest: image 0 has 2 values; expected 1"));
    CHECK_THAT(text_of([&] { nearest({1, 2, 1, {0, 0}}, 0, known); }), StartsWith("nearest: among no images"));
}

TEST_CASE("image: a sheet of images", "[image]") {
    const Image a{1, 2, 1, {1, 2}}, b{1, 2, 1, {3, 4}}, c = stacked(a, b);
    CHECK((c.height == 2 && c.width == 2 && c.values == std::vector<std::uint8_t>{1, 2, 3, 4}));
    const std::vector<Image> three{a, b, {1, 2, 1, {5, 6}}};
    const Image sheet = sheet_of(three, 2, 1);
    REQUIRE((sheet.height == 5 && sheet.width == 7));
    const std::uint8_t w = 255;
    CHECK(sheet.values == std::vector<std::uint8_t>{w, w, w, w, w, w, w,  //
                                                    w, 1, 2, w, 3, 4, w,  //
                                                    w, w, w, w, w, w, w,  //
                                                    w, 5, 6, w, w, w, w,  //
                                                    w, w, w, w, w, w, w});
    CHECK(sheet_of(three, 9, 0).width == 6);  // no wider than its images
    CHECK_THAT(text_of([&] { sheet_of({}, 2); }), StartsWith("sheet_of: 0 images in 2 columns"));
    CHECK_THAT(text_of([&] { sheet_of(three, 0); }), StartsWith("sheet_of: 3 images in 0 columns"));
    CHECK_THAT(text_of([&] {
                   sheet_of(std::vector<Image>{a, c}, 2);
               }),
               StartsWith("sheet_of: image 1 is 2 x 2 with 1 channels; expected 2 x 1 with 1, as the first"));
    CHECK_THAT(text_of([&] { stacked(a, {1, 1, 1, {0}}); }), StartsWith("stacked: images of 2 and 1 pixels' width"));
}
