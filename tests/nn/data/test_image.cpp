// The image kit: IDX and PNG files, folders of images, augmentation, and files that are none.
#include <cmath>
#include <filesystem>
#include <png.h>
#include <zlib.h>
#include <fmt/format.h>
#include <heed/nn/data/image/idx.hpp>
#include <heed/nn/data/image/images.hpp>
#include <heed/nn/data/image/png.hpp>
#include <heed/tests/hostile.hpp>
#include <heed/tests/packed.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::image;
using std::string_literals::operator""s;

namespace {

using Values = std::vector<std::uint8_t>;

std::string idx_file(std::initializer_list<std::uint32_t> sizes, const std::string& values, char type = 8) {
    std::string file = {0, 0, type, static_cast<char>(sizes.size())};
    for (const std::uint32_t n : sizes)
        for (int shift = 24; shift >= 0; shift -= 8) file += static_cast<char>(n >> shift & 0xFF);
    return file + values;
}

std::string idx_refusal(const std::string& path) {
    return fault_of(path, [&] { read_idx(path); });
}

void put_png(const std::string& path, Dim width, Dim height, ::png_uint_32 format, const Values& values) {
    ::png_image image = {};
    image.version = PNG_IMAGE_VERSION, image.format = format;
    image.width = static_cast<::png_uint_32>(width), image.height = static_cast<::png_uint_32>(height);
    REQUIRE(::png_image_write_to_file(&image, path.c_str(), 0, values.data(), 0, nullptr));
}

// An image of 6 x 5 whose pixels are 1, 2, ...
const std::vector<Real> counted = [] {
    std::vector<Real> x(30);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<Real>(i + 1);
    return x;
}();
std::vector<Real> augmented(const AugmentOptions& options, std::uint64_t step) {
    std::vector<Real> x = counted;
    augment(x, 5, 1, -9, options, RandomStream(Key{1, step}, 0));
    return x;
}

}  // namespace

TEST_CASE("patches: IDX files, plain and packed", "[patches]") {
    const TemporaryFolder folder;
    const std::string file = idx_file({2, 3}, "\1\2\3\4\5\xff");
    put(folder / "x", file);
    put_packed(folder / "x.gz", file);
    for (const char* name : {"x", "x.gz"}) {
        const Idx idx = read_idx(folder / name);
        CHECK(idx.shape == Shape{2, 3});
        CHECK(idx.values == Values{1, 2, 3, 4, 5, 255});
    }
    put(folder / "none", idx_file({0, 3}, ""));
    CHECK(read_idx(folder / "none").shape == Shape{0, 3});
}

TEST_CASE("patches: damaged IDX files are refused by file and byte", "[patches][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "x";
    const auto refuse = [&](const std::string& content) {
        const auto [plain, packed] = refusals_of(path, content, idx_refusal);
        CHECK_THAT(packed, StartsWith(": byte "));
        return plain;
    };
    CHECK(refuse("") == ": byte 0: the file ends inside its header; is it complete?");
    CHECK(refuse("\0\0\x0d\1\0\0\0\1\0\0\0\0"s) ==
          ": byte 4: begins with 00000d01; expected 000008 and the number of axes: an IDX file of bytes");
    CHECK(refuse(idx_file({}, "x")) == ": byte 4: has 0 axes; expected 1 to 4");
    CHECK(refuse(idx_file({1, 1, 1, 1, 1}, "x")) == ": byte 4: has 5 axes; expected 1 to 4");
    CHECK(refuse(idx_file({2, 3}, "abcde")) ==
          ": byte 12: the header promises an array of (2, 3), more than the file can hold; is it complete?");
    CHECK(idx_refusal(path) ==
          ": byte 17: the file ends after 5 of 6 values; is it complete?");  // packed, that is found at the end
    CHECK(refuse(idx_file({2, 3}, "abcdefg")) == ": byte 19: something follows the 6 values that the header promises");
    CHECK_THAT(refuse(idx_file({65536, 65536, 65536, 65536}, "")),
               StartsWith(": byte 20: the header promises an array of (65536, 65536, 65536, 65536); expected at most "
                          "1073741824 values"));
    CHECK_THAT(refuse(idx_file({0xFFFFFFFF}, "x")),
               StartsWith(": byte 8: the header promises an array of (4294967295)"));
    put_packed(path, idx_file({100'000}, std::string(100'000, 'x')));
    put(path, content_of(path).substr(0, 100));
    CHECK_THAT(idx_refusal(path), StartsWith(": byte "));
    CHECK_THAT(error_of<FileError>([&] { read_idx(folder / "y"); }), Containing("cannot be opened: No such file"));
}

