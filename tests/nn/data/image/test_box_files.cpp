// Which boxes images have, from tables and COCO's JSON: what is read, and what is refused by file and line.
#include <nlohmann/json.hpp>
#include <heed/nn/data/image/box_files.hpp>
#include <heed/nn/training/run/tensorboard.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::image;

namespace {

void put_grey(const std::string& path, Dim height, Dim width) {
    put(path,
        training::png_of(height, width, 1, std::vector<std::uint8_t>(static_cast<std::size_t>(height * width), 9)));
}

nlohmann::json coco() {
    return {{"images", {{{"id", 7}, {"file_name", "a.jpg"}, {"width", 80}, {"height", 40}}}},
            {"categories", {{{"id", 3}, {"name", "dog"}}, {{"id", 1}, {"name", "cat"}}}},
            {"annotations",
             {{{"image_id", 7}, {"category_id", 3}, {"bbox", {10, 4, 20, 8}}},
              {{"image_id", 7}, {"category_id", 1}, {"bbox", {0, 0, 80, 40}}, {"iscrowd", 1}}}}};
}

std::string table_refusal(const std::string& path, const std::string& text,
                          const std::vector<std::string>& known = {}) {
    put(path, text);
    return fault_of(path, [&] { read_box_table(path, known); });
}

std::string coco_refusal(const std::string& path, const nlohmann::json& json,
                         const std::vector<std::string>& known = {}) {
    put(path, json.dump());
    return fault_of(path, [&] { read_coco(path, known); });
}

}  // namespace

TEST_CASE("box files: a table, and the images that it lists", "[detect]") {
    const TemporaryFolder folder;
    put(folder / "boxes.tsv", "a.png\tdog\t4\t8\t12\t16\na.png\tcat\t0\t0\t2.5\t3\r\nb.png\tdog\t1\t1\t2\t2\n\n");
    put_grey(folder / "a.png", 6, 8), put_grey(folder / "b.png", 6, 8);
    const BoxFile file = read_box_table(folder / "boxes.tsv");
    CHECK(file.classes == std::vector<std::string>{"cat", "dog"});
    REQUIRE(file.images.size() == 2);
    CHECK(file.images[0].boxes == std::vector<LabelledBox>{{{4, 8, 12, 16}, 1}, {{0, 0, 2.5, 3}, 0}});
    const BoxFile known = read_box_table(folder / "boxes.tsv", {"dog", "cow", "cat"});
    CHECK(known.images[0].boxes[1].label == 2);

    const BoxedImages images = read_boxed_images(folder.path(), file, 1, 4);
    CHECK((images.size() == 2 && images.images.height == 6 && images.images.width == 8));
    CHECK(images.boxes[0][0].box == Box{1, 2, 3, 4});
    CHECK(images.files == std::vector<std::string>{"a.png", "b.png"});
    CHECK(error_of<FileError>([&] { read_boxed_images(folder.path(), file, 1); }) ==
          (folder / "a.png") + ": the box from (4, 8) to (12, 16) is not inside the image of 8 x 6");
    put_grey(folder / "b.png", 6, 7);
    CHECK_THAT(error_of<FileError>([&] { read_boxed_images(folder.path(), file, 1, 4); }),
               StartsWith((folder / "b.png") + ": has 7 x 6 pixels; expected 8 x 6"));
    CHECK(error_of<FileError>([&] { read_boxed_images(folder.path(), {}, 1); }) ==
          folder.path() + ": no image is listed");
}

TEST_CASE("box files: COCO's JSON, whose boxes follow the size of the image", "[detect]") {
    const TemporaryFolder folder;
    put(folder / "coco.json", coco().dump());
    put_grey(folder / "a.png", 10, 20);
    const BoxFile file = read_coco(folder / "coco.json");
    CHECK(file.classes == std::vector<std::string>{"cat", "dog"});
    const BoxedImages images = read_boxed_images(folder.path(), file, 1);  // a.jpg stands for a.png beside it
    CHECK(images.boxes[0] == std::vector<LabelledBox>{{{2.5, 1, 7.5, 3}, 1}, {{0, 0, 20, 10}, 0, true}});
}

