// NPY: round trips, NumPy's own bytes, what is refused and with which texts.
#include <cstring>
#include <limits>
#include <fmt/format.h>
#include <heed/core/io/npy.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::io;
using std::string_literals::operator""s;

namespace {

// A version 1.0 file with this header text, padded like NumPy's.
std::string npy(const std::string& header, std::size_t data, char version = 1) {
    std::string text = header + std::string((128 - 10 - 1 - header.size() % 64) % 64, ' ') + '\n';
    return "\x93NUMPY"s + version + '\0' + static_cast<char>(text.size() & 0xFF) + static_cast<char>(text.size() >> 8) +
           (version > 1 ? "\0\0"s : ""s) + text + std::string(data, '\0');
}

std::string refusal(const std::string& file) {
    return error_of<FileError>([&] { parse_npy_header(bytes_of(file), file.size(), "a.npy"); });
}

}  // namespace

TEST_CASE("npy: writes NumPy's bytes", "[io][npy]") {
    const TemporaryFolder folder;
    const float values[] = {1.5f, -2.0f};
    write_npy(folder / "a", Dtype::F32, {2}, values);
    // numpy.save(f, numpy.array([1.5, -2], '<f4'))
    const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
    CHECK(content_of(folder / "a") ==
          "\x93NUMPY\x01\0v\0"s + header + std::string(60, ' ') + "\n\0\0\xc0\x3f\0\0\0\xc0"s);
}

TEST_CASE("npy: round trips", "[io][npy]") {
    const TemporaryFolder folder;
    const Shape shape =
        GENERATE(Shape{}, Shape{5}, Shape{0}, Shape{2, 0, 3}, Shape{2, 3}, Shape{1, 2, 1, 2, 1, 2, 1, 2});
    const Dtype dtype = GENERATE(Dtype::F32, Dtype::F64, Dtype::I32, Dtype::I64, Dtype::U8, Dtype::BOOL);
    std::vector<std::byte> bytes(static_cast<std::size_t>(shape.count()) * size_of(dtype));
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(dtype == Dtype::BOOL ? i % 2 : i * 37 + 1);
    write_npy(folder / "a", dtype, shape, bytes.data());
    const NpyArray back = read_npy(folder / "a");
    CHECK(back.dtype == dtype);
    CHECK(back.shape == shape);
    CHECK(back.bytes == bytes);
}

TEST_CASE("npy: elements convert, booleans become 0 or 1", "[io][npy]") {
    const TemporaryFolder folder;
    const std::int64_t wide[] = {std::numeric_limits<std::int64_t>::min(), 7};
    write_npy(folder / "a", Dtype::I64, {2}, wide);
    CHECK(read_npy(folder / "a").as<double>() == std::vector<double>{-0x1p63, 7});
    CHECK(read_npy(folder / "a").as<std::int64_t>() == std::vector<std::int64_t>(wide, wide + 2));
    const char truths[] = {0, 2, -1};
    write_npy(folder / "b", Dtype::BOOL, {3}, truths);
    CHECK(read_npy(folder / "b").bytes == std::vector<std::byte>{std::byte{0}, std::byte{1}, std::byte{1}});
    const float one = 1;
    write_npy(folder / "c", Dtype::F32, {}, &one);
    CHECK(error_of<DtypeError>([&] { read_npy(folder / "c").as<std::int64_t>(); }) ==
          "F32 cannot be converted to an integer");
    CHECK_THROWS_AS(write_npy(folder / "d", Dtype::BF16, {}, &one), DtypeError);
    CHECK_THROWS_AS(write_npy(folder / "d", Dtype::F32, {-1}, &one), RangeError);
}

TEST_CASE("npy: keys in any order, either quote, versions 1 to 3", "[io][npy]") {
    const char version = GENERATE(char{1}, char{2}, char{3});
    const std::string file = npy("{\"shape\" :(2 , 3,) ,'fortran_order':False,'descr':'<i4'}", 24, version);
    const NpyHeader header = parse_npy_header(bytes_of(file), file.size(), "a.npy");
    CHECK(header.dtype == Dtype::I32);
    CHECK(header.shape == Shape{2, 3});
    CHECK(header.data_begin == file.size() - 24);
}

TEST_CASE("npy: what is refused, and the error texts", "[io][npy]") {
    const auto with_shape = [](const std::string& shape) {
        return npy("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}", 16);
    };
    CHECK(refusal("") == "a.npy: byte 0: the file does not begin with \\x93NUMPY; is this an NPY file?");
    CHECK(refusal("\x93NUMPY\x01") == "a.npy: byte 7: the header is cut; is the file complete?");
    CHECK(refusal("\x93NUMPY\x04\0\0\0"s) == "a.npy: byte 6: version 4.0 is not supported; expected 1.0, 2.0 or 3.0");
    CHECK(refusal("\x93NUMPY\x01\0\x02\0"s) ==
          "a.npy: byte 8: the header length is 2 but the file ends at 10; is it complete?");
    CHECK(refusal("\x93NUMPY\x02\0\xff\xff\xff\xff"s) ==
          "a.npy: byte 8: the header length is 4294967295; expected at most 65524");
    CHECK(refusal(with_shape("(5,)")) == "a.npy: byte 128: 16 bytes follow; expected 20 because the array is F32 (5)");
    CHECK(refusal(with_shape("(3,)")) == "a.npy: byte 128: 16 bytes follow; expected 12 because the array is F32 (3)");
    CHECK_THAT(refusal(with_shape("(4)")), Containing("expected a tuple like (3,)"));
    CHECK_THAT(refusal(with_shape("(1, 2, 1, 2, 1, 1, 1, 1, 1)")), Containing("the shape has more than 8 axes"));
    CHECK_THAT(refusal(with_shape("(281474976710657, 0)")), Containing("a size in the shape is above 2^48"));
    CHECK_THAT(refusal(with_shape("(18446744073709551620,)")), Containing("a size in the shape is above 2^48"));
    CHECK(refusal(with_shape("(281474976710656, 4, 0)")) ==
          "a.npy: header: shape (281474976710656, 4, 0) has more than 2^48 elements");
    for (const char* shape : {"(-4,)", "(4.0,)", "(True,)", "(04,)", "(4L,)", "(,)", "(4,,)", "(4 4)", "[4]", "4",
                              "(4,", "(4_0,)", "(1e3,)"}) {
        CAPTURE(shape);
        CHECK_THAT(refusal(with_shape(shape)), StartsWith("a.npy: byte "));
    }
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (4,)}", 16)),
               Containing("Fortran order is not supported"));
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}", 16)),
               Containing("neither True nor False"));
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'shape': (4,)}", 16)), Containing("a key is missing"));
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'descr': '<f4', 'shape': (4,)}", 16)),
               Containing("key 'descr' is unknown or there twice"));
    CHECK_THAT(refusal(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} + 1", 16)),
               Containing("one newline after the header's '}'"));
    const auto dtype_refusal = [](const std::string& descr) {
        const std::string file = npy("{'descr': " + descr + ", 'fortran_order': False, 'shape': (4,)}", 16);
        return error_of<DtypeError>([&] { parse_npy_header(bytes_of(file), file.size(), "a.npy"); });
    };
    CHECK(dtype_refusal("'>f4'") ==
          "a.npy: byte 20: dtype '>f4' is not supported; convert it to one of <f4 <f8 <i4 <i8 |u1 |b1");
    CHECK_THAT(dtype_refusal("'|O'"), Containing("dtype '|O' is not supported"));
    CHECK_THAT(dtype_refusal("[('a', '<f4')]"), Containing("dtype 'structured' is not supported"));
}
