// Optimisers beyond their values (tests/both/reference/test_reference_training.cpp): defaults, counts by parameter in
// checkpoints, and what is refused.
#include <cmath>
#include <limits>
#include <fmt/format.h>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/clip.hpp>
#include <heed/nn/optim/lion.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/rmsprop.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/silent.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

const double no_number = std::nan(""), infinity = std::numeric_limits<double>::infinity();

// The value of a parameter of 1 after one step with a negligible gradient.
template <class Optimizer, class Options>
double decayed(const Options& options) {
    const nn::Params params;
    const Var w = params.make("w", {1, 1}, nn::init::constant(1));
    w.set_grad(filled({1, 1}, 0));
    Optimizer(params, options).step();
    return static_cast<double>(w.item());
}

// Two vectors; the second is reached from step `from` on.
struct Late {
    nn::Params params{3};
    Var early = params.make("early", {2}, nn::init::normal(1)), late = params.make("late", {2}, nn::init::normal(1));
    nn::AdamW adam{params, {.lr = 0.1}};
    void train(Dim steps, Dim from) {
        for (Dim step = 0; step < steps; ++step) {
            const auto g = static_cast<Real>(std::sin(static_cast<double>(1 + adam.steps())));
            early.set_grad(array_of({2}, {g, 2}));
            if (adam.steps() >= from) late.set_grad(array_of({2}, {g, -1}));
            adam.step();
        }
    }
    std::vector<double> weights() const {
        std::vector<double> all = elements(early.value());
        for (const double x : elements(late.value())) all.push_back(x);
        return all;
    }
};

}  // namespace

TEST_CASE("optim: an option that is not named has its default, whatever else is named", "[nn]") {
    CHECK(decayed<nn::AdamW>(nn::AdamOptions{}) == Approx(1 - 1e-3 * 0.01).epsilon(1e-7));
    CHECK(decayed<nn::AdamW>(nn::AdamOptions{.lr = 1}) == Approx(0.99));
    CHECK(decayed<nn::AdamW>(nn::AdamOptions{.lr = 1, .decay = 0}) == 1);
    CHECK(decayed<nn::AdamW>(nn::AdamOptions{.lr = 1, .decay = 0.5}) == 0.5);
    CHECK(decayed<nn::Muon>(nn::MuonOptions{.adam = {.lr = 1}}) == Approx(0.99));
    CHECK(decayed<nn::Muon>(nn::MuonOptions{.adam = {.lr = 1}, .but = {"w"}}) == Approx(0.99));
    CHECK(decayed<nn::Muon>(nn::MuonOptions{.adam = {.lr = 1, .decay = 0}}) == 1);
    CHECK(decayed<nn::Adam>(nn::AdamOptions{.lr = 1}) == 1);
    CHECK(decayed<nn::SGD>(nn::SGDOptions{.lr = 1}) == 1);
    CHECK(decayed<nn::RMSprop>(nn::RMSpropOptions{.lr = 1}) == 1);
    CHECK(decayed<nn::Lion>(nn::LionOptions{.lr = 1}) == 1);
    CHECK(decayed<nn::Lion>(nn::LionOptions{.lr = 1, .decay = 0.25}) == 0.75);
}

TEST_CASE("optim: a parameter's first steps are as long at step 1000 as at step 1", "[nn]") {
    Late run;
    run.train(1000, 1000);
    const std::vector<double> before = elements(run.late.value());
    for (int step = 1; step <= 3; ++step) {
        run.late.set_grad(array_of({2}, {1, -1}));
        run.adam.step();
        CHECK(std::abs(elements(run.late.value())[0] - before[0]) == Approx(0.1 * step).epsilon(1e-4));
    }
    CHECK(run.adam.steps() == 1003);
}

