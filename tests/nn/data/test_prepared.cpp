// Prepared data: what is written comes back, whatever the width of ids; files from outside are refused; sources are
// identified.
#include <array>
#include <fstream>
#include <heed/core/base/random.hpp>
#include <heed/nn/data/prepared.hpp>
#include <heed/nn/data/source.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>

namespace heed::data {
namespace {

using Row = std::vector<std::int64_t>;

Prepared written(const std::string& path, std::int64_t below, const std::vector<Row>& rows,
                 std::string_view notes = "notes") {
    PreparedWriter writer(path, below);
    for (const Row& row : rows) {
        writer.add(row);
        writer.end_row();
    }
    return writer.finish(notes);
}

std::string fault(const std::string& path, const std::string& content) {
    put(path, content);
    return fault_of(path, [&] { Prepared{path}; });
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("prepared: rows come back from a file and from memory, in as few bytes as their ids need", "[prepared]") {
    const TemporaryFolder folder;
    for (const std::int64_t below : {256, 257, 65536, 65537}) {
        const std::vector<Row> rows{{1, 2, below - 1}, {}, {0}, {7, 8, 9, 10}};
        const std::uint64_t width = below <= 256 ? 1 : below <= 65536 ? 2 : 4;
        for (const std::string& path : {folder / "rows", std::string()}) {
            const Prepared data = written(path, below, rows, "{\"a\": 1}");
            REQUIRE(data.rows() == 4);
            for (Dim i = 0; i < 4; ++i) CHECK(data.row(i).vector() == rows[static_cast<std::size_t>(i)]);
            CHECK(data.length(3) == 4);
            CHECK(data.ids().vector() == Row{1, 2, below - 1, 0, 7, 8, 9, 10});
            CHECK(data.ids().part(3, 5).vector() == Row{0, 7});
            CHECK(data.notes() == "{\"a\": 1}");
            CHECK_THROWS_AS(data.row(4), RangeError);
            CHECK_THROWS_AS(data.ids().part(5, 9), RangeError);
        }
        CHECK(content_of(folder / "rows").size() == 1024 + 8 * width + 5 * 8 + 8);
        CHECK(folder.files() == 1);
    }
    const Prepared kept = [&] { return Prepared(folder / "rows"); }();
    std::filesystem::remove(folder / "rows");  // a run that has it open does not mind
    CHECK(kept.row(3).vector() == Row{7, 8, 9, 10});
    CHECK(written("", 3, {}).rows() == 0);
    CHECK_THROWS_AS(written("", 3, {{3}}), RangeError);
    CHECK_THROWS_AS(written("", 3, {{-1}}), RangeError);
    CHECK_THROWS_AS(PreparedWriter("", 0), RangeError);
    CHECK(IdSpan(Row{5, -6}).vector() == Row{5, -6});
}

TEST_CASE("prepared: rows of samples and of pixels come back with their labels and numbers", "[prepared]") {
    const TemporaryFolder folder;
    const std::vector<std::vector<float>> clips{{0.5f, -1, 3}, {}, {7}};
    const std::vector<std::vector<std::uint8_t>> pictures{{0, 255, 9}, {1}, {2, 3}};
    const std::vector<Row> labels{{2}, {0, 299}, {}};
    for (const io::Dtype dtype : {io::Dtype::F32, io::Dtype::U8})
        for (const std::string& path : {folder / "rows", std::string()}) {
            PreparedWriter writer(path, 300, dtype);
            for (std::size_t i = 0; i < 3; ++i) {
                if (dtype == io::Dtype::F32) writer.add_values(clips[i]);
                else writer.add_values(pictures[i]);
                writer.add(labels[i]);
                writer.end_row(std::array{~std::uint64_t{0} - i, std::uint64_t{i}});
            }
            const Prepared data = writer.finish("n");
            REQUIRE(data.rows() == 3);
            for (Dim i = 0; i < 3; ++i) {
                const auto n = static_cast<std::size_t>(i);
                CHECK(data.row(i).vector() == labels[n]);
                CHECK((data.number(i, 0) == ~std::uint64_t{0} - n && data.number(i, 1) == n));
                if (dtype == io::Dtype::F32) {
                    CHECK(data.floats(i) == clips[n]);
                    CHECK_THAT(error_of<FileError>([&] { data.bytes(i); }), Containing("is of F32; expected U8"));
                } else {
                    const auto bytes = data.bytes(i);
                    CHECK(std::vector(bytes.begin(), bytes.end()) == pictures[n]);
                    CHECK(data.value_count(i) == static_cast<Dim>(pictures[n].size()));
                }
            }
            CHECK(data.notes() == "n");
            CHECK_THROWS_AS(data.number(0, 2), RangeError);
            CHECK_THROWS_AS(data.floats(3), RangeError);
        }
    const std::string good = content_of(folder / "rows");  // 6 values, then where rows begin
    std::string bad = good;
    bad[1024 + 6 + 8] = 9;
    CHECK_THAT(fault(folder / "rows", bad), Containing("tensor 'value_offsets': number 2 is 4; expected 9 or more"));
    bad = good;
    bad[1024 + 6 + 24] = 5;
    CHECK_THAT(fault(folder / "rows", bad), Containing("the last one is 5; expected 6"));
    PreparedWriter other("", 3, io::Dtype::U8), ids("", 3);
    CHECK_THROWS_AS(other.add_values(clips[0]), RangeError);
    CHECK_THROWS_AS(ids.add_values(clips[0]), RangeError);
    CHECK_THROWS_AS(ids.end_row(std::array{std::uint64_t{1}}), RangeError);
    CHECK_THROWS_AS(PreparedWriter("", 3, io::Dtype::F64), RangeError);
    other.end_row(std::array{std::uint64_t{1}});
    CHECK_THROWS_AS(other.end_row(), RangeError);  // fewer numbers than the row before has
}

TEST_CASE("prepared: nothing is there before it is whole", "[prepared]") {
    const TemporaryFolder folder;
    {
        PreparedWriter writer(folder / "data", 10);
        writer.add(Row(3 << 20, 4));
        CHECK(folder.files() == 1);  // under another name
        CHECK_FALSE(std::filesystem::exists(folder / "data"));
    }
    CHECK(folder.files() == 0);
    std::ofstream(folder / "data.heed-tmp") << "left by a killed process";
    CHECK(written(folder / "data", 10, {Row(3 << 20, 4)}).ids().size() == 3 << 20);
    CHECK(folder.files() == 1);
}

TEST_CASE("prepared: files that anyone may have written are refused by name", "[prepared]") {
    const TemporaryFolder folder;
    const std::string path = folder / "data";
    written(path, 10, {{1, 2, 3}, {4}});
    const std::string good = content_of(path);
    for (std::size_t n = 0; n < good.size(); n += n < 1000 || n > 1020 ? 7 : 1)
        CHECK_THAT(fault(path, good.substr(0, n)), StartsWith(": "));
    CHECK_THAT(fault(path, good + "x"), Containing("bytes but"));
    CHECK_THAT(fault(path, replaced(good, "heed.prepared\":\"1", "heed.prepared\":\"2")),
               Containing("prepared by another version of heed (2; this one reads 1)"));
    CHECK_THAT(fault(path, replaced(good, "heed.prepared", "heed.preparex")), Containing("no 'heed.prepared'"));
    CHECK_THAT(fault(path, replaced(good, "\"below\":\"10\"", "\"below\":\"1x\"")), Containing("a whole number"));
    CHECK_THAT(fault(path, replaced(good, "\"below\":\"10\"", "\"below\":\"900\"").substr(0, good.size())),
               StartsWith(": "));
    CHECK_THAT(fault(path, replaced(good, "\"U8\"", "\"I8\"")), Containing("ids below 10 are stored as I8"));
    CHECK_THAT(fault(path, replaced(good, "\"shape\":[4]", "\"shape\":[2,2]").erase(1000, 2)), StartsWith(": "));

    const std::size_t offsets = 1024 + 4;
    const auto with_offset = [&](std::size_t which, char value) {
        std::string bad = good;
        bad[offsets + which * 8] = value;
        return fault(path, bad);
    };
    CHECK_THAT(with_offset(0, 1), Containing("number 0 is 1; expected 0"));
    CHECK_THAT(with_offset(1, 5), Containing("number 2 is 4; expected 5 or more"));
    CHECK_THAT(with_offset(2, 3), Containing("the last one is 3; expected 4"));

    std::string bad = good;
    bad[1024 + 1] = 10;
    put(path, bad);
    const Prepared data(path);  // ids are checked where they are read
    CHECK(data.row(1).vector() == Row{4});
    CHECK_THAT(error_of<FileError>([&] { data.row(0).vector(); }),
               Containing("one of them is 10; expected 0 <= id < 10"));
    CHECK_THAT(error_of<FileError>([&] { Prepared(folder / "none"); }), Containing("cannot be opened"));
}

TEST_CASE("prepared: a source is identified by its size, its time and a sample", "[prepared]") {
    const TemporaryFolder folder;
    const std::string path = folder / "text";
    std::string text;
    for (int i = 0; i < 200000; ++i) text += static_cast<char>('a' + mix_bits(static_cast<std::uint64_t>(i)) % 26);
    put(path, text);
    const Source before = source_of(path);
    CHECK(before == source_of(path));
    CHECK(before.size == text.size());
    CHECK(content_hash({&path, 1}) == hash_text(text));
    for (const std::size_t at : {std::size_t{0}, text.size() - 1}) {
        std::string other = text;
        other[at] = 'X';
        put(path, other);
        CHECK(source_of(path).sample != before.sample);
    }
    put(path, "");
    CHECK(source_of(path).size == 0);
    CHECK(content_hash({&path, 1}) == hash_text(""));
    CHECK_THROWS_AS(source_of(folder / "none"), FileError);
}

TEST_CASE("prepared: many files are one source, identified by their names, sizes and content", "[prepared]") {
    const TemporaryFolder folder, copy;
    std::vector<std::string> files, copies;
    for (int i = 0; i < 200; ++i) {
        files.push_back(folder / ("f" + std::to_string(i)));
        copies.push_back(copy / ("f" + std::to_string(i)));
        put(files.back(), "content " + std::to_string(1000 + i));
        put(copies.back(), "content " + std::to_string(1000 + i));
    }
    const Source before = source_of(folder.path(), files);
    CHECK(before == source_of(folder.path() + "/", files));
    CHECK(before.size == 200 * 12);
    const Source elsewhere = source_of(copy.path(), copies);
    CHECK((elsewhere.size == before.size && elsewhere.sample == before.sample));
    CHECK(content_hash(copies) == content_hash(files));
    put(files[199], "content XXXX");  // the first and the last one are among those that are sampled
    CHECK(source_of(folder.path(), files).sample != before.sample);
    put(files[199], "content 1199");
    put(files[100], "content XXXX");
    CHECK(source_of(folder.path(), files).modified != before.modified);
    CHECK(content_hash(files) != content_hash(copies));
    std::swap(copies[0], copies[1]);
    CHECK(source_of(copy.path(), copies).sample != before.sample);
    std::filesystem::remove(copies[7]);
    CHECK_THAT(error_of<FileError>([&] { source_of(copy.path(), copies); }), StartsWith(copies[7]));
}

}  // namespace heed::data