TEST_CASE("box files: folders of Pascal VOC's XML", "[detect][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a.xml", good = content_of(HEED_SOURCE_DIR "/tests/fuzz/corpus/voc/two.xml");
    put(path, good);
    if (fault_of(path, [&] { read_voc(path); }).find("built without pugixml") != std::string::npos) return;
    put(folder / "b.xml", content_of(HEED_SOURCE_DIR "/tests/fuzz/corpus/voc/none.xml"));
    const BoxFile file = read_boxes(folder.path());
    CHECK(file.classes == std::vector<std::string>{"cat", "dog"});
    REQUIRE(file.images.size() == 2);
    CHECK((file.images[0].file == "a.jpg" && file.images[0].width == 80 && file.images[0].height == 40));
    CHECK(file.images[0].boxes == std::vector<LabelledBox>{{{10, 4, 30, 12}, 1}, {{0, 0, 80, 40}, 0}});
    CHECK(file.images[1].boxes.empty());

    const auto refusal = [&](const std::string& from, const std::string& to) {
        std::string text = good;
        put(path, text.replace(text.find(from), from.size(), to));
        return fault_of(path, [&] { read_voc(path); });
    };
    CHECK_THAT(refusal("</annotation>", ""), StartsWith(": byte ") && Containing("cannot be read as XML"));
    CHECK_THAT(refusal("<annotation>", "<other>"), StartsWith(": byte "));
    CHECK(refusal("<width>80</width>", "") == ": width: '' is no number");
    CHECK(refusal("<width>80</width>", "<width>0</width>") == ": a size of 0 x 40");
    CHECK(refusal("<xmax>30", "<xmax>10") ==
          ": object 1: the box from (10, 4) to (10, 12) has no area; expected left < right and top < bottom");
    CHECK(refusal("<xmax>80", "<xmax>81") ==
          ": object 2: the box from (0, 0) to (81, 40) is not inside the image of 80 x 40");
    CHECK(refusal("<bndbox>", "<box>").starts_with(": byte "));
    put(path, "<other/>");
    CHECK(fault_of(path, [&] { read_voc(path); }) == ": has no <annotation>");
    put(path, good);
    CHECK(fault_of(path, [&] { read_voc(path, {"cat"}); }) ==
          ": object 1: 'dog' is no class of the model, which knows cat");
}

TEST_CASE("box files: damaged tables are refused by line", "[detect][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "boxes.tsv", good = "a.png\tdog\t1\t2\t3\t4\n";
    CHECK(table_refusal(path, good + "a.png\tdog\t1\t2\t3\n") ==
          ":2: 5 columns; expected 6: file, class, left, top, right, bottom");
    CHECK(table_refusal(path, good + "a.png\tdog\t1\t2\t3\t4x") == ":2: '4x' is no number");
    CHECK(table_refusal(path, good + "a.png\tdog\t1\t2\tnan\t4") == ":2: 'nan' is no number");
    CHECK(table_refusal(path, good + "a.png\tdog\t1\t2\t\t4") == ":2: '' is no number");
    CHECK(table_refusal(path, "a.png\tdog\t3\t2\t3\t4") ==
          ":1: the box from (3, 2) to (3, 4) has no area; expected left < right and top < bottom");
    CHECK(table_refusal(path, "a.png\tdog\t1\t9\t3\t4") ==
          ":1: the box from (1, 9) to (3, 4) has no area; expected left < right and top < bottom");
    CHECK(table_refusal(path, "a.png\tdog\t-1\t2\t3\t4") ==
          ":1: the box from (-1, 2) to (3, 4) is not inside the image");
    CHECK(table_refusal(path, good, {"cat", "cow"}) == ":1: 'dog' is no class of the model, which knows cat, cow");
    CHECK(table_refusal(path, good + "b.png\tdog\t1\t2\t3\t4\n" + good) ==
          ":3: the lines of 'a.png' do not follow each other");
    CHECK(table_refusal(path, "\xff") == ": is not UTF-8");
    CHECK(table_refusal(path, "") == "no error");
}

TEST_CASE("box files: damaged JSON is refused by file and annotation", "[detect][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "coco.json";
    const auto changed = [](auto change) {
        nlohmann::json json = coco();
        change(json);
        return json;
    };
    const std::string begin = ": cannot be read as COCO's JSON: ";
    put(path, "{\"images\": [");
    CHECK_THAT(fault_of(path, [&] { read_coco(path); }), StartsWith(begin));
    CHECK_THAT(coco_refusal(path, {1, 2}), StartsWith(begin));
    CHECK_THAT(coco_refusal(path, changed([](auto& j) { j.erase("categories"); })), StartsWith(begin));
    CHECK(coco_refusal(path, changed([](auto& j) { j["images"] = 3; })) == ": \"images\" is no list");
    CHECK(coco_refusal(path, changed([](auto& j) { j["images"].push_back(j["images"][0]); })) ==
          ": two images have id 7");
    CHECK(coco_refusal(path, changed([](auto& j) { j["images"][0]["width"] = -1; })) ==
          ": image 7 has a size of -1 x 40");
    CHECK(coco_refusal(path, changed([](auto& j) { j["categories"][1]["id"] = 3; })) == ": two categories have id 3");
    CHECK(coco_refusal(path, changed([](auto& j) { j["annotations"][1]["image_id"] = 8; })) ==
          ": annotation 1: there is no image of that id");
    CHECK(coco_refusal(path, changed([](auto& j) { j["annotations"][0]["category_id"] = 8; })) ==
          ": annotation 0: there is no category of that id");
    CHECK(coco_refusal(path, changed([](auto& j) {
                           j["annotations"][0]["bbox"] = {10, 4, -2, 8};
                       })) ==
          ": annotation 0: the box from (10, 4) to (8, 12) has no area; expected left < right and top < bottom");
    CHECK(coco_refusal(path, changed([](auto& j) {
                           j["annotations"][0]["bbox"] = {70, 4, 20, 8};
                       })) == ": annotation 0: the box from (70, 4) to (90, 12) is not inside the image of 80 x 40");
    CHECK_THAT(coco_refusal(path, changed([](auto& j) { j["annotations"][0]["bbox"] = {1, 2}; })), StartsWith(begin));
    CHECK(coco_refusal(path, coco(), {"cow"}) == ": annotation 0: 'dog' is no class of the model, which knows cow");
}
