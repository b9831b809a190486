// safetensors: golden bytes, round trips, conversions, the checksum, what the writer refuses.
#include <cmath>
#include <cstring>
#include <limits>
#include <fmt/format.h>
#include <heed/core/io/safetensors.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::io;
using std::string_literals::operator""s;

namespace {

const std::vector<Dtype> all_dtypes = {Dtype::BOOL, Dtype::U8,   Dtype::I8,  Dtype::U16, Dtype::I16,
                                       Dtype::F16,  Dtype::BF16, Dtype::U32, Dtype::I32, Dtype::F32,
                                       Dtype::U64,  Dtype::I64,  Dtype::F64};

template <class T>
std::vector<T> read_all(const SafetensorsReader& reader, std::string_view name) {
    const TensorInfo* tensor = reader.find(name);
    REQUIRE(tensor != nullptr);
    std::vector<T> values(static_cast<std::size_t>(tensor->shape.count()));
    reader.read_as<T>(*tensor, values);
    return values;
}

}  // namespace

TEST_CASE("safetensors: golden bytes", "[io][safetensors]") {
    const TemporaryFolder folder;
    const float w[] = {1.5f, -2.0f};
    const std::int64_t id = 258;
    const unsigned char flag = 1;
    const std::vector<TensorSource> sources = {{"z", Dtype::BOOL, {1, 1}, &flag},
                                               {"w", Dtype::F32, {2}, w},
                                               {"id", Dtype::I64, {}, &id}};
    write_safetensors(folder / "a", sources, {{"k", "v"}}, Checksum::none);
    const std::string header = R"({"__metadata__":{"k":"v"},"id":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                               R"("w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
                               R"("z":{"dtype":"BOOL","shape":[1,1],"data_offsets":[16,17]}})";
    REQUIRE(header.size() == 191);
    CHECK(content_of(folder / "a") ==
          "\xc0\0\0\0\0\0\0\0"s + header + " " + "\x02\x01\0\0\0\0\0\0\0\0\xc0\x3f\0\0\0\xc0\x01"s);
}

TEST_CASE("safetensors: every dtype, rank 0, zero sizes and any name round trip", "[io][safetensors]") {
    const TemporaryFolder folder;
    const std::vector<Shape> shapes = {{}, {3}, {0}, {2, 0, 3}, {2, 3}, {1, 2, 1, 2, 1, 2, 1, 2}};
    const std::vector<std::string> names = {
        "", "../../etc/passwd", "\xe6\xb3\xa8\xe6\x84\x8f", "a\0b"s, "quote\"back\\slash", "a", std::string(5000, 'n')};
    std::vector<std::byte> bytes(16 * 8);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 37 + 1);
    std::vector<TensorSource> sources;
    for (const std::string& name : names) {
        for (const Dtype dtype : all_dtypes) {
            for (std::size_t s = 0; s < shapes.size(); ++s) {
                sources.push_back({fmt::format("{}{}{}", name, name_of(dtype), s), dtype, shapes[s], bytes.data()});
            }
        }
    }
    const Metadata metadata = {{"", "empty"}, {"step", "12"}, {"\xc3\xa9", "\n\""}};
    write_safetensors(folder / "a", sources, metadata, Checksum::none);
    const SafetensorsReader reader(folder / "a");
    CHECK(reader.metadata() == metadata);
    REQUIRE(reader.tensors().size() == sources.size());
    CHECK(reader.find("b") == nullptr);
    for (const TensorSource& source : sources) {
        const TensorInfo* tensor = reader.find(source.name);
        REQUIRE(tensor != nullptr);
        CHECK(tensor->name == source.name);
        CHECK(tensor->dtype == source.dtype);
        CHECK(tensor->shape == source.shape);
        CHECK(tensor->begin % size_of(tensor->dtype) == 0);
        std::vector<std::byte> back(tensor->end - tensor->begin),
            expected(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(back.size()));
        REQUIRE(back.size() == static_cast<std::size_t>(source.shape.count()) * size_of(source.dtype));
        reader.read(*tensor, back.data(), back.size());
        if (source.dtype == Dtype::BOOL) expected.assign(expected.size(), std::byte{1});  // none of these bytes is 0
        CHECK(back == expected);
    }
    write_safetensors(folder / "none", {});
    CHECK(SafetensorsReader(folder / "none").tensors().empty());
}

