// A program of the kit: its commands, its tasks, settings declared once, and what it refuses.
#include <algorithm>
#include <fmt/format.h>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/program/program.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

std::string acted;  // what ran last

struct Number {
    struct Options {
        Dim width = 3;
        void declare(training::Settings& s) { s.add("width", width, "of nothing").within(1, 8); }
    };
    static constexpr const char* program = "go";
    Var x;
    Number(const nn::Params& p, const Options& o) : x(p.make("x", {1}, nn::init::constant(0))) {
        if (o.width == 5) throw RangeError("go: a width of 5 does not fit");
    }
};

// Learns one number; the tasks differ in the number and in a setting.
struct Up : program::RunOptions {
    double to = 1;
    Number::Options model;
    void check() const {
        if (to == 13) throw program::UsageError("--to 13 brings bad luck");
    }
    void declare(training::Settings& s) {
        s.add("to", to, "where it goes").within(0, 100);
        model.declare(s);
        RunOptions::declare(s);
    }
};
struct Down : program::RunOptions {
    double by = 1;
    Number::Options model;
    void declare(training::Settings& s) {
        s.add("by", by, "how far").above(0);
        RunOptions::declare(s);
    }
};

int learn(const program::Launch& launch, auto options, double wanted) {
    const nn::Params params(options.seed);
    const Var x = Number(params, options.model).x;
    nn::SGD optimizer(params, {.lr = 0.25});
    const auto loss = [&](Dim) { return training::Loss(sum(square(x - wanted))); };
    const auto measure = [&] {
        return training::Metrics{{"distance", std::abs(static_cast<double>(x.item()) - wanted)}};
    };
    return program::train<Number>(
        options, launch, params, optimizer, {}, 10, [](Dim n) { return n; }, loss, measure);
}
int train_up(Up o, const program::Launch& launch) { return learn(launch, o, o.to); }
int train_down(Down o, const program::Launch& launch) { return learn(launch, o, -o.by); }

// As most programs do: the folder first, and then the model.
int train_in_folder(Up o, const program::Launch& launch) {
    const training::RunFolder folder = program::open_folder(launch);
    Number(nn::Params(o.seed), o.model);
    if (o.to == 14) throw NumberError("go: 14 is bad luck, too");
    return 0;
}

struct Eval : program::CommandOptions {
    Dim beam = 2;
    void declare(training::Settings& s) {
        CommandOptions::declare(s);
        s.add("beam", beam, "width").within(1);
    }
};
int eval_up(const Eval& o) {
    return acted = fmt::format("up {} {}", o.beam, program::read_options<Up>(o.folder).to), 0;
}
int eval_down(const program::CommandOptions& o) {
    return acted = fmt::format("down {}", program::read_options<Down>(o.folder).by), 0;
}

const program::Program& one() {
    static const program::Program p{.name = "go",
                                    .about = "Goes.",
                                    .train = {train_up, "learn"},
                                    .eval = {eval_up, "measure"}};
    return p;
}
const program::Program& several() {
    static const program::Program p{
        .name = "go",
        .about = "Goes.",
        .tasks = {{.name = "up", .about = "higher", .train = {train_up, "learn"}, .eval = {eval_up, "measure"}},
                  {.name = "down", .about = "lower", .train = {train_down, "learn"}, .eval = {eval_down, "measure"}}}};
    return p;
}

int call(const program::Program& p, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "go");
    if (std::ranges::find(arguments, "eval") != arguments.end()) arguments.insert(arguments.end(), {"--threads", "1"});
    std::vector<char*> all;
    for (std::string& argument : arguments) all.push_back(argument.data());
    acted.clear();
    return program::run(static_cast<int>(all.size()), all.data(), p);
}

}  // namespace

