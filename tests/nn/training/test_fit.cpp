// Training runs: stopped and resumed at every step, with what a run may have switched on; and what is done about a NaN.
#include <cmath>
#include <csignal>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/run/log.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/training/small_network.hpp>
#include <heed/tests/silent.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;

namespace {

// A small network with dropout that learns a sum of squares, and all that a run of it consists of.
struct Small : test::SmallNetwork {
    nn::Dropout drop{params / "drop", 0.2};
    nn::AdamW adam{params, {.lr = 1e-2, .decay = 0.01}};
    nn::Ema ema{params, {.decay = 0.9}};
    Dim batches = 0;

    Small() : SmallNetwork(8) {}
    Var loss(const Array& x) {
        ++batches;
        return mse_loss(second(drop(tanh(first(x)))), wanted(x));
    }
    static Var wanted(const Array& x) { return sum(square(Var(x)), {1}, keep_axis); }
    Metrics measure() {
        const Array x = batch(1000);
        return {{"error", static_cast<double>(mse_loss(second(tanh(first(x))), wanted(x)).item())}};
    }

    std::vector<double> all() {
        std::vector<double> out = elements_of(params.list());
        for (const Array& a : ema.averages())
            for (const double v : elements(a)) out.push_back(v);
        return out;
    }
};

FitOptions options(Small& small, const std::string& folder, Dim steps = 12) {
    FitOptions o;
    o.folder = folder;
    o.steps = steps;
    o.rate = nn::WarmupCosine{.peak = 1e-2, .warmup = 3};
    o.step = {.seed = 3, .accumulate = 2, .clip = 1, .on_nan = OnNan::rollback, .good_every = 5};
    o.ema = &small.ema;
    o.evaluate_every = 3;
    o.log_every = 2;
    o.keep = 2;
    o.host = test::silent();
    return o;
}

template <class LossOf>
Outcome run(Small& small, const FitOptions& o, LossOf loss) {
    return fit(
        o, small.params, small.adam, [](Dim n) { return Small::batch(n); }, loss, [&] { return small.measure(); });
}
Outcome run(Small& small, const FitOptions& o) {
    return run(small, o, [&](const Array& x) { return small.loss(x); });
}

}  // namespace

TEST_CASE("fit: stopped after any step and resumed, a run ends with the same bits", "[training]") {
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder / "whole");
    Small whole;
    const Outcome done = run(whole, options(whole, folder / "whole"));
    CHECK(done.exit_code == 0);
    CHECK(done.step == 12);
    CHECK(done.best_step > 0);
    const std::string best = content_of(folder / "whole/best.safetensors");
    const auto log = read_log(folder / "whole/log.jsonl");
    for (Dim stop = 1; stop < 12; ++stop) {
        const std::string path = folder / std::to_string(stop);
        std::filesystem::create_directories(path);
        const int signal = stop % 2 ? SIGTERM : SIGINT;
        {
            Small small;
            const Outcome stopped = run(small, options(small, path), [&](const Array& x) {
                if (small.batches == 2 * (stop - 1)) ::raise(signal);
                return small.loss(x);
            });
            CHECK(stopped.exit_code == 128 + signal);
            CHECK(stopped.step == stop);
        }
        Small small;
        FitOptions o = options(small, path);
        o.resume = true;
        const Outcome resumed = run(small, o);
        CHECK(resumed.step == 12);
        CHECK(small.batches == 2 * (12 - stop));
        CHECK(small.all() == whole.all());
        CHECK(resumed.best == done.best);
        CHECK(content_of(path + "/best.safetensors") == best);
        CHECK(read_log(path + "/log.jsonl").size() == log.size());
        CHECK(std::filesystem::exists(path + "/step-000000012.safetensors"));
        CHECK_FALSE(std::filesystem::exists(path + "/step-000000003.safetensors"));
        std::filesystem::remove_all(path);
    }
    Small loaded;
    load_best(folder / "whole", loaded.params);
    CHECK(loaded.measure()[0].second == done.best);
}

TEST_CASE("fit: a run ends early where nothing gets better", "[training]") {
    const TemporaryFolder folder;
    Small small;
    FitOptions o = options(small, folder.path(), 100);
    o.patience = 3;
    double error = 5;
    const auto measure = [&] { return Metrics{{"error", error = error > 3 ? error - 1 : 4}}; };  // 4 3 4 3 4 ...
    const auto loss = [&](const Array& x) { return small.loss(x); };
    const Outcome done = fit(
        o, small.params, small.adam, [](Dim n) { return Small::batch(n); }, loss, measure);
    CHECK(done.stopped_early);
    CHECK(done.best == 3);
    CHECK(done.best_step == 6);
    CHECK(done.step == 15);
    Small again;
    o.resume = true;
    CHECK(run(again, o).step == 15);  // it stays ended
}

TEST_CASE("fit: a metric has a name of its own", "[training]") {
    for (const Metrics& metrics : {Metrics{{"loss", 1}}, Metrics{{"error", 1}, {"error", 2}}}) {
        const TemporaryFolder folder;
        Small small;
        const auto fails = [&] {
            fit(
                options(small, folder.path()), small.params, small.adam, [](Dim n) { return Small::batch(n); },
                [&](const Array& x) { return small.loss(x); }, [&] { return metrics; });
        };
        CHECK_THAT(error_of<RangeError>(fails),
                   StartsWith("fit: evaluate() gave a metric '" + metrics.back().first + "', which the log has"));
    }
}

