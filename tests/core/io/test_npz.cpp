// Archives of arrays: NumPy's, heed's own, and archives that are made to break the reader.
#include <cstring>
#include <numeric>
#include <fmt/format.h>
#include <heed/core/io/npz.hpp>
#include <heed/tests/hostile.hpp>

using namespace heed;
using namespace heed::io;

namespace {

using Doubles = std::vector<double>;

const std::vector<float> values = {1, 2.5f, -3, 0, 5, 6};

std::string archive(const std::string& path, NpzMethod method = NpzMethod::stored) {
    write_npz(path, {{"w", {Dtype::F32, {2, 3}, values.data()}}}, method);
    return content_of(path);
}

std::string refusal(const std::string& path, const NpzLimits& limits = {}) {
    return error_of<FileError>([&] { read_npz(path, limits); });
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    REQUIRE(from.size() == to.size());
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
        text.replace(at, to.size(), to);
    return text;
}

// `content` with a 16-bit field of each entry set to `value`: at offset `local` of its own header, and at `central` of
// its line in the directory.
std::string with_field(std::string content, std::size_t local, std::size_t central, std::uint16_t value) {
    for (const auto& [mark, offset] : {std::pair{"PK\3\4", local}, std::pair{"PK\1\2", central}})
        std::memcpy(content.data() + content.find(mark) + offset, &value, sizeof value);
    return content;
}

// `content`, an archive of one stored entry, with the entry as the literal block of a deflated stream. (Of stored
// entries, libzip 1.11 compares the sizes already when it opens the file.)
std::string as_block(const std::string& content) {
    const std::size_t begin = content.find("\x93NUMPY"), end = content.find("PK\1\2"),
                      offset = content.find("PK\5\6") + 16;
    const auto size = static_cast<std::uint16_t>(end - begin);
    const std::uint16_t last = 1, sizes[] = {size, static_cast<std::uint16_t>(~size)},
                        moved = static_cast<std::uint16_t>(end + 5);
    std::string start(5, '\0'), packed = content;
    std::memcpy(start.data(), &last, 1);
    std::memcpy(start.data() + 1, sizes, sizeof sizes);
    std::memcpy(packed.data() + offset, &moved, sizeof moved);  // of the directory
    packed.insert(begin, start);
    return with_field(with_field(packed, 8, 10, 8), 18, 20, static_cast<std::uint16_t>(size + 5));
}

}  // namespace

TEST_CASE("npz: what NumPy wrote", "[io][npz]") {
    for (const char* name : {"numpy_stored.npz", "numpy_deflated.npz"}) {
        CAPTURE(name);
        const std::map<std::string, NpyArray> arrays = read_npz(std::string(HEED_SOURCE_DIR "/tests/files/") + name);
        REQUIRE(arrays.size() == 7);
        CHECK(arrays.at("f4").shape == Shape{2, 2});
        CHECK(arrays.at("f4").as<double>() == Doubles{1.5, -2, 0, HUGE_VAL});
        CHECK(arrays.at("f8").shape == Shape{});
        CHECK(arrays.at("f8").as<double>() == Doubles{0.1});
        CHECK(arrays.at("i4").as<double>() == Doubles{-2, -1, 0, 1, 2});
        CHECK(arrays.at("i8").as<std::int64_t>() == std::vector<std::int64_t>{std::int64_t{1} << 40});
        Doubles bytes(256);
        std::iota(bytes.begin(), bytes.end(), 0);
        CHECK(arrays.at("u1").as<double>() == bytes);
        CHECK(arrays.at("b1").dtype == Dtype::BOOL);
        CHECK(arrays.at("b1").as<double>() == Doubles{1, 0, 1});
        CHECK(arrays.at("none").shape == Shape{0, 3});
    }
}

