// What a resumed run may change and what not: its length, its settings, its data; and what older runs left.
#include <cmath>
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <heed/core/base/random.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/program.hpp>
#include <heed/nn/program/run_data.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/small_network.hpp>
#include <heed/tests/silent.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;

namespace {

// A linear layer that learns, and the output of its runs.
struct Line {
    nn::Params params{5};
    nn::Linear layer{params / "layer", 3, 1};
    nn::Adam adam{params, {.lr = 1e-2}};
    std::string output = {};
    Dim started = 0, steps = 0;

    FitOptions options(const std::string& folder, Dim length, bool resume) {
        FitOptions o;
        o.folder = folder, o.steps = length, o.resume = resume;
        o.identity.fields = {{"width", std::int64_t{3}}};
        o.started = [this] { ++started; };
        o.evaluate_every = 3;
        o.host = test::silent();
        o.host.write = [this](std::string_view text) { output += text; };
        return o;
    }
    Outcome run(const FitOptions& o) {
        const auto loss = [this](Dim n) {
            ++steps;
            const Array x = test::SmallNetwork::batch(n);
            return Loss(mse_loss(layer(x), sum(Var(x), {1}, keep_axis)));
        };
        return fit(o, params, adam, LossOf(loss), [this] {
            return Metrics{{"bias", static_cast<double>(layer.bias.value()(0))}};
        });
    }
    std::vector<double> weights() const { return elements(layer.weight.value()); }
};

}  // namespace

TEST_CASE(
    "resume: a run continues to another length with the bits of a run of that length, and reports how its rate jumps",
    "[training]") {
    const TemporaryFolder folder;
    for (const char* name : {"whole", "run"}) std::filesystem::create_directories(folder / name);
    Line whole, first, second, third;
    whole.run(whole.options(folder / "whole", 12, false));
    first.run(first.options(folder / "run", 6, false));
    const Outcome done = second.run(second.options(folder / "run", 12, true));
    CHECK((done.resumed_at == 6 && done.step == 12 && second.steps == 6));
    CHECK(second.weights() == whole.weights());
    CHECK_THAT(second.output, Containing("after step 6: 12 steps in all instead of 6 steps\n"));
    CHECK(nn::Checkpoint::load(folder / "run/checkpoint.safetensors").number("steps") == 12);

    // It has ended: nothing is done, and nothing is written.
    const std::string before = content_of(folder / "run/checkpoint.safetensors");
    std::filesystem::remove(folder / "run/checkpoint.safetensors.previous");
    const Outcome again = third.run(third.options(folder / "run", 12, true));
    CHECK((again.resumed_at == 12 && again.step == 12 && third.steps == 0 && third.started == 0));
    CHECK(content_of(folder / "run/checkpoint.safetensors") == before);
    CHECK_FALSE(std::filesystem::exists(folder / "run/checkpoint.safetensors.previous"));

    Line shorter, falling;
    CHECK_THAT(error_of<FolderError>([&] { shorter.run(shorter.options(folder / "run", 11, true)); }),
               Containing("the run has 12 steps behind it already; give a larger number"));
    CHECK(shorter.started == 0);
    FitOptions o = falling.options(folder / "run", 24, true);
    o.rate = [](Dim step, Dim steps) { return static_cast<double>(steps - step + 1) / static_cast<double>(steps); };
    falling.run(o);
    CHECK_THAT(
        falling.output,
        Containing("after step 12: 24 steps in all instead of 12 steps; the learning rate jumps from 0.0833 to 0.5\n"));
    CHECK(falling.started == 1);
}

TEST_CASE("resume: minutes are of the whole run, and stay the steps that they made", "[training]") {
    const TemporaryFolder folder;
    const auto run = [&](double minutes, Dim steps) {
        Line line;
        FitOptions o = line.options(folder.path(), steps, std::filesystem::exists(folder / "checkpoint.safetensors"));
        o.minutes = minutes;
        return line.run(o);
    };
    const Dim made = run(0.001, 0).step;
    CHECK(made > 3);
    CHECK(run(0.001, 0).step == made);
    const Outcome longer = run(0.02, 0);
    CHECK(longer.step > made);
    CHECK(nn::Checkpoint::load(folder / "checkpoint.safetensors").real("minutes") == 0.02);
    CHECK_THAT(error_of<FolderError>([&] { run(1e-5, 0); }), Containing("0.0 minutes behind it already"));
    CHECK(run(0, longer.step + 3).step == longer.step + 3);
    CHECK(nn::Checkpoint::load(folder / "checkpoint.safetensors").real("minutes") == 0);
}

TEST_CASE("resume: a run that ended for want of a better one continues when it is made longer", "[training]") {
    const TemporaryFolder folder;
    const auto run = [&](Dim steps, bool resume) {
        Line line;
        FitOptions o = line.options(folder.path(), steps, resume);
        o.patience = 2, o.higher_is_better = true;
        const auto worse = [n = 0.0]() mutable { return Metrics{{"score", n -= 1}}; };
        return fit(o, line.params, line.adam, LossOf([&](Dim) {
                       return Loss(sum(square(line.layer(Var(filled({1, 3}, 1))))));
                   }),
                   worse);
    };
    CHECK(run(100, false).step == 9);
    CHECK(run(100, true).step == 9);
    CHECK(run(200, true).step == 15);
}