TEST_CASE("patches: PNG files, grey and in colour", "[patches]") {
    const TemporaryFolder folder;
    put_png(folder / "grey.png", 3, 2, PNG_FORMAT_GRAY, {0, 1, 2, 3, 4, 255});
    put_png(folder / "colour.png", 1, 2, PNG_FORMAT_RGB, {10, 20, 30, 255, 255, 255});
    const Image grey = read_png(folder / "grey.png");
    CHECK((grey.height == 2 && grey.width == 3 && grey.channels == 1));
    CHECK(grey.values == Values{0, 1, 2, 3, 4, 255});
    CHECK(read_png(folder / "grey.png", 3).values ==
          Values{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 255, 255, 255});
    CHECK(read_png(folder / "colour.png", 3).values == Values{10, 20, 30, 255, 255, 255});
    CHECK(read_png(folder / "colour.png").values[1] == 255);
    CHECK_THAT(error_of<FileError>([&] { read_png(folder / "grey.png", 1, 5); }),
               StartsWith((folder / "grey.png") + ": states 3 x 2 pixels; expected at most 5"));
    CHECK_THAT(text_of([&] { read_png(folder / "grey.png", 2); }), StartsWith("read_png: 2 channels; expected 1 or 3"));
    // 4096 x 4096 in 70 bytes; its header's checksum is wrong, too, which libpng checks
    std::string bomb = content_of(folder / "grey.png");
    bomb.replace(16, 8, "\0\0\x10\0\0\0\x10\0"s);
    const auto checksum =
        static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const ::Bytef*>(bomb.data()) + 12, 17));
    for (int i = 0; i < 4; ++i)
        bomb[29 + static_cast<std::size_t>(i)] = static_cast<char>(checksum >> (24 - 8 * i) & 0xFF);
    put(folder / "bomb.png", bomb);
    CHECK_THAT(text_of([&] { read_png(folder / "bomb.png"); }),
               Containing("states 4096 x 4096 pixels; expected at most 16777216, and no more than its"));
}

TEST_CASE("patches: the shared collection", "[patches][hostile]") {
    check_shared_files({"idx", "png"}, 19, [](const std::string& path, const std::string& format) {
        if (format == "idx") read_idx(path);
        else read_png(path);
    });
}

TEST_CASE("patches: pairs of IDX files, and what does not fit together", "[patches]") {
    const TemporaryFolder folder;
    put_packed(folder / "train-images-idx3-ubyte.gz", idx_file({2, 1, 2}, "\0\xff\x33\x66"s));
    put(folder / "train-labels-idx1-ubyte", idx_file({2}, "\1\0"s));
    const auto read = [&] { return read_idx_images(folder.path(), "train", {"a", "b"}); };
    const LabelledImages images = read();
    CHECK((images.size() == 2 && images.height == 1 && images.width == 2));
    CHECK(images.labels == std::vector<std::int64_t>{1, 0});
    const std::vector<Dim> which = {1, 0, 1};
    const Array x = batch_of(images, which, 0.5, 0.25);
    CHECK(x.shape() == Shape{3, 1, 2, 1});
    CHECK(elements(x)[0] == Approx(-1.2));
    CHECK(elements(x)[2] == Approx(-2));
    CHECK(elements(x)[3] == Approx(2));
    put(folder / "train-labels-idx1-ubyte", idx_file({2}, "\1\2"));
    CHECK(text_of(read) == (folder / "train-labels-idx1-ubyte") + ": label 1 is 2; expected 0 to 1");
    put(folder / "train-labels-idx1-ubyte", idx_file({3}, "\1\0\1"s));
    CHECK_THAT(text_of(read), Containing("holds an array of (3); expected (2), a label for each image of"));
    put_packed(folder / "train-images-idx3-ubyte.gz", idx_file({4}, "abcd"));
    CHECK_THAT(text_of(read), Containing("holds an array of (4); expected (images, height, width)"));
}