TEST_CASE("safetensors: values convert", "[io][safetensors]") {
    const TemporaryFolder folder;
    const double f64[] = {0.1, 1e300, -0.0};
    const float f32[] = {0.1f, -3};
    const std::int8_t i8[] = {-128, 127};
    const std::uint64_t u64[] = {1, (1ull << 63) - 1, 1ull << 63};
    const unsigned char truths[] = {0, 1, 2};
    write_safetensors(folder / "a", {{"f64", Dtype::F64, {3}, f64},
                                     {"f32", Dtype::F32, {2}, f32},
                                     {"i8", Dtype::I8, {2}, i8},
                                     {"u64", Dtype::U64, {3}, u64},
                                     {"u64 small", Dtype::U64, {2}, u64},
                                     {"truths", Dtype::BOOL, {3}, truths}});
    const SafetensorsReader reader(folder / "a");
    const auto narrowed = read_all<float>(reader, "f64");
    CHECK(narrowed[0] == 0.1f);
    CHECK(narrowed[1] == std::numeric_limits<float>::infinity());
    CHECK(std::signbit(narrowed[2]));
    CHECK(read_all<double>(reader, "f64") == std::vector<double>(f64, f64 + 3));
    CHECK(read_all<double>(reader, "f32") == std::vector<double>{f32[0], -3});
    CHECK(read_all<std::int64_t>(reader, "i8") == std::vector<std::int64_t>{-128, 127});
    CHECK(read_all<float>(reader, "u64") == std::vector<float>{1, 0x1p63f, 0x1p63f});
    CHECK(read_all<std::int64_t>(reader, "u64 small") ==
          std::vector<std::int64_t>{1, std::numeric_limits<std::int64_t>::max()});
    CHECK(read_all<float>(reader, "truths") == std::vector<float>{0, 1, 1});
    std::int64_t ids[3];
    CHECK(error_of<FileError>([&] { reader.read_as<std::int64_t>(*reader.find("u64"), ids); }) ==
          folder / "a" + ": tensor 'u64': element 2 does not fit in a signed 64-bit integer");
    CHECK(error_of<DtypeError>([&] { reader.read_as<std::int64_t>(*reader.find("f64"), ids); }) ==
          folder / "a" + ": tensor 'f64': is F64; expected integers");
    CHECK(error_of<RangeError>([&] { reader.read_as<std::int64_t>(*reader.find("i8"), ids); }) ==
          folder / "a" + ": tensor 'i8': has shape (2); the buffer has 3 elements");
    CHECK(error_of<RangeError>([&] { reader.read(*reader.find("i8"), ids, 8); }) ==
          folder / "a" + ": tensor 'i8': has 2 bytes; the buffer has 8");
}

TEST_CASE("safetensors: every 16-bit float is decoded, over block boundaries", "[io][safetensors]") {
    const TemporaryFolder folder;
    std::vector<std::uint16_t> bits(65536);
    for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = static_cast<std::uint16_t>(i);
    write_safetensors(folder / "a",
                      {{"half", Dtype::F16, {65536}, bits.data()}, {"brain", Dtype::BF16, {65536}, bits.data()}});
    const SafetensorsReader reader(folder / "a");
    const auto value_of = [](int code, int exponent_bits, int fraction_bits) {  // the definition of IEEE 754
        const int top = (1 << exponent_bits) - 1, bias = top / 2;
        const int exponent = code >> fraction_bits & top, fraction = code & ((1 << fraction_bits) - 1);
        double value = std::ldexp(exponent == 0 ? fraction : fraction + (1 << fraction_bits),
                                  std::max(exponent, 1) - bias - fraction_bits);
        if (exponent == top) value = fraction == 0 ? HUGE_VAL : std::numeric_limits<double>::quiet_NaN();
        return std::copysign(value, (code & 0x8000) != 0 ? -1.0 : 1.0);
    };
    const auto check = [&](const char* name, int exponent_bits, int fraction_bits) {
        const auto doubles = read_all<double>(reader, name);
        const auto floats = read_all<float>(reader, name);
        for (int i = 0; i < 65536; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const double expected = value_of(i, exponent_bits, fraction_bits);
            const bool same = std::isnan(expected)
                                  ? std::isnan(doubles[at]) && std::isnan(floats[at])
                                  : doubles[at] == expected && floats[at] == static_cast<float>(expected) &&
                                        std::signbit(floats[at]) == std::signbit(expected);
            if (!same) FAIL(name << " " << i << " is " << doubles[at] << ", expected " << expected);
        }
    };
    check("half", 5, 10);
    check("brain", 8, 7);
}

TEST_CASE("safetensors: a checksum finds any changed byte of the data", "[io][safetensors]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a", digits = "123456789";
    write_safetensors(path, {{"t", Dtype::U8, {9}, digits.data()}}, {{std::string(checksum_key), "stale"}});
    CHECK(SafetensorsReader(path).metadata().at(std::string(checksum_key)) == "e3069283");
    std::string content = content_of(path);
    content[content.size() - 9] = '0';
    put(path, content);
    CHECK(error_of<FileError>([&] { const SafetensorsReader reader(path); }) ==
          fmt::format("{}: byte {}: the data have crc32c 173844cb but metadata 'heed.crc32c' is 'e3069283'; the file "
                      "is damaged, take an earlier one",
                      path, content.size() - 9));
    write_safetensors(path, {{"t", Dtype::U8, {9}, digits.data()}}, {{std::string(checksum_key), "stale"}},
                      Checksum::none);
    CHECK(SafetensorsReader(path).metadata().empty());
}

TEST_CASE("safetensors: the writer refuses what the reader would, and touches nothing", "[io][safetensors]") {
    const TemporaryFolder folder;
    const std::string path = folder / "a";
    const float x = 1;
    const auto refusal = [&](const std::vector<TensorSource>& tensors, const Metadata& metadata = {}) {
        return error_of<RangeError>([&] { write_safetensors(path, tensors, metadata); });
    };
    const std::string start = "write_safetensors: " + path + ": ";
    CHECK(refusal({{"w", Dtype::F32, {}, &x}, {"w", Dtype::F32, {}, &x}}) == start + "two tensors are named 'w'");
    CHECK(refusal({{"__metadata__", Dtype::F32, {}, &x}}) ==
          start + "a tensor is named '__metadata__', which the format reserves");
    CHECK(refusal({{"w", Dtype::F32, {-1}, &x}}) ==
          start + "tensor 'w' has shape (-1); expected sizes from 0 and at most 2^48 elements");
    CHECK(refusal({{"w", Dtype::F32, {2}, nullptr}}) == start + "tensor 'w' has no data");
    CHECK_THAT(refusal({{"\xff", Dtype::F32, {}, &x}}), StartsWith(start + "a name or the metadata is no valid UTF-8"));
    CHECK_THAT(refusal({}, {{"k", "\xff"}}), StartsWith(start + "a name or the metadata is no valid UTF-8"));
    CHECK(folder.files() == 0);
}
