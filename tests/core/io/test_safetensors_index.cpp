// Weights in several safetensors files: what an index states is read, and refused where it and the files differ.
#include <filesystem>
#include <fmt/format.h>
#include <heed/core/io/safetensors_index.hpp>
#include <heed/tests/io_files.hpp>

using namespace heed;
using namespace heed::io;
using std::string_literals::operator""s;

namespace {

std::string refusal(const std::string& text) {
    return error_of<FileError>([&] { parse_safetensors_index(text, "f"); });
}
std::string mapped(const std::string& entries) { return refusal("{\"weight_map\":{" + entries + "}}"); }

void put_tensors(const std::string& path, const std::vector<std::string>& names) {
    static const float values[] = {1, 2};
    std::vector<TensorSource> tensors;
    for (const std::string& name : names) tensors.push_back({name, Dtype::F32, {2}, values});
    write_safetensors(path, tensors);
}

}  // namespace

TEST_CASE("safetensors index: all files are one", "[io][safetensors]") {
    const TemporaryFolder folder;
    put_tensors(folder / "a.safetensors", {"w", "b"});
    put_tensors(folder / "z.safetensors", {"", "../w"});
    const std::string index = folder / "model.safetensors.index.json";
    put(index, R"({"metadata":{"total_size":32,"more":{"deep":[1,[null,{"x":false}],-2.5]}},)"
               R"("weight_map":{"w":"a.safetensors","":"z.safetensors","../w":"z.safetensors","b":"a.safetensors"}})");
    for (const std::string& path : {index, folder.path()}) {
        const SafetensorsFiles files(path);
        CHECK(files.path() == index);
        std::vector<std::string> names;
        for (const auto& [file, info] : files.tensors()) {
            names.push_back(info->name);
            std::vector<float> values(2);
            file->read_as<float>(*info, values);
            CHECK(values == std::vector<float>{1, 2});
        }
        CHECK(names == std::vector<std::string>{"b", "w", "", "../w"});
    }
    put_tensors(folder / "model.safetensors", {"one"});  // comes before the index
    for (const std::string& path : {folder / "model.safetensors", folder.path()}) {
        const SafetensorsFiles one(path);
        REQUIRE(one.tensors().size() == 1);
        CHECK(one.tensors()[0].info->name == "one");
        CHECK(one.path() == folder / "model.safetensors");
    }
    const std::string before = std::filesystem::current_path();  // an index without a folder
    std::filesystem::current_path(folder.path());
    CHECK(SafetensorsFiles("model.safetensors.index.json").tensors().size() == 4);
    std::filesystem::current_path(before);
}