TEST_CASE("program: trains, refuses, resumes and evaluates by its settings", "[program]") {
    const TemporaryFolder folder;
    const std::string run = folder / "run";
    REQUIRE(call(one(), {"train", "--out", run, "--steps", "4", "--to", "7"}) == 0);
    CHECK_THAT(io::read_text(run + "/config.json", 10000), Containing("\"to\": 7.0"));
    CHECK_THAT(io::read_text(run + "/result.json", 10000), Containing("\"metric\": \"distance\""));
    CHECK(call(one(), {"train", "--out", run, "--steps", "4"}) == program::exit_usage);           // it holds a run
    CHECK(call(one(), {"train", "--out", run, "--resume", "--to", "8"}) == program::exit_usage);  // of other settings
    CHECK(call(one(), {"train", "--out", run, "--resume", "--steps", "9"}) == 0);
    CHECK(call(one(), {"train", "--config", run + "/config.json", "--out", folder / "copy"}) == 0);
    for (const char* bad : {"-1", "101", "nan", "x"})
        CHECK(call(one(), {"train", "--out", folder / "bad", "--to", bad}) == program::exit_usage);
    CHECK(call(one(), {"train", "--out", folder / "bad", "--to", "13"}) == program::exit_usage);
    CHECK_FALSE(std::filesystem::exists(folder / "bad"));
    CHECK(call(one(), {"train", "--out", folder / "dry", "--dry-run"}) == 0);
    CHECK_FALSE(std::filesystem::exists(folder / "dry"));

    CHECK(call(one(), {"eval", "--model", run}) == 0);
    CHECK(acted == "up 2 7");
    CHECK(call(one(), {"eval", "--model", run, "--beam", "5"}) == 0);
    CHECK(acted == "up 5 7");
    CHECK(call(one(), {"eval"}) == program::exit_usage);
    CHECK(call(one(), {"predict", "--model", run}) == program::exit_usage);  // it has none
    CHECK(call(one(), {"compare", run, folder / "copy"}) == 0);
    CHECK(call(one(), {"--help"}) == 0);

    std::filesystem::copy_file(run + "/config.json", folder / "wide.json");
    std::string wide = io::read_text(folder / "wide.json", 10000);
    wide.replace(wide.find("\"width\": 3"), 10, "\"width\": 9");
    io::write_if_changed(folder / "wide.json", wide);
    CHECK(call(one(), {"train", "--config", folder / "wide.json", "--out", folder / "wide"}) ==
          program::exit_bad_input);
}

TEST_CASE("program: a model that its settings do not make is a wrong setting, and leaves no folder", "[program]") {
    const TemporaryFolder folder;
    const program::Program p{.name = "go", .about = "Goes.", .train = {train_in_folder, "learn"}};
    CHECK(call(p, {"train", "--out", folder / "run", "--width", "5"}) == program::exit_usage);
    CHECK(call(p, {"train", "--out", folder / "run", "--width", "5", "--dry-run"}) == program::exit_usage);
    CHECK(call(p, {"train", "--out", folder / "run", "--to", "14"}) == program::exit_failed);
    CHECK(folder.files() == 0);
    std::filesystem::create_directory(folder / "mine");  // this one was there before
    CHECK(call(p, {"train", "--out", folder / "mine", "--width", "5"}) == program::exit_usage);
    CHECK(std::filesystem::is_empty(folder / "mine"));
    // What goes wrong in a run that has begun is no wrong setting, and the run stays.
    REQUIRE(call(one(), {"train", "--out", folder / "mine", "--steps", "4"}) == 0);
    const std::string path = folder / "mine/config.json";
    std::string config = io::read_text(path, 10000);
    config.replace(config.find("\"width\": 3"), 10, "\"width\": 5");
    io::write_if_changed(path, config);
    CHECK(call(p, {"train", "--out", folder / "mine", "--resume"}) == program::exit_failed);
    CHECK(std::filesystem::exists(path));
}

TEST_CASE("program: one that has tasks trains each, and the other commands read it from the model's folder",
          "[program]") {
    const TemporaryFolder folder;
    REQUIRE(call(several(), {"up", "train", "--out", folder / "a", "--steps", "3", "--to", "2"}) == 0);
    REQUIRE(call(several(), {"down", "train", "--out", folder / "b", "--steps", "3", "--by", "5"}) == 0);
    CHECK_THAT(io::read_text(folder / "b/config.json", 10000), Containing("\"task\": \"down\""));
    CHECK(call(several(), {"eval", "--model", folder / "a", "--beam", "3"}) == 0);
    CHECK(acted == "up 3 2");
    CHECK(call(several(), {"eval", "--model=" + folder / "b"}) == 0);
    CHECK(acted == "down 5");
    CHECK(call(several(), {"eval", "--model", folder / "b", "--beam", "3"}) ==
          program::exit_usage);  // a setting of the other task
    CHECK(call(several(), {"down", "train", "--out", folder / "b", "--resume", "--steps", "5"}) == 0);
    CHECK(call(several(), {"up", "train", "--out", folder / "b", "--resume", "--steps", "9"}) ==
          program::exit_bad_input);  // of another task
    CHECK(call(several(), {"train", "--out", folder / "c"}) == program::exit_usage);
    CHECK(call(several(), {"up"}) == program::exit_usage);
    REQUIRE(call(one(), {"train", "--out", folder / "d", "--steps", "3"}) == 0);
    CHECK(call(several(), {"eval", "--model", folder / "d"}) == program::exit_bad_input);  // a run of another program
    CHECK(call(several(), {"eval", "--model", folder / "none"}) == program::exit_bad_input);
}

TEST_CASE("settings: a name twice and a name that is not there are refused", "[training]") {
    double a = 0;
    training::Settings s;
    s.add("a", a);
    CHECK_THROWS_AS(s.add("a", a), RangeError);
    CHECK_THROWS_AS(s["b"], RangeError);
    CHECK(s["a"].flag() == "--a");
}