TEST_CASE("fit: SIGUSR1 saves after the step, and the run continues", "[training]") {
    const TemporaryFolder folder;
    Small small;
    FitOptions o = options(small, folder.path());
    o.save_seconds = 1e9;
    std::string output;
    o.host.write = [&](std::string_view text) { output += text; };
    std::ptrdiff_t before = 1, after = 0;
    const auto saves = [&] { return std::filesystem::exists(folder / "checkpoint.safetensors") ? 1 : 0; };
    const Outcome done = run(small, o, [&](const Array& x) {
        if (small.batches == 8) before = saves(), ::raise(SIGUSR1);  // in step 5
        if (small.batches == 10) after = saves();
        return small.loss(x);
    });
    CHECK(done.step == 12);
    CHECK(done.exit_code == 0);
    CHECK((before == 0 && after == 1));
    CHECK_THAT(output, Containing("saved after step 5\n"));
}

TEST_CASE("fit: a NaN is named by op, layer and shape, and stops, is skipped, or is rolled back", "[training]") {
    const auto broken = [](Small& small, Dim batch) {
        return [&small, batch](const Array& x) {
            const Var loss = small.loss(x);
            return x(0, 0) == Small::batch(batch)(0, 0) ? loss + sum(log(small.second(small.first(x)) * 0 - 1)) : loss;
        };
    };
    Small stopped;
    FitOptions o = options(stopped, "");
    o.step.on_nan = OnNan::stop;
    const std::string text = text_of([&] { run(stopped, o, broken(stopped, 9)); });  // the second batch of step 5
    CHECK_THAT(text, StartsWith("step 5: log"));
    CHECK_THAT(text, Containing("(8, 1)"));
    CHECK(stopped.adam.steps() == 4);
    for (const OnNan policy : {OnNan::skip, OnNan::rollback}) {
        Small small;
        FitOptions with = options(small, "");
        with.step.on_nan = policy;
        const Outcome done = run(small, with, broken(small, 13));  // in step 7
        CHECK(done.step == 12);
        CHECK(done.skipped == 1);
        for (const double v : small.all()) CHECK(std::isfinite(v));
        CHECK(small.adam.steps() ==
              (policy == OnNan::skip ? 11 : 10));  // rolled back by one step, to the state after step 5
    }
    Small always;
    FitOptions with = options(always, "", 100);
    with.step.on_nan = OnNan::skip;
    CHECK_THAT(text_of([&] {
                   run(always, with,
                       [&](const Array& x) { return always.loss(x) * std::numeric_limits<double>::quiet_NaN(); });
               }),
               Containing("and 20 steps before it, too"));
}

TEST_CASE("fit: a checkpoint of another configuration is refused; a broken one makes way for the one before",
          "[training]") {
    const TemporaryFolder folder;
    Small small;
    FitOptions o = options(small, folder.path());
    o.config = "a";
    o.save_seconds = 0;
    run(small, o);
    Small other;
    o.resume = true;
    o.ema = &other.ema;
    o.config = "b";
    CHECK_THAT(error_of<FileError>([&] { run(other, o); }), Containing("another configuration"));
    o.config = "a";
    const std::string path = folder / "checkpoint.safetensors";
    put(path, content_of(path).substr(0, 100));
    CHECK(run(other, o).step == 12);
    CHECK(other.all() == small.all());
}

TEST_CASE("fit: minutes become steps once; one batch can be overfitted", "[training]") {
    const TemporaryFolder folder;
    Small small;
    FitOptions o = options(small, folder.path(), 0);
    CHECK_THAT(text_of([&] { run(small, o); }), Containing("neither steps nor minutes"));
    o.minutes = 0.002;
    const Outcome done = run(small, o);
    CHECK(done.step > 3);
    Small heart;
    FitOptions one = options(heart, "", 400);
    one.step = {.one_batch = true};
    one.rate = {};
    double last = 0;
    run(heart, one, [&](const Array& x) {
        CHECK(x(0, 0) == Small::batch(0)(0, 0));
        const Var loss = heart.loss(x);
        last = static_cast<double>(loss.item());
        return loss;
    });
    CHECK(last < 3);
}

TEST_CASE("fit: evaluate() neither records nor drops out, even under a tape of the caller's", "[fit]") {
    Small small;
    FitOptions o = options(small, "", 3);
    o.folder.clear();
    o.ema = nullptr;
    Tape outer(Key{5});
    int evaluations = 0;
    const Outcome end = fit(
        o, small.params, small.adam, [](Dim n) { return Small::batch(n); },
        [&](const Array& x) { return small.loss(x); },
        [&] {
            ++evaluations;
            const std::size_t before = outer.size();
            const Var y = small.drop(tanh(small.first(Small::batch(7))));
            CHECK(elements(y.value()) == elements(tanh(small.first(Small::batch(7))).value()));
            CHECK_THROWS_AS(Tape::current()->backward(sum(y)), TapeError);
            CHECK(outer.size() == before);
            return Metrics{{"error", 1}};
        });
    CHECK(end.step == 3);
    CHECK(evaluations > 0);
}
