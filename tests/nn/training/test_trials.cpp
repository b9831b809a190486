// Trials before a run and comparisons after it: the trace, the dry run, the range test of rates, the comparison of two
// runs; and their flags.
#include <cmath>
#include <CLI/CLI.hpp>
#include <heed/core/observe/trace.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/program/exit_code.hpp>
#include <heed/nn/program/program.hpp>
#include <heed/nn/program/run.hpp>
#include <heed/nn/training/dry_run.hpp>
#include <heed/nn/training/find_rate.hpp>
#include <heed/nn/training/run/compare.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/small_network.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;

namespace {

// A network that learns a sum.
struct Small : test::SmallNetwork {
    nn::Adam adam{params, {.lr = 1e-3}};

    Small() : SmallNetwork(16) {}
    Var loss(Dim n) const {
        const Array x = batch(n);
        const Var wanted = sum(Var(x), {1}, keep_axis);
        return mse_loss(second(tanh(first(x))), wanted);
    }
    Stepper::LossOf of() const {
        return [this](Dim n) { return Loss(loss(n), 8); };
    }
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
        if (c == '\n') lines.emplace_back();
        else lines.back() += c;
    }
    return lines;
}

}  // namespace

TEST_CASE("trace: reports every result with its layer, the innermost trace alone, and of no gradient", "[training]") {
    const Small small;
    std::vector<std::string> seen, inner;
    const auto into = [](std::vector<std::string>& list) {
        return [&list](const char* op, std::string_view layer, const Shape& result) {
            list.push_back(std::string(layer) + ":" + op + to_string(result));
        };
    };
    {
        const Trace trace(into(seen));
        Tape tape;
        const Var loss = small.loss(0);
        {
            const Trace nested(into(inner));
            square(Var(filled({2}, 1)));
        }
        tape.backward(loss);
    }
    CHECK(seen == std::vector<std::string>{":sum(8, 1)", "first:linear(8, 16)", ":tanh(8, 16)", "second:linear(8, 1)",
                                           ":mse_loss()"});
    std::vector<std::string> infinite;
    {
        const Trace trace(into(infinite));
        log(Var(filled({2}, 0)));
    }
    CHECK(infinite == std::vector<std::string>{":log(2)"});  // values are not checked: a mask makes -inf on purpose
    CHECK(inner == std::vector<std::string>{":square(2)"});
    small.loss(0);
    CHECK(seen.size() == 5);
}

TEST_CASE("dry run: layers, shapes and memory of one step", "[training]") {
    Small small;
    nn::Ema ema(small.params);
    const DryRun dry = dry_run(small.params, small.adam, small.of(), {.clip = 1}, &ema);
    REQUIRE(dry.layers.size() == 3);
    CHECK(dry.layers[0].name.empty());
    CHECK(dry.layers[0].ops == 3);
    CHECK(dry.layers[1].name == "first");
    CHECK(dry.layers[1].ops == 1);
    CHECK(dry.layers[1].result == Shape{8, 16});
    CHECK(dry.layers[1].bytes == 8 * 16 * sizeof(Real));
    CHECK(small.params.count() == 81);
    CHECK(dry.parameters == 81 * sizeof(Real));
    CHECK(dry.gradients == dry.parameters);
    CHECK(dry.moments == 2 * dry.parameters);
    CHECK(dry.averages == 2 * dry.parameters);
    CHECK(dry.step.units == 8);
    if (memory_is_pooled()) CHECK(dry.most > 5 * dry.parameters);
    CHECK(small.adam.steps() == 2);
    const auto lines = lines_of(to_text(dry));
    REQUIRE(lines.size() == 7);
    CHECK(lines[2] == "first          1                 (8, 16)       0.001");
    CHECK_THAT(lines[5], StartsWith("memory in MB: parameters 0.000, gradients 0.000, moments 0.001, averages 0.001"));
    const std::string nan =
        text_of([&] { dry_run(small.params, small.adam, [&](Dim n) { return Loss(log(small.loss(n) * -1)); }, {}); });
    CHECK_THAT(nan, StartsWith("step 1: log: its result of shape ()"));
}

TEST_CASE("find rate: the steepest position of a made-up curve, and of none", "[training]") {
    std::vector<FoundRate::Point> curve;
    for (int i = 0; i < 60; ++i)
        curve.push_back({std::pow(10, i / 10.0), i < 25 ? 4.0 : i < 36 ? 4 - 0.2 * (i - 25) : 2.0});
    CHECK(steepest(curve) == Approx(std::pow(10, 3.0)).epsilon(1e-9));  // the middle of the way down
    for (auto& point : curve) point.loss = 4;
    CHECK(steepest(curve) == 0);
    CHECK(steepest({}) == 0);
    CHECK_THAT(to_text(FoundRate{curve, 0}), Containing("falls nowhere"));
    CHECK_THAT(to_text(FoundRate()), StartsWith("the first step's loss is not finite"));
}

