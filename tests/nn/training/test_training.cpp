// The parts of training runs that do not depend on a model: prefetching of batches, the run's folder, its
// configuration, its log.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/error.hpp>
#include <heed/nn/data/rows.hpp>
#include <heed/nn/training/prefetch.hpp>
#include <heed/nn/training/run/folder.hpp>
#include <heed/nn/training/run/log.hpp>
#include <heed/nn/training/settings/settings.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;
using namespace heed::data;

TEST_CASE("training: rows are padded to the longest", "[training]") {
    const std::vector<std::vector<std::int64_t>> rows{{5, 6, 7}, {}, {8}};
    const Padded p = padded(rows, -1);
    CHECK(p.values.shape() == Shape{3, 3});
    const auto all = [](const Ints& x) { return std::vector<std::int64_t>(x.storage().cbegin(), x.storage().cend()); };
    CHECK(all(p.values) == std::vector<std::int64_t>{5, 6, 7, -1, -1, -1, 8, -1, -1});
    CHECK(all(p.lengths) == std::vector<std::int64_t>{3, 0, 1});
    CHECK_THROWS_AS(padded({}), RangeError);
}

TEST_CASE("training: prefetched batches are the ones asked for, in any order", "[training]") {
    Prefetch<std::string> batches(
        [](Dim n) {
            if (n == 13) throw RangeError("no batch 13");
            return std::to_string(n);
        },
        3);
    for (const Dim n : {0, 1, 2, 3, 3, 3, 7, 8, 2, 3, 4, 12}) CHECK(batches.at(n) == std::to_string(n));
    CHECK_THROWS_WITH(batches.at(13), Containing("no batch 13"));
    CHECK(batches.at(14) == "14");
    CHECK(batches.at(0) == "0");
    const Prefetch<int> unused([](Dim) { return 1; });
}

TEST_CASE("training: a run's folder takes one run, and one process at a time", "[training]") {
    const TemporaryFolder folder;
    const std::filesystem::path path = folder / "deep/run";
    CHECK_THROWS_AS(RunFolder(path, RunFolder::Use::resume), FileError);
    CHECK_FALSE(std::filesystem::exists(path));
    { const RunFolder refused(path, RunFolder::Use::fresh); }
    CHECK_FALSE(std::filesystem::exists(path));  // no run has begun in it
    {
        const RunFolder run(path, RunFolder::Use::fresh);
        put(run.config().string(), "{}");
        CHECK_THROWS_WITH(RunFolder(path, RunFolder::Use::resume), Containing("another process is training here"));
    }
    CHECK_THROWS_WITH(RunFolder(path, RunFolder::Use::fresh), Containing("holds a run already"));
    CHECK_NOTHROW(RunFolder(path, RunFolder::Use::resume));
    put(folder / "file", "");
    CHECK_THROWS_AS(RunFolder(folder / "file/run", RunFolder::Use::fresh), IoError);
}

TEST_CASE("training: a configuration comes back as it was written, or is refused as a whole", "[training]") {
    struct Options {
        bool flag = true;
        Dim width = -3;
        std::uint64_t seed = ~std::uint64_t{0};
        double lr = 0.1;
        std::string data = "a \"b\"\n";
        void declare(Settings& s) {
            s.add("flag", flag);
            s.add("width", width);
            s.add("seed", seed);
            s.add("lr", lr);
            s.add("data", data);
        }
    };
    const TemporaryFolder folder;
    const std::string path = folder / "config.json";
    Options one, two{false, 1, 2, 3, "4"};
    const Settings first = settings_of(one), second = settings_of(two);
    first.save(path);
    second.load(path);
    CHECK(second.json() == first.json());
    CHECK(two.seed == one.seed);
    CHECK(two.lr == 0.1);
    const std::string before = second.json();
    const auto refusal = [&](const std::string& json) {
        return error_of<FileError>([&] { second.read(json, "here"); });
    };
    const std::string rest = R"("width": 1, "seed": 1, "lr": 1, "data": "")";
    CHECK_THAT(refusal("{\"flag\": false"), StartsWith("here: is no configuration of a run"));
    CHECK_THAT(refusal("[]"), Containing("no JSON object"));
    CHECK_THAT(refusal("{" + rest + "}"), Containing("lacks the field 'flag'"));
    CHECK_THAT(refusal("{\"flag\": 1, " + rest + "}"), Containing("field 'flag' is number"));
    CHECK_THAT(refusal("{\"flag\": false, \"more\": 1, " + rest + "}"), Containing("unknown field 'more'"));
    for (const char* width : {"1.5", "18446744073709551615", "\"1\"", "null"})
        CHECK_THAT(refusal(fmt::format(R"({{"flag": false, "width": {}, "seed": 1, "lr": 1, "data": ""}})", width)),
                   Containing("'width'"));
    CHECK_THAT(refusal("{\"flag\": false, " + rest + ", \"lr\": 2}"), Containing("the field 'lr' is there twice"));
    CHECK_THAT(refusal(before + std::string(1, '\0')), Containing("NUL"));
    CHECK(second.json() == before);
    CHECK_THROWS_AS(second.load(folder / "none"), FileError);
    Options three;
    Settings narrow;
    narrow.add("width", three.width).within(1, 64);
    narrow.add("lr", three.lr).within(0);
    narrow.add("data", three.data).one_of({"up", "down"});
    const auto refused = [&](const std::string& json) {
        return error_of<FileError>([&] { narrow.read(json, "here"); });
    };
    for (const char* width : {"0", "65", "-9223372036854775808"})
        CHECK_THAT(refused(fmt::format(R"({{"width": {}, "lr": 1, "data": "up"}})", width)),
                   Containing("; expected 1 to 64"));
    CHECK_THAT(refused(R"({"width": 1, "lr": -1e-9, "data": "up"})"),
               Containing("field 'lr' is -1e-09; expected 0 to inf"));
    CHECK_THAT(refused(R"({"width": 1, "lr": 1, "data": "left"})"),
               Containing("field 'data' is 'left'; expected one of up, down"));
    CHECK(three.width == -3);
    narrow.read(R"({"width": 64, "lr": 0, "data": "down"})", "here");
    CHECK(three.width == 64);
}

