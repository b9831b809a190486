// examples/patches: PNG files of 16 bits; classes by name, whatever their names and whichever of them are there.
#include <filesystem>
#include <zlib.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <heed/examples/patches/train.hpp>
#include <heed/nn/data/image/png.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::patches;
using std::string_literals::operator""s;

namespace {

using Values = std::vector<std::uint8_t>;

std::string big_endian(std::uint32_t n, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(n >> 8 * i & 0xFF);
    return out;
}

std::string chunk(const std::string& type, const std::string& data) {
    const std::string body = type + data;
    const auto sum = ::crc32(0, reinterpret_cast<const ::Bytef*>(body.data()), static_cast<::uInt>(body.size()));
    return big_endian(static_cast<std::uint32_t>(data.size()), 4) + body +
           big_endian(static_cast<std::uint32_t>(sum), 4);
}

enum Colour : char { grey = 0, rgb = 2, grey_alpha = 4, rgba = 6 };
struct Png {
    std::uint32_t width, height;
    Colour colour;
    char bits = 16, interlaced = 0;
};

// The rows are as the file holds them: a filter's byte 0, then the samples.
std::string png_file(const Png& o, const std::string& rows, const std::string& chunks = "") {
    std::string packed(rows.size() + 100, '\0');
    ::uLongf size = packed.size();
    REQUIRE(::compress(reinterpret_cast<::Bytef*>(packed.data()), &size, reinterpret_cast<const ::Bytef*>(rows.data()),
                       rows.size()) == Z_OK);
    const std::string header =
        big_endian(o.width, 4) + big_endian(o.height, 4) + std::string{o.bits, o.colour, 0, 0, o.interlaced};
    return "\x89PNG\r\n\x1a\n"s + chunk("IHDR", header) + chunks + chunk("IDAT", packed.substr(0, size)) +
           chunk("IEND", "");
}

// One row of pixels, each sample of which is its value; where there is alpha, it is opaque.
std::string row_of(const std::vector<std::uint32_t>& values, Colour colour) {
    std::string row(1, '\0');
    for (const std::uint32_t value : values) {
        for (int c = 0; c < (colour == rgb || colour == rgba ? 3 : 1); ++c) row += big_endian(value, 2);
        if (colour == grey_alpha || colour == rgba) row += big_endian(65535, 2);
    }
    return row;
}

void put_grey(const std::string& path, std::uint32_t width = 2, std::uint32_t height = 1) {
    std::string rows;
    for (std::uint32_t row = 0; row < height; ++row) rows += std::string(width + 1, '\0');
    put(path, png_file({width, height, grey, 8}, rows));
}

std::vector<std::int64_t> labels_of(const models::PreparedImages& images) {
    std::vector<std::int64_t> labels;
    for (Dim i = 0; i < images.size(); ++i) labels.push_back(images.label(i));
    return labels;
}

void put_class(const std::string& folder, const std::string& name, std::uint32_t width = 2) {
    std::filesystem::create_directories(folder + "/" + name);
    put_grey(folder + "/" + name + "/1.png", width);
}

}  // namespace