TEST_CASE("find rate: rises from least to most, stops where the loss breaks down, and refuses what makes no sense",
          "[training]") {
    Small small;
    const FoundRate found =
        find_rate(small.params, small.adam, small.of(), {}, {.least = 1e-5, .most = 1e-1, .steps = 60});
    REQUIRE(found.curve.size() == 60);
    CHECK(found.curve[0].rate == Approx(1e-5));
    CHECK(found.curve[59].rate == Approx(1e-1));
    CHECK(found.rate > 1e-4);
    const auto lines = lines_of(to_text(found));
    CHECK(lines.size() == 1 + 12 + 1 + 1);
    CHECK_THAT(lines[13], StartsWith("the loss falls fastest at a rate of "));
    CHECK(std::count_if(lines.begin(), lines.end(),
                        [](const std::string& line) { return line.find("<- falls fastest") != line.npos; }) == 1);
    Small wild;
    CHECK(find_rate(wild.params, wild.adam, wild.of(), {}, {.least = 1, .most = 1e30}).curve.size() < 20);
    Small broken;
    const auto nan_at_4 = [&](Dim n) { return Loss(n == 4 ? log(broken.loss(n) * -1) : broken.loss(n)); };
    CHECK(find_rate(broken.params, broken.adam, nan_at_4, {}).curve.size() == 4);
    const auto refused = [&](const FindRateOptions& o) {
        return text_of([&] { find_rate(small.params, small.adam, small.of(), {}, o); });
    };
    CHECK_THAT(refused({.least = 1, .most = 1}),
               StartsWith("find_rate: rates from 1 to 1 in 100 steps; expected 0 < from < to"));
    CHECK_THAT(refused({.steps = 1}), Containing("in 1 steps"));
    CHECK_THAT(refused({.worse = 1}), StartsWith("find_rate: worse is 1; expected above 1"));
}

TEST_CASE("compare: settings that differ, results, and curves at the steps that both runs have", "[training]") {
    const TemporaryFolder folder;
    for (const char* name : {"a", "b", "new", "none"}) std::filesystem::create_directories(folder / name);
    put(folder / "a/config.json", R"({"lr": 0.001, "width": 32, "data": "x"})");
    put(folder / "b/config.json", R"({"lr": 0.002, "width": 32, "data": "x", "deep": true})");
    put(folder / "a/result.json", R"({"metric": "error", "value": 0.25, "seed": 18446744073709551615})");
    put(folder / "b/result.json", R"({"metric": "error", "value": 0.125, "seed": 1})");
    put(folder / "a/log.jsonl", R"({"step": 20, "seconds": 1.0, "loss": 4.0, "lr": 1, "norm": 1.0, "rate": 2.0}
{"step": 40, "loss": 2.0, "lr": 1}
{"step": 40, "loss": 2.0, "error": 0.5}
{"step": 60, "skipped": "a NaN"}
{"step": 80, "loss": 1.0, "error": 0.25}
{"step": 9)");
    put(folder / "b/log.jsonl", R"({"step": 20, "loss": 5.0}
{"step": 40, "loss": 3.0, "error": 0.75}
{"step": 80, "loss": null, "error": 0.125}
{"step": 100, "loss": 0.5, "error": 0.1}
)");
    put(folder / "new/config.json", R"({"lr": 0.001, "width": 32, "data": "x"})");
    const auto squeezed = [](const std::string& text) {  // a single blank between words, and none at the end
        std::vector<std::string> lines;
        for (const std::string& line : lines_of(text)) {
            std::string& out = lines.emplace_back();
            for (const char c : line)
                if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
        }
        return lines;
    };
    const std::string a = folder / "a", b = folder / "b";
    CHECK(squeezed(compare_runs(a, b)) ==
          std::vector<std::string>{a + " " + b, "settings that differ", "lr 0.001 0.002", "deep - true", "results",
                                   "metric error error", "value 0.25 0.125", "seed 18446744073709551615 1",
                                   "curves at step loss loss error error", "40 3.0000 4.0000 0.5 0.75",
                                   "80 1.0000 - 0.25 0.125", ""});
    const auto with_new = squeezed(compare_runs(a, folder / "new"));
    CHECK(with_new[2] == "none");
    CHECK(with_new.at(with_new.size() - 2) == "the logs have no step in common");
    CHECK_THAT(error_of<FileError>([&] { compare_runs(a, folder / "none"); }), Containing("holds no run"));
    put(folder / "b/result.json", "[]");
    CHECK_THAT(error_of<FileError>([&] { compare_runs(a, b); }), Containing("b/result.json: is no JSON object"));
}

TEST_CASE("trials: their flags write nothing, and go with no resume", "[examples]") {
    using namespace heed::program;
    const TemporaryFolder folder;
    const auto launch_of = [&](const std::vector<std::string>& arguments) {
        RunOptions options;
        Launch launch{.folder = folder / "run"};
        parse_train(arguments, options, settings_of(options), launch);
        return launch;
    };
    CHECK_FALSE(launch_of({}).trial());
    CHECK_THROWS_AS(launch_of({"--dry-run", "--resume"}), CLI::ExcludesError);
    CHECK_THROWS_AS(launch_of({"--find-lr", "--resume"}), CLI::ExcludesError);
    CHECK_THROWS_AS(launch_of({"--find-lr", "--dry-run"}), CLI::ExcludesError);
    for (const char* flag : {"--dry-run", "--find-lr"}) {
        const Launch launch = launch_of({flag});
        const RunFolder held = open_folder(launch), again = open_folder(launch);
        Small small;
        CHECK(run_trial(
                  launch, {}, small.params, small.adam, [](Dim n) { return n; },
                  [&](Dim n) { return small.loss(n); }) == exit_ok);
        CHECK(small.adam.steps() > 1);
    }
    CHECK(folder.files() == 0);
    RunOptions one;
    one.overfit_one_batch = true, one.steps = 3;
    CHECK(fit_options(one, {}, 10, Settings()).step.one_batch);
    CHECK_FALSE(fit_options(one, {}, 10, Settings()).step.bfloat16);
    one.bfloat16 = true;
    CHECK(fit_options(one, {}, 10, Settings()).step.bfloat16);
}