TEST_CASE("settings: one that was added later has the value from before it, not today's default", "[training]") {
    struct Options {
        double lr = 0.1, range = 7;
        Dim steps = 5;
        std::string kind = "new", data = "here";
        void declare(Settings& s) {
            s.add("lr", lr);
            s.add("range", range).added_later(1e30);
            s.add("kind", kind).one_of({"old", "new"}).added_later("old");
            s.add("steps", steps).may_change();
            s.add("data", data).may_change();
        }
    };
    Options o;
    settings_of(o).read(R"({"lr": 0.2, "steps": 3, "data": "there"})", "here");
    CHECK((o.lr == 0.2 && o.range == 1e30 && o.kind == "old" && o.steps == 3));
    // An older version's run is the same one as long as what was added has the value from before; one of another length
    // is, too.
    const auto differs = [](Options options, const std::string& before) {
        return error_of<FileError>([&] {
            require_identity({{"identity", before}}, "run/checkpoint", settings_of(options).identity(), "");
        });
    };
    CHECK(to_json(settings_of(o).identity().fields) == R"({"lr":0.2,"range":1e+30,"kind":"old"})");
    for (const char* same : {R"({"lr":0.2})", R"({"kind":"old","lr":0.2})", R"({"range":1e30,"kind":"old","lr":0.2})"})
        CHECK(differs(o, same) == "no error");
    CHECK_THAT(differs(o, R"({"lr":0.2,"kind":"new"})"),
               Containing("configuration: kind was new and is old. Put that back"));
    CHECK_THAT(differs(o, R"({"lr":0.2,"depth":3})"), Containing("configuration: depth was 3 and is not set."));
    CHECK_THAT(differs(Options(), R"({"lr":0.1})"),
               Containing("configuration: kind was old and is new, range was 1e+30 and is 7."));
    Options kept{.steps = 9};
    settings_of(kept).read(R"({"lr": 0.2, "steps": 3, "data": "there"})", "here", {"steps"});
    CHECK((kept.steps == 9 && kept.data == "there" && kept.kind == "old"));
    CHECK_THAT(error_of<FileError>([&] { settings_of(o).read(R"({"steps": 3, "data": "there"})", "here"); }),
               Containing("lacks the field 'lr'"));
    double number = 0;
    CHECK_THROWS_AS(Settings().add("number", number).added_later(Dim{1}), RangeError);
}

TEST_CASE("training: a log continues after the step of the checkpoint", "[training]") {
    const TemporaryFolder folder;
    const std::string path = folder / "log.jsonl";
    {
        const Log log(path, 0);
        for (std::int64_t step = 1; step <= 3; ++step)
            log.write({{"step", step}, {"loss", std::nan("")}, {"text", std::string("a\nb")}});
    }
    CHECK(content_of(path).starts_with("{\"step\":1,\"loss\":null,\"text\":\"a\\nb\"}\n"));
    put(path, content_of(path) + "{\"step\":4,\"los");  // killed here
    Log(path, 2).write({{"step", std::int64_t{3}}});
    const auto lines = read_log(path);
    REQUIRE(lines.size() == 3);
    CHECK(lines[2] == Record{{"step", std::int64_t{3}}});
    { const Log fresh(path, 0); }
    CHECK(read_log(path).empty());
    CHECK_THROWS_AS(Log(folder / "none/log", 0).write({}), IoError);
}
