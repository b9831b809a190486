// Files made to break a reader: own ones in every build, and the collection under $HEED_SHARED where there is one.
#include <cstring>
#include <random>
#include <set>
#include <vector>
#include <fmt/format.h>
#include <heed/core/io/checked.hpp>
#include <heed/core/io/npy.hpp>
#include <heed/core/io/safetensors.hpp>
#include <heed/tests/hostile.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::io;
using std::string_literals::operator""s;

namespace {

std::string safetensors(const std::string& json, std::size_t data) {
    const std::uint64_t length = json.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + json + std::string(data, '\0');
}

SafetensorsHeader parse(const std::string& file) { return parse_safetensors_header(bytes_of(file), file.size(), "f"); }
std::string refusal(const std::string& file) {
    return error_of<FileError>([&] { parse(file); });
}

// A file with one tensor 'w' of these fields, and so many bytes of data.
std::string fields(const std::string& text, std::size_t data) { return safetensors("{\"w\":{" + text + "}}", data); }

std::string with_length(std::uint64_t length) {
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + "{}";
}

void read_everything(const std::string& path, const std::string& format) {
    if (format == "npy") {
        read_npy(path).as<float>();
        return;
    }
    const SafetensorsReader reader(path);
    for (const TensorInfo& tensor : reader.tensors()) {
        std::vector<float> values(static_cast<std::size_t>(tensor.shape.count()));
        reader.read_as<float>(tensor, values);
    }
}

// A changed copy of `file`: one to three cuts, copies, swaps of bytes or digits.
std::string mutated(std::string file, std::mt19937& random) {
    static const std::string tokens = "{}[]\":,0123456789.-eE\\ \0\xff\x7fntf()'|<"s;
    const auto below = [&](std::size_t n) { return n == 0 ? 0 : random() % n; };
    for (std::size_t change = 0; change <= below(3); ++change) {
        const std::size_t at = below(file.size()), n = 1 + below(24);
        switch (below(6)) {
        case 0: file.erase(at, n); break;
        case 1: file.insert(below(file.size()), file.substr(at, n)); break;
        case 2: file.insert(at, 1, tokens[below(tokens.size())]); break;
        case 3: file.resize(at); break;
        case 4:
            if (at < file.size()) file[at] = static_cast<char>(random());
            break;
        default:  // another digit somewhere: sizes and offsets that nearly fit
            const std::size_t digit = file.find_first_of("0123456789", at);
            if (digit != std::string::npos) file[digit] = static_cast<char>('0' + below(10));
        }
    }
    return file;
}

}  // namespace