TEST_CASE("patches: 16 bits become 8 by exact arithmetic, with and without gAMA, sRGB and sBIT", "[patches]") {
    const TemporaryFolder folder;
    const std::vector<std::uint32_t> values = {0, 257, 36 * 257, 105 * 257, 200 * 257, 65535};
    const Values wanted = {0, 1, 36, 105, 200, 255};
    for (const Colour colour : {grey, grey_alpha, rgb, rgba}) {
        const auto samples = static_cast<std::size_t>(colour == grey         ? 1
                                                      : colour == grey_alpha ? 2
                                                      : colour == rgb        ? 3
                                                                             : 4);
        const std::string bits_used = chunk("sBIT", std::string(samples, '\x0c'));
        for (const std::string& chunks : {""s, chunk("gAMA", big_endian(45455, 4)), chunk("sRGB", "\0"s), bits_used}) {
            CAPTURE(int{colour}, chunks);
            put(folder / "x.png", png_file({6, 1, colour}, row_of(values, colour), chunks));
            CHECK(image::read_png(folder / "x.png").values == wanted);
            Values coloured;
            for (const std::uint8_t value : wanted) coloured.insert(coloured.end(), 3, value);
            CHECK(image::read_png(folder / "x.png", 3).values == coloured);
        }
    }
    put(folder / "x.png", png_file({4, 1, grey}, row_of({36 * 257 + 128, 36 * 257 + 129, 127, 129}, grey)));
    CHECK(image::read_png(folder / "x.png").values == Values{36, 37, 0, 1});  // the nearest
    const auto pixel = [&](std::uint32_t value) { return row_of({value * 257}, grey); };
    put(folder / "x.png",
        png_file({2, 2, grey, 16, 1}, pixel(36) + pixel(100) + row_of({7 * 257, 9 * 257}, grey)));  // three passes
    CHECK(image::read_png(folder / "x.png").values == Values{36, 100, 7, 9});
    // gAMA is applied at any depth: 36 of 255 in linear light is 105 in sRGB (255 (1.055 (36 / 255)^(1 / 2.4) - 0.055)
    // = 104.98).
    for (const char bits : {'\x08', '\x10'}) {
        const std::string row = bits == 8 ? "\0\x24"s : row_of({36 * 257}, grey);
        put(folder / "x.png", png_file({1, 1, grey, bits}, row, chunk("gAMA", big_endian(100'000, 4))));
        CHECK(image::read_png(folder / "x.png").values == Values{105});
    }
    // 200 at half opacity over black, in linear light: 255 (1.055 (l / 2)^(1 / 2.4) - 0.055) with l = ((200 / 255 +
    // 0.055) / 1.055)^2.4 is 146.4.
    put(folder / "x.png", png_file({1, 1, grey_alpha}, "\0"s + big_endian(200 * 257, 2) + big_endian(128 * 257, 2)));
    CHECK(image::read_png(folder / "x.png").values == Values{146});
}

TEST_CASE("patches: classes have any names, and come back from a configuration", "[patches]") {
    const TemporaryFolder folder;
    const Texts names = {" ", "[\"a\"]", "a\nb", "cats, dogs", "x,,", "é \"quoted\" \\"};  // sorted by bytes
    for (const char* part : {"train", "dev"})
        for (const std::string& name : names) put_class(folder / part, name);
    Options config;
    config.data = folder.path();
    const models::PreparedImages train = models::read_images(config.source(), {}).train;
    config.model.set_from_data(train.kind, train.moments());
    training::settings_of(config).save(folder / "config.json");
    const Options again = program::read_options<Options>(folder.path());
    CHECK(again.model.class_names() == names);
    CHECK(labels_of(models::read_held_out(config.source(), config.model, {}, false)) ==
          std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
    for (const auto& [before, wanted] :
         {std::pair{"cat,dog", Texts{"cat", "dog"}}, {"3", Texts{"3"}}, {"[1,2]", Texts{"[1", "2]"}}}) {
        config.model.classes = before;
        CHECK(config.model.class_names() == wanted);  // with commas between, as models had them before
    }
    config.model.classes = " ,x";
    image::LabelledImages two;
    two.classes = {" ", "x"}, two.values = {0};
    two.height = two.width = 1, two.labels = {0};
    config.model.set_from_data(two, {});
    CHECK(config.model.classes == " ,x");  // so that an older run continues
    put_class(folder / "train", "a\xff");
    CHECK_THAT(text_of([&] { models::read_images(config.source(), {}); }),
               StartsWith((folder / "train") + ": the folder 'a\\xff' has a name that is not UTF-8"));
}

TEST_CASE("patches: hidden folders and files are no classes and no images, empty classes are refused", "[patches]") {
    const TemporaryFolder folder;
    put_class(folder.path(), "cat");
    put_class(folder.path(), ".ipynb_checkpoints");
    put(folder / ".DS_Store", "none");
    put(folder / "cat/.DS_Store", "none");
    const image::LabelledImages images = image::read_class_folders(folder.path());
    CHECK(images.classes == Texts{"cat"});
    CHECK(images.size() == 1);
    std::filesystem::create_directories(folder / "dog/.ipynb_checkpoints");
    CHECK(error_of<FileError>([&] { image::read_class_folders(folder.path()); }) ==
          (folder / "dog") + ": holds no images; put some there, or remove this class");
}

TEST_CASE("patches: a test set's classes go by name, and each of them has to be known", "[patches]") {
    const TemporaryFolder folder;
    Options config;
    config.data = folder.path();
    ModelOptions& m = config.model;
    m.height = 1, m.width = 2, m.classes = R"(["ant","bee","cat"])";
    m.patch = 1, m.convolutions = false, m.dim = 4, m.layers = 1, m.heads = 1, m.hidden = 4;
    for (const char* name : {"ant", "cat"}) put_class(folder / "test", name);
    const models::PreparedImages images = models::read_held_out(config.source(), config.model, {}, true);  // no bees
    CHECK(labels_of(images) == std::vector<std::int64_t>{0, 2});
    CHECK(images.kind.classes == config.model.class_names());
    const Model model(nn::Params(1), config.model);
    CHECK(confusion(model, images).shape() == Shape{3, 3});
    models::PreparedImages other = images;
    other.label_of[1] = 3;
    CHECK_THAT(text_of([&] { confusion(model, other); }),
               StartsWith("confusion: label 3; expected 0 to 2, the model's classes"));
    models::PreparedImages larger = images;
    larger.kind.height = 2;
    CHECK_THAT(text_of([&] { confusion(model, larger); }),
               StartsWith("confusion: images of 2 x 2 with 1 channels; expected"));
    put_class(folder / "test", "dog");
    CHECK(error_of<FileError>([&] { models::read_held_out(config.source(), config.model, {}, true); }) ==
          (folder / "test/dog") + ": is no class of the model, which knows ant, bee, cat");
    std::filesystem::remove_all(folder / "test");
    put_class(folder / "test", "cat", 5);
    CHECK(error_of<FileError>([&] { models::read_held_out(config.source(), config.model, {}, true); }) ==
          (folder / "test") + ": has images of 5 x 1; expected 2 x 1, the size that the model is trained on");
    const auto put_idx = [&](const std::string& name, const std::string& sizes, const std::string& values) {
        put(
            folder / name, "\0\0\x08"s + static_cast<char>(sizes.size()) + [&] {
                std::string all;
                for (const char size : sizes) all += big_endian(static_cast<std::uint32_t>(size), 4);
                return all;
            }() + values);
    };
    put_idx("train-images-idx3-ubyte", "\1\1\2", "ab"), put_idx("t10k-images-idx3-ubyte", "\1\1\3", "abc");
    put_idx("t10k-labels-idx1-ubyte", "\1", "\1");
    CHECK_THAT(text_of([&] { models::read_held_out(config.source(), config.model, {}, true); }),
               StartsWith(folder.path() + ": holds IDX files, whose classes are T-shirt, "));
    config.model.classes = nlohmann::json(image::fashion_classes()).dump();
    CHECK_THAT(text_of([&] { models::read_held_out(config.source(), config.model, {}, true); }),
               StartsWith(folder.path() + ": has images of 3 x 1; expected 2 x 1"));
    put_idx("t10k-labels-idx1-ubyte", "\1", "\x0a");
    CHECK_THAT(text_of([&] { models::read_held_out(config.source(), config.model, {}, true); }),
               Containing("label 0 is 10; expected 0 to 9"));
}
