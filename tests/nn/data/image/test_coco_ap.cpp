// COCO's average precision: beside pycocotools' values, and what is refused.
#include <limits>
#include <nlohmann/json.hpp>
#include <heed/nn/data/image/coco_ap.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::image;

namespace {

Box box_of(const nlohmann::json& b) { return {b[0], b[1], b[2], b[3]}; }

}  // namespace

TEST_CASE("coco_ap: the values of pycocotools", "[detect]") {
    // tools/make_coco_reference wrote it.
    const nlohmann::json cases = nlohmann::json::parse(content_of(HEED_SOURCE_DIR "/tests/files/coco_ap.json"));
    REQUIRE(cases.size() > 200);
    for (std::size_t n = 0; n < cases.size(); ++n) {
        INFO(n);
        std::vector<std::vector<LabelledBox>> boxes;
        std::vector<std::vector<Detection>> found;
        for (const auto& image : cases[n].at("images")) {
            boxes.emplace_back(), found.emplace_back();
            for (const auto& b : image[0]) boxes.back().push_back({box_of(b), b[4], b[5] == 1});
            for (const auto& d : image[1]) found.back().push_back({box_of(d), d[4], d[5]});
        }
        const auto& classes = cases[n].at("classes");
        const CocoPrecision precision = coco_ap(boxes, found, static_cast<Dim>(classes.size()));
        CHECK(precision.mean.ap == Approx(cases[n].at("ap").get<double>()).margin(1e-12));
        CHECK(precision.mean.ap50 == Approx(cases[n].at("ap50").get<double>()).margin(1e-12));
        REQUIRE(precision.classes.size() == classes.size());
        for (std::size_t c = 0; c < classes.size(); ++c) {
            const AveragePrecision of_class = precision.classes[c].value_or(AveragePrecision{-1, -1});
            CHECK(of_class.ap == Approx(classes[c][0].get<double>()).margin(1e-12));
            CHECK(of_class.ap50 == Approx(classes[c][1].get<double>()).margin(1e-12));
        }
    }
}

TEST_CASE("coco_ap: what is refused", "[detect]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto refusal = [](std::vector<LabelledBox> boxes, std::vector<std::vector<Detection>> found) {
        const std::vector<std::vector<LabelledBox>> all{std::move(boxes)};
        return error_of<RangeError>([&] { coco_ap(all, found, 2); });
    };
    const Box box{0, 0, 1, 1};
    CHECK_THAT(refusal({}, {}), StartsWith("coco_ap: boxes of 1 images, detections of 0"));
    CHECK_THAT(refusal({{box, 2}}, {{}}), StartsWith("coco_ap: a box of image 0 has label 2; expected 0 to 1"));
    CHECK_THAT(refusal({}, {{{box, -1, 1}}}),
               StartsWith("coco_ap: a detection of image 0 has label -1; expected 0 to 1"));
    CHECK_THAT(refusal({}, {{{box, 0, nan}}}),
               StartsWith("coco_ap: a detection of image 0 has a number that is not finite"));
    CHECK_THAT(refusal({{{0, nan, 1, 1}, 0}}, {{}}), StartsWith("coco_ap: a box of image 0 has a number that is not"));
}