TEST_CASE("safetensors index: malformed ones are refused", "[io][hostile]") {
    CHECK(refusal("") == "f: byte 0: the index is no valid JSON near ''; the file is damaged");
    CHECK_THAT(refusal(R"({"weight_map":{}}})"), StartsWith("f: byte 17: the index is no valid JSON near"));
    CHECK_THAT(refusal("{\"weight_map\":{\"\xff\":\"a.safetensors\"}}"), Containing("no valid JSON"));
    CHECK(refusal("[]") == "f: index: is an array; expected an object");
    CHECK(refusal("3") == "f: index: is a number; expected an object");
    CHECK(refusal("{}") == "f: index: has no 'weight_map'; is it the index of safetensors files?");
    CHECK(refusal(R"({"weight_map":3})") == "f: index: 'weight_map' is a number; expected an object");
    CHECK(refusal(R"({"weight_map":[]})") == "f: index: 'weight_map' is an array; expected an object");
    CHECK(refusal(R"({"metadata":"x"})") == "f: index: 'metadata' is a string; expected an object");
    CHECK(refusal(R"({"weights":{}})") == "f: index: unknown field 'weights'; expected metadata and weight_map");
    CHECK(refusal(R"({"weight_map":{},"weight_map":{}})") == "f: index: 'weight_map' is there twice");
    CHECK(refusal("{\"metadata\":" + std::string(200'000, '[')).starts_with("f: index: 'metadata' is an array"));
    CHECK(refusal("{\"metadata\":{\"x\":" + std::string(200'000, '[') + std::string(200'000, ']') + "}}") ==
          "f: index: has no 'weight_map'; is it the index of safetensors files?");
    CHECK(mapped(R"("w":null)") == "f: tensor 'w': is null; expected the name of a file");
    CHECK(mapped(R"("w":{"x":"a.safetensors"})") == "f: tensor 'w': is an object; expected the name of a file");
    CHECK(mapped(R"("w":["a.safetensors"])") == "f: tensor 'w': is an array; expected the name of a file");
    CHECK(mapped(R"("w":"a.safetensors","v":"a.safetensors","w":"b.safetensors")") == "f: tensor 'w': is there twice");
    std::string many;
    for (int i = 0; i < 1001; ++i) many += fmt::format("{}\"{}\":\"{}.safetensors\"", i > 0 ? "," : "", i, i);
    CHECK(mapped(many) == "f: tensor '1000': is in one file more than 1000, the most that are opened");
}

TEST_CASE("safetensors index: it names files beside it alone", "[io][hostile]") {
    const std::string names[] = {"",
                                 ".",
                                 "..",
                                 ".safetensors",
                                 "a.bin",
                                 "/etc/passwd",
                                 "../a.safetensors",
                                 "sub/a.safetensors",
                                 "..\\\\a.safetensors",
                                 "a\\u0000.safetensors",
                                 "a\\n.safetensors",
                                 "a.safetensors/..",
                                 "file:///a.safetensors"};
    for (const std::string& name : names) {
        CAPTURE(name);
        const std::string text = mapped("\"w\":\"" + name + "\"");
        CHECK_THAT(text, StartsWith("f: tensor 'w': is in the file "));
        CHECK_THAT(text, Containing("; expected a name that ends in '.safetensors', without a folder"));
    }
}

TEST_CASE("safetensors index: files that do not fit it are refused", "[io][hostile]") {
    const TemporaryFolder folder;
    put_tensors(folder / "a.safetensors", {"w", "b"});
    put_tensors(folder / "b.safetensors", {"v"});
    const std::string index = folder / "i.json";
    const auto fault = [&](const std::string& entries) {
        put(index, "{\"weight_map\":{" + entries + "}}");
        return fault_of(index, [&] { SafetensorsFiles files(index); });
    };
    const std::string good = R"("w":"a.safetensors","b":"a.safetensors")";
    CHECK(fault(good) == "no error");
    CHECK(fault(good + R"(,"x":"a.safetensors")") ==
          ": tensor 'x': is not in 'a.safetensors', as the index states; are the files of one model?");
    CHECK(fault(R"("w":"a.safetensors")") ==
          ": tensor 'b': is in 'a.safetensors', and the index states nothing; are the files of one model?");
    put_tensors(folder / "b.safetensors", {"v", "b"});
    CHECK(fault(good + R"(,"v":"b.safetensors")") ==
          ": tensor 'b': is in 'b.safetensors', and the index states 'a.safetensors'; are the files of one model?");
    CHECK_THAT(fault(good + R"(,"v":"c.safetensors")"), Containing("c.safetensors: cannot be opened"));
    std::filesystem::create_directory(folder / "d.safetensors");
    CHECK_THAT(fault(good + R"(,"v":"d.safetensors")"), Containing("d.safetensors: "));
    put(folder / "e.safetensors", "not one");
    CHECK_THAT(fault(good + R"(,"v":"e.safetensors")"), Containing("e.safetensors: byte 0: "));
    const std::string none = folder / "none";
    std::filesystem::create_directory(none);
    CHECK(fault_of(none, [&] { SafetensorsFiles files(none); }) ==
          ": is a folder with neither model.safetensors nor model.safetensors.index.json");
}