TEST_CASE("patches: folders of PNG files", "[patches]") {
    const TemporaryFolder folder;
    const auto read = [&] { return read_class_folders(folder.path()); };
    CHECK_THAT(text_of(read), Containing("holds no images"));
    for (const char* name : {"dog", "cat"}) std::filesystem::create_directory(folder / name);
    put_png(folder / "dog/1.png", 2, 1, PNG_FORMAT_GRAY, {1, 2});
    put_png(folder / "dog/2.png", 2, 1, PNG_FORMAT_GRAY, {3, 4});
    put_png(folder / "cat/9.png", 2, 1, PNG_FORMAT_GRAY, {5, 6});
    const LabelledImages images = read();
    CHECK(images.classes == std::vector<std::string>{"cat", "dog"});
    CHECK(images.labels == std::vector<std::int64_t>{0, 1, 1});
    CHECK(images.values == Values{5, 6, 1, 2, 3, 4});
    put_png(folder / "dog/3.png", 1, 2, PNG_FORMAT_GRAY, {3, 4});
    CHECK(text_of(read) == (folder / "dog/3.png") + ": has 1 x 2 pixels; expected 2 x 1, the size of the first image");
    put(folder / "cat/notes.txt", "none");
    CHECK_THAT(text_of(read), StartsWith((folder / "cat/notes.txt") + ": cannot be read as PNG"));
    put(folder / "notes.txt", "none");
    CHECK_THAT(text_of([&] { read_class_folders(folder / "none"); }), Containing("cannot be read"));
}

TEST_CASE("patches: augmentation shifts, flips and erases, and the same stream does the same", "[patches]") {
    const AugmentOptions none{.shift = 0, .flip = false, .erase = 0};
    CHECK(augmented(none, 3) == counted);
    CHECK(augmented({}, 5) == augmented({}, 5));
    int flipped = 0, moved = 0, erased = 0;
    for (std::uint64_t step = 0; step < 400; ++step) {
        const std::vector<Real> mirror = augmented({.shift = 0, .flip = true, .erase = 0}, step);
        CHECK((mirror == counted || (mirror[0] == 5 && mirror[4] == 1 && mirror[12] == 13 && mirror[29] == 26)));
        flipped += mirror != counted;
        const std::vector<Real> shifted = augmented({.shift = 1, .flip = false, .erase = 0}, step);
        const Real centre = shifted[12];  // row 2, column 2: was 13
        const Dim down = centre > 15 ? -1 : centre < 11 ? 1 : 0, right = 13 - 5 * down - static_cast<Dim>(centre);
        CHECK(std::abs(right) <= 1);
        for (Dim row = 0; row < 6; ++row)
            for (Dim column = 0; column < 5; ++column) {
                const Dim from_row = row - down, from_column = column - right;
                const bool inside = 0 <= from_row && from_row < 6 && 0 <= from_column && from_column < 5;
                if (shifted[static_cast<std::size_t>(row * 5 + column)] !=
                    (inside ? static_cast<Real>(from_row * 5 + from_column + 1) : -9))
                    FAIL("step " << step << ": pixel " << row << ", " << column);
            }
        moved += shifted != counted;
        const std::vector<Real> holed = augmented({.shift = 0, .flip = false, .erase = 0.5}, step);
        int changed = 0;
        for (std::size_t i = 0; i < holed.size(); ++i) changed += holed[i] != counted[i];
        CHECK(changed <= 10);
        erased += changed > 0;
    }
    CHECK(std::abs(flipped - 200) < 50);
    CHECK(std::abs(moved - 356) < 30);
    CHECK(std::abs(erased - 200) < 50);
}

TEST_CASE("patches: Fashion-MNIST, where it is installed", "[patches]") {
    const std::string folder = "/usr/share/datasets/fashion-mnist";
    if (!std::filesystem::exists(folder)) {
        WARN("dataset-fashion-mnist is not installed: its files were not read");
        return;
    }
    const LabelledImages train = read_idx_images(folder, "train", fashion_classes());
    CHECK((train.size() == 60'000 && train.height == 28 && train.width == 28));
    for (std::int64_t label = 0; label < 10; ++label)
        CHECK(std::count(train.labels.begin(), train.labels.end(), label) == 6000);
    CHECK(read_idx_images(folder, "t10k", fashion_classes()).size() == 10'000);
}