TEST_CASE("npz: written and read again, the same bytes each time", "[io][npz]") {
    const TemporaryFolder folder;
    std::vector<double> many(100'000);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i % 100);
    const std::int64_t one = -7;
    for (const NpzMethod method : {NpzMethod::stored, NpzMethod::deflated}) {
        const auto write = [&](const std::string& path) {
            const NpzSource a{Dtype::F64, {1000, 100}, many.data()}, b{Dtype::I64, {}, &one},
                c{Dtype::U8, {0}, nullptr};
            write_npz(path, {{"a/b", a}, {"", b}, {"ö", c}}, method);
        };
        write(folder / "x.npz");
        write(folder / "y.npz");
        CHECK(content_of(folder / "x.npz") == content_of(folder / "y.npz"));
        CHECK((content_of(folder / "x.npz").size() < 100'000) == (method == NpzMethod::deflated));
        const std::map<std::string, NpyArray> arrays = read_npz(folder / "x.npz");
        REQUIRE(arrays.size() == 3);
        CHECK(arrays.at("a/b").shape == Shape{1000, 100});
        CHECK(arrays.at("a/b").as<double>() == many);
        CHECK(arrays.at("").as<std::int64_t>() == std::vector<std::int64_t>{-7});
        CHECK(arrays.at("ö").shape == Shape{0});
        CHECK(folder.files() == 2);
    }
    write_npz(folder / "none.npz", {{"w", {Dtype::F32, {2, 3}, values.data()}}});
    CHECK_THAT(error_of<DtypeError>([&] {
                   write_npz(folder / "x.npz", {{"w", {Dtype::F16, {1}, nullptr}}});
               }),
               Containing("dtype 'F16'"));
    CHECK_THAT(error_of<RangeError>([&] { write_npz(folder / "x.npz", {}); }), Containing("no array is given"));
    CHECK_THAT(error_of<IoError>([&] {
                   write_npz(folder / "no/x.npz", {{"w", {Dtype::U8, {0}, nullptr}}});
               }),
               StartsWith((folder / "no/x.npz") + ": cannot be written"));
}

TEST_CASE("npz: damaged archives are refused, and by the entry's name", "[io][npz][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "x.npz", good = archive(path);
    const auto refuse = [&](const std::string& content) {
        put(path, content);
        return refusal(path).substr(path.size());
    };
    CHECK_THAT(refusal(folder / "none.npz"), Containing("cannot be opened: No such file"));
    CHECK_THAT(refusal(folder.path()), Containing("is a folder"));
    CHECK_THAT(refuse(""), StartsWith(": archive: cannot be opened: "));
    CHECK_THAT(refuse(good.substr(0, good.size() - 1)), StartsWith(": archive: cannot be opened: "));
    CHECK_THAT(refuse(replaced(good, "w.npy", "w.txt")),
               StartsWith(": entry 'w.txt': expected a name that ends in .npy"));
    CHECK_THAT(refuse(replaced(good, "NUMPY", "NUMPI")), StartsWith(": entry 'w.npy': "));
    CHECK_THAT(refuse(replaced(good, "(2, 3)", "(2, 4)")),
               StartsWith(": entry 'w.npy': byte 128: 24 bytes follow; expected 32"));
    CHECK_THAT(refuse(with_field(good, 8, 10, 12)), StartsWith(": entry 'w.npy': is packed by method 12"));
    CHECK_THAT(refuse(with_field(as_block(good), 6, 8, 1)), StartsWith(": entry 'w.npy': is encrypted"));
    std::string flipped = good;
    flipped[good.find("PK\1\2") - 1] ^= 1;  // the last byte of the array
    CHECK_THAT(refuse(flipped), StartsWith(": entry 'w.npy': cannot be unpacked: CRC error"));
    write_npz(path, {{"v", {Dtype::F32, {2, 3}, values.data()}}, {"w", {Dtype::F32, {2, 3}, values.data()}}});
    CHECK_THAT(refuse(replaced(content_of(path), "v.npy", "w.npy")),
               StartsWith(": archive: two entries have the same name"));
}

TEST_CASE("npz: an archive that unpacks to too much is refused before it is", "[io][npz][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "bomb.npz";
    const std::vector<std::byte> zeros(std::size_t{32} << 20);
    write_npz(path, {{"w", {Dtype::U8, {32, 1 << 20}, zeros.data()}}}, NpzMethod::deflated);
    REQUIRE(content_of(path).size() < 100'000);
    CHECK_THAT(refusal(path),
               StartsWith(path + ": entry 'w.npy': states 33554560 bytes, which brings the archive above "));
    CHECK(read_npz(path, {.ratio = 2000}).at("w").bytes == zeros);
    CHECK_THAT(refusal(path, {.bytes = 1 << 20, .ratio = 2000}), Containing("above 1048576, the most"));
    write_npz(path, {{"v", {Dtype::F32, {2, 3}, values.data()}}, {"w", {Dtype::F32, {2, 3}, values.data()}}});
    CHECK(read_npz(path, {.bytes = 304}).size() == 2);
    CHECK_THAT(refusal(path, {.bytes = 303}), StartsWith(path + ": entry 'w.npy': states 152 bytes"));  // both together
}

TEST_CASE("npz: an entry that unpacks to more or fewer bytes than it states", "[io][npz][hostile]") {
    const TemporaryFolder folder;
    const std::string path = folder / "x.npz", good = as_block(archive(path));
    put(path, good);
    CHECK(read_npz(path).at("w").as<double>() == Doubles(values.begin(), values.end()));
    // the array's header agrees with the size that the entry states
    put(path, with_field(replaced(good, "(2, 3)", "(2, 2)"), 22, 24, 144));
    CHECK(refusal(path) ==
          path + ": entry 'w.npy': unpacks to more than the 144 bytes that it states; the file is damaged");
    put(path, with_field(replaced(good, "(2, 3)", "(2, 4)"), 22, 24, 160));
    CHECK(refusal(path) == path + ": entry 'w.npy': cannot be unpacked: CRC error");
}

TEST_CASE("npz: the shared collection", "[io][npz][hostile]") {
    check_shared_files({"npz"}, 6, [](const std::string& path, const std::string&) { read_npz(path); });
}