TEST_CASE("optim: updates are saved by parameter, and a resumed run has the same bits", "[nn]") {
    const TemporaryFolder folder;
    Late straight;
    straight.train(12, 5);
    for (Dim steps = 0; steps <= 12; steps += 3) {
        CAPTURE(steps);
        Late begun, resumed;
        begun.train(steps, 5);
        nn::Checkpoint file;
        file.put("model.", begun.params);
        file.put("adam.", begun.adam);
        file.save(folder / "c.safetensors");
        resumed.train(7, 0);  // nothing of it may remain
        const nn::Checkpoint loaded = nn::Checkpoint::load(folder / "c.safetensors");
        loaded.get("model.", resumed.params);
        loaded.get("adam.", resumed.adam);
        CHECK(resumed.adam.updates(0) == steps);
        CHECK(resumed.adam.updates(1) == std::max<Dim>(0, steps - 5));
        resumed.train(12 - steps, 5);
        CHECK(resumed.weights() == straight.weights());
    }
}

TEST_CASE("optim: an older checkpoint gives its one count to parameters that have moments", "[nn]") {
    Late begun, resumed;
    begun.train(4, 9);
    nn::Checkpoint file;
    file.put("adam.", begun.adam);
    for (const char* note : {"adam.updates.early", "adam.kind", "adam.version"}) CHECK(file.notes.erase(note) == 1);
    CHECK(file.notes.size() == 1);
    resumed.train(7, 0);
    file.get("adam.", resumed.adam);
    CHECK(resumed.adam.steps() == 4);
    CHECK(resumed.adam.updates(0) == 4);
    CHECK(resumed.adam.updates(1) == 0);
}

TEST_CASE("optim: what constructors refuse, setters refuse, and nothing changes", "[nn]") {
    const nn::Params params;
    const Var w = params.make("w", {2}, nn::init::constant(1));
    nn::Adam adam(params);
    nn::SGD sgd(params);
    for (const double bad : {no_number, -0.1, infinity, -infinity}) {
        CAPTURE(bad);
        CHECK_THAT(text_of([&] { adam.set_lr(bad); }),
                   StartsWith(fmt::format("optimizer: lr is {}; expected a finite number >= 0\n", bad)));
        CHECK_THAT(text_of([&] { sgd.set_lr(bad); }), Containing("test_adam.cpp"));
        for (const nn::AdamOptions& o : {nn::AdamOptions{.lr = bad},
                                         {.beta1 = bad},
                                         {.beta2 = bad},
                                         {.epsilon = bad},
                                         {.decay = bad},
                                         {.groups = {{.lr_scale = bad}}},
                                         {.groups = {{.decay_scale = bad}}}}) {
            CHECK_THROWS_AS(nn::Adam(params, o), RangeError);
            CHECK_THROWS_AS(nn::AdamW(params, o), RangeError);
            CHECK_THROWS_AS(nn::Muon(params, {.adam = o}), RangeError);
        }
        CHECK_THROWS_AS(nn::Muon(params, {.momentum = bad}), RangeError);
        CHECK_THROWS_AS(nn::Muon(params, {.rms = bad}), RangeError);
        for (const nn::SGDOptions& o :
             {nn::SGDOptions{.lr = bad}, {.momentum = bad}, {.decay = bad}, {.groups = {{.lr_scale = bad}}}})
            CHECK_THROWS_AS(nn::SGD(params, o), RangeError);
        for (const nn::RMSpropOptions& o :
             {nn::RMSpropOptions{.lr = bad}, {.alpha = bad}, {.epsilon = bad}, {.momentum = bad}, {.decay = bad}})
            CHECK_THROWS_AS(nn::RMSprop(params, o), RangeError);
        for (const nn::LionOptions& o : {nn::LionOptions{.lr = bad}, {.beta1 = bad}, {.beta2 = bad}, {.decay = bad}})
            CHECK_THROWS_AS(nn::Lion(params, o), RangeError);
        CHECK_THROWS_AS(nn::Ema(params, {.decay = bad}), RangeError);
    }
    CHECK_THROWS_AS(nn::Ema(params).restore({w.value()}, {w.value()}, -1), RangeError);
    CHECK(adam.lr() == 1e-3);
    CHECK(sgd.lr() == 0.1);
}