TEST_CASE("hostile: malformed safetensors headers, and the error texts", "[io][hostile]") {
    CHECK(refusal("") == "f: byte 0: the file has 0 bytes; expected at least 8; is it complete?");
    CHECK(refusal(with_length(3)) == "f: byte 0: the header length is 3 but 2 bytes follow; is it complete?");
    CHECK(refusal(with_length(100'000'000)) ==
          "f: byte 0: the header length is 100000000 but 2 bytes follow; is it complete?");
    CHECK(refusal(with_length(100'000'001)) ==
          "f: byte 0: the header length is 100000001; expected at most 100000000; is it a safetensors file?");
    CHECK_THAT(refusal(with_length(~std::uint64_t{7})),
               StartsWith("f: byte 0: the header length is 18446744073709551608; expected at most"));
    CHECK(refusal(safetensors("", 0)) == "f: byte 8: the header does not begin with '{'; is it a safetensors file?");
    CHECK(refusal(safetensors("\xEF\xBB\xBF{}", 0)) ==
          "f: byte 8: the header begins with a byte order mark; write it without");
    CHECK(refusal(safetensors("{}\0"s, 0)) == "f: byte 10: the header holds a NUL byte; pad it with spaces");
    CHECK_THAT(refusal(safetensors("{}{}", 0)), StartsWith("f: byte 10: the header is no valid JSON near"));
    CHECK(refusal(safetensors("{}", 1)) == "f: byte 10: the tensors need 0 bytes but 1 follow; the file is damaged");
    CHECK(refusal(safetensors("{\"w\":3}", 0)) == "f: tensor 'w': is the number 3; expected an object");
    CHECK(refusal(safetensors("{\"w\":" + std::string(20000, '['), 0)) ==
          "f: tensor 'w': is an array; expected an object");
    CHECK(refusal(safetensors(R"({"__metadata__":{"a":1}})", 0)) ==
          "f: metadata 'a': is the number 1; expected a string");
    CHECK(refusal(safetensors(R"({"__metadata__":{"a":"","a":""}})", 0)) == "f: metadata 'a': is there twice");
    const std::string f32 = R"("dtype":"F32",)", w = R"("w":{"dtype":"U8","shape":[1],"data_offsets":)";
    CHECK(refusal(safetensors("{" + w + "[0,1]}," + w + "[1,2]}}", 2)) == "f: tensor 'w': is there twice");
    CHECK(refusal(fields(f32 + f32, 0)) == "f: tensor 'w': 'dtype' is there twice");
    CHECK(refusal(fields(f32 + R"("shape":[])", 4)) ==
          "f: tensor 'w': a field is missing; expected dtype, shape and data_offsets");
    CHECK(refusal(fields(R"("order":"C")", 4)) ==
          "f: tensor 'w': unknown field 'order'; expected dtype, shape and data_offsets");
    CHECK(refusal(fields(R"("dtype":4)", 4)) == "f: tensor 'w': dtype is the number 4; expected a string");
    const auto shape = [&](const std::string& sizes) {
        return refusal(fields(f32 + "\"shape\":" + sizes + R"(,"data_offsets":[0,8])", 8));
    };
    CHECK(shape("[3]") == "f: tensor 'w': data_offsets [0, 8] hold 8 bytes; expected 12 because it is F32 (3)");
    CHECK(shape("[2.0]") == "f: tensor 'w': the shape holds the number '2.0'; expected whole numbers from 0");
    CHECK(shape("[-2]") == "f: tensor 'w': the shape holds a negative number; expected whole numbers from 0");
    CHECK(shape("[[2]]") == "f: tensor 'w': the shape holds an array; expected whole numbers from 0");
    CHECK(shape("2") == "f: tensor 'w': shape is the number 2; expected a list of numbers");
    CHECK(shape("[1,1,1,1,1,1,1,1,2]") == "f: tensor 'w': the shape has more than 8 axes, heed's most");
    CHECK(shape("[281474976710657,0]") ==
          "f: tensor 'w': the shape has a size of 281474976710657; expected at most 2^48");
    CHECK(shape("[281474976710656,4,0]") == "f: tensor 'w': shape (281474976710656, 4, 0) has more than 2^48 elements");
    const auto offsets = [&](const std::string& range, std::size_t data) {
        return refusal(fields(f32 + R"("shape":[2],"data_offsets":)" + range, data));
    };
    CHECK(offsets("[8,0]", 8) == "f: tensor 'w': data_offsets [8, 0] end before they begin");
    CHECK(offsets("[0]", 8) == "f: tensor 'w': data_offsets has 1 numbers; expected [begin, end]");
    CHECK(offsets("[0,8,8]", 8) == "f: tensor 'w': data_offsets has more than two numbers; expected [begin, end]");
    CHECK(offsets("[1,9]", 9) ==
          "f: tensor 'w': its data begin at 1; expected 0, the end of the tensor before: there is a gap; the file is "
          "damaged");
    CHECK_THAT(offsets("[0,8]", 7), Containing("the tensors need 8 bytes but 7 follow; is the file complete?"));
    CHECK_THAT(refusal(safetensors("{" + w + "[0,1]},\"v" + w.substr(2) + "[0,1]}}", 1)),
               Containing("expected 1, the end of the tensor before: they overlap"));
    CHECK_THAT(error_of<DtypeError>([&] { parse(fields(R"("dtype":"F8_E4M3")", 0)); }),
               StartsWith("f: tensor 'w': dtype 'F8_E4M3' is not supported; convert it to one of BOOL, U8, I8,"));
    CHECK(parse(safetensors("{}  ", 0)).tensors.empty());
    const std::string empty_last = "{" + w + R"([0,1]},"x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})";
    // an empty tensor comes first, whatever its name
    CHECK(parse(safetensors(empty_last, 1)).tensors.at(1).name == "w");
}

TEST_CASE("hostile: 100,000 mutations of a safetensors header are refused or sound", "[io][hostile]") {
    const std::string valid =
        safetensors(R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                    R"("b":{"dtype":"U8","shape":[0,9],"data_offsets":[24,24]},"c":{"dtype":"I16","shape":[],)"
                    R"("data_offsets":[24,26]}})",
                    26);
    std::mt19937 random(20240229);
    int accepted = 0;
    std::set<std::string> texts;
    for (int i = 0; i < 100'000; ++i) {
        std::string file = mutated(valid, random);
        if (const std::uint64_t length = file.size() - 26;
            i % 2 == 0 && file.size() > 40) {  // get past the first check
            const std::uint64_t json = length - 8;
            std::memcpy(file.data(), &json, sizeof json);
        }
        try {
            const SafetensorsHeader header = parse(file);
            ++accepted;
            std::uint64_t end = 0;
            for (const TensorInfo& t : header.tensors) {
                const bool sound = t.begin == end && t.end >= end &&
                                   t.end - t.begin == count_elements(t.shape).value() * size_of(t.dtype);
                if (!sound) FAIL("accepted: " << file.substr(8));
                end = t.end;
            }
            if (header.data_begin + end != file.size()) FAIL("accepted: " << file.substr(8));
        } catch (const FileError& error) {
            const std::string text = error.what();
            texts.insert(text.substr(0, text.find_first_of("0123456789'")));
        }
    }
    CHECK(accepted > 100);  // else the mutations test the first check only
    CHECK(texts.size() >= 3);
}

TEST_CASE("hostile: 100,000 mutations of an NPY header are refused or sound", "[io][hostile]") {
    const std::string valid = "\x93NUMPY\x01\0\x3f\0"s +
                              "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }   \n" +
                              std::string(24, '\0');
    REQUIRE(parse_npy_header(bytes_of(valid), valid.size(), "f").shape == Shape{2, 3});
    std::mt19937 random(20240301);
    int accepted = 0;
    for (int i = 0; i < 100'000; ++i) {
        const std::string file = mutated(valid, random);
        try {
            const NpyHeader header = parse_npy_header(bytes_of(file), file.size(), "f");
            ++accepted;
            if (header.data_begin + count_elements(header.shape).value() * size_of(header.dtype) != file.size())
                FAIL("accepted: " << file);
        } catch (const FileError&) {}
    }
    CHECK(accepted > 100);
}

TEST_CASE("hostile: the shared collection", "[io][hostile]") { check_shared_files({"st", "npy"}, 60, read_everything); }