TEST_CASE("resume: a checkpoint of another run is refused by what differs, an older one by its hash", "[training]") {
    const TemporaryFolder folder;
    Line line;
    line.run(line.options(folder.path(), 6, false));
    const auto refusal = [&](Record identity) {
        Line other;
        FitOptions o = other.options(folder.path(), 6, true);
        o.identity.fields = std::move(identity);
        return error_of<FileError>([&] { other.run(o); });
    };
    CHECK_THAT(refusal({{"width", std::int64_t{4}}, {"deep", true}}),
               Containing("another configuration: deep was not set and is true, width was 3 and is 4. Put that back"));
    CHECK(refusal({{"width", std::int64_t{3}}}) == "no error");

    nn::Checkpoint old = nn::Checkpoint::load(folder / "checkpoint.safetensors");
    const std::string config = R"({"minutes": 0.5, "width": 3})";
    old.notes.erase("identity"), old.notes.erase("minutes");
    old.notes["config"] = fmt::format("{:016x}", hash_text(config));
    old.save(folder / "checkpoint.safetensors");
    CHECK_THAT(refusal({{"width", std::int64_t{3}}}),
               Containing("another configuration; was the folder's config.json changed?"));
    put(folder / "config.json", config);
    Line minutes;
    FitOptions o = minutes.options(folder.path(), 0, true);
    o.minutes = 0.5;
    CHECK(minutes.run(o).step == 6);  // what the minutes made then
    CHECK(refusal({{"width", std::int64_t{3}}}) == "no error");
}

TEST_CASE("resume: flags change a run's length and where its data lie, and for the rest the refusal names what to do",
          "[examples]") {
    using namespace heed::program;
    struct Options : RunOptions {
        std::string data = "text";
        Dim width = 8;
        void declare(Settings& s) {
            s.add("data", data).may_change();
            s.add("width", width);
            RunOptions::declare(s);
        }
    };
    const TemporaryFolder folder;
    Options written;
    written.minutes = 3, written.seed = 7;
    settings_of(written).save(folder / "config.json");
    const auto settled = [&](const std::vector<std::string>& arguments) {
        Options options;
        Launch launch{.folder = folder.path()};
        parse_train(arguments, options, settings_of(options), launch);
        return options;
    };
    Options same = settled({"--resume"});
    CHECK(settings_of(same).json() == settings_of(written).json());
    const Options steps = settled({"--resume", "--steps", "90"});
    CHECK((steps.steps == 90 && steps.minutes == 0 && steps.epochs == 0 && steps.seed == 7 && steps.data == "text"));
    CHECK(settled({"--resume", "--epochs", "2"}).epochs == 2);
    CHECK(settled({"--resume", "--minutes", "4", "--data", "moved"}).minutes == 4);
    CHECK(settled({"--config", folder / "config.json", "--data", "other"}).data == "other");
    for (const char* flag : {"--width", "--seed", "--clip"}) {
        const std::string text = error_of<UsageError>([&] { settled({"--resume", flag, "4"}); });
        CHECK_THAT(text, StartsWith(fmt::format("{} cannot be given with --resume: all settings are those of {}", flag,
                                                folder / "config.json")));
        CHECK_THAT(text,
                   Containing("copy that file, edit the copy, and begin a new run by --config COPY --out ANOTHER"));
    }
    CHECK_THROWS_AS(settled({"--changed-data"}), CLI::RequiresError);
}

TEST_CASE("resume: data that changed are refused by count, part and order, or taken when a flag allows it",
          "[examples]") {
    using namespace heed::program;
    const TemporaryFolder folder;
    const auto some = [](std::initializer_list<const char*> words) {
        Examples examples;
        for (const char* word : words) examples.add({word, "x"});
        return examples;
    };
    const Launch fresh{.folder = folder.path()}, resumed{.folder = folder.path(), .resume = true};
    {
        RunData run(fresh);
        CHECK_FALSE(run.cut());
        run.take(some({"a", "b"}), some({"c"}), "words");
        CHECK(run.made<std::vector<std::string>>("letters",
                                                 [] {
                                                     return std::vector<std::string>{"a", "b", "c"};
                                                 })
                  .size() == 3);
        run.save();
    }
    const auto refusal = [&](const Examples& train, const Examples& held_out) {
        return error_of<FileError>([&] { RunData(resumed).take(train, held_out, "words"); });
    };
    CHECK(refusal(some({"a", "b"}), some({"c"})) == "no error");
    CHECK_THAT(refusal(some({"a", "b", "d"}), some({"c"})),
               Containing("since the run began: 3 words to train on, 2 before. Put them back"));
    CHECK_THAT(refusal(some({"a", "b"}), some({"c", "d"})), Containing("began: 2 words held out, 1 before. Put"));
    CHECK_THAT(
        refusal(some({"b", "a"}), some({})),
        Containing(
            "2 words to train on, as many as before, but others or in another order; 0 words held out, 1 before"));
    {
        RunData run({.folder = folder.path(), .resume = true, .changed_data = true});
        CHECK(run.cut() == 2);
        run.take(some({"d"}), some({"c"}), "words");
        CHECK(run.made<std::vector<std::string>>("letters", [] { return std::vector<std::string>{"d"}; }).size() ==
              3);  // as it was
        run.save();
    }
    CHECK_THAT(refusal(some({"a", "b"}), some({"c"})), Containing("2 words to train on, 1 before"));
    put(folder / "data.json", R"({"train": {"count": 1, "hash": "zz"}, "held_out": 3})");
    CHECK_THAT(refusal({}, {}), Containing("data.json: does not state which data the run began with"));
    put(folder / "data.json", "[");
    CHECK_THAT(refusal({}, {}), Containing("data.json: does not state"));
    std::filesystem::remove(folder / "data.json");
    CHECK(refusal({}, {}) == "no error");  // an older run; with a warning
    Examples joined, apart;
    joined.add({"ab", ""}), apart.add({"a", "b"});
    CHECK_FALSE(joined == apart);
}