TEST_CASE("optim: clipping refuses an invalid norm, and touches no gradient", "[nn]") {
    const nn::Params params;
    const Var w = params.make("w", {2}, nn::init::constant(1));
    w.set_grad(array_of({2}, {3, 4}));
    for (const double bad : {no_number, -1.0, -infinity})
        CHECK_THAT(text_of([&] { nn::clip_gradients(params, bad); }),
                   StartsWith(fmt::format("clip_gradients: most is {}; expected a norm", bad)));
    CHECK(nn::clip_gradients(params, infinity) == 5);
    CHECK(elements(w.grad()) == std::vector<double>{3, 4});
    nn::clip_gradients(params, 0);
    CHECK(elements(w.grad()) == std::vector<double>{0, 0});
}

TEST_CASE("init: an invalid scale is refused", "[nn]") {
    for (const double bad : {no_number, -0.1, infinity}) {
        CAPTURE(bad);
        CHECK_THAT(text_of([&] { nn::init::uniform(bad); }),
                   StartsWith(fmt::format("uniform: bound is {}; expected a finite number >= 0\n", bad)));
        CHECK_THROWS_AS(nn::init::normal(bad), RangeError);
        CHECK_THROWS_AS(nn::init::xavier_uniform(bad), RangeError);
        CHECK_THROWS_AS(nn::init::xavier_normal(bad), RangeError);
        CHECK_THROWS_AS(nn::init::kaiming_uniform(bad), RangeError);
        CHECK_THROWS_AS(nn::init::kaiming_normal(bad), RangeError);
        CHECK_THROWS_AS(nn::init::orthogonal(bad), RangeError);
    }
    CHECK_THROWS_AS(nn::Params().make("w", {2}, nn::init::fan_in_uniform(0)), RangeError);
}

TEST_CASE("progress: invalid times are refused", "[training]") {
    for (const training::ProgressOptions& o :
         {training::ProgressOptions{.redraw_seconds = no_number}, {.line_seconds = -1}, {.memory_seconds = 0}})
        CHECK_THAT(text_of([&] { training::Progress(o, test::silent()); }), StartsWith("Progress: memory_seconds"));
}

TEST_CASE("fit: an invalid rate is named with its step, and options out of range are refused", "[training]") {
    const nn::Params params(1);
    const nn::Linear layer(params / "layer", 2, 1);
    nn::Adam adam(params);
    const auto loss = [&](Dim) { return training::Loss(sum(square(layer(filled({1, 2}, 1))))); };
    const auto text = [&](training::FitOptions o) {
        o.host = test::silent();
        return text_of([&] { training::fit(o, params, adam, training::LossOf(loss)); });
    };
    for (const double bad : {no_number, -0.1, infinity})
        CHECK_THAT(text({.steps = 3, .rate = [=](Dim step, Dim) { return step == 2 ? bad : 1e-3; }}),
                   StartsWith(fmt::format("fit: the rate of step 2 is {}; expected a finite number >= 0", bad)));
    CHECK_THAT(text({.steps = -5, .minutes = 1}), StartsWith("fit: steps is -5; expected 0 or more"));
    CHECK_THAT(text({.steps = 1, .minutes = no_number}), StartsWith("fit: minutes is nan"));
    CHECK_THAT(text({.steps = 1, .evaluate_every = -1}), StartsWith("fit: evaluate_every is -1"));
    CHECK_THAT(text({.steps = 1, .patience = -1}), StartsWith("fit: patience is -1"));
    CHECK_THAT(text({.steps = 1, .log_every = -1}), StartsWith("fit: log_every is -1"));
    CHECK_THAT(text({.steps = 1, .save_seconds = no_number}), StartsWith("fit: save_seconds is nan"));
    CHECK_THAT(text({.steps = 1, .keep = -1}), StartsWith("fit: keep is -1"));
    for (const double bad : {no_number, -1.0})
        CHECK_THAT(text({.steps = 1, .step = {.clip = bad}}), StartsWith("fit: clip is"));
    CHECK_THAT(text({.steps = 1, .step = {.accumulate = 0}}), StartsWith("fit: accumulate is 0"));
    CHECK_THAT(text({.steps = 1, .step = {.most_skipped = -1}}), StartsWith("fit: most_skipped is -1"));
}
