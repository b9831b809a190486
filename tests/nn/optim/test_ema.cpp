// Averages of weights: warm-up, use in evaluation, and bit-exact after a save in the middle. The formula:
// tests/both/reference/test_reference_training.cpp.
#include <cmath>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/optim/train_in_two.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

// A model whose training is a function of the step's number only.
struct Run {
    nn::Params params{3};
    nn::Linear layer{params / "layer", 3, 2};
    nn::Adam adam{params, {.lr = 0.05}};
    nn::Ema ema{params, {.decay = 0.8}};
    void train(int steps) {
        for (int step = 0; step < steps; ++step) {
            Tape tape;
            tape.backward(sum(square(layer(filled({1, 3}, static_cast<Real>(adam.steps() + 1))))));
            adam.step();
            ema.update();
        }
    }
    template <class F>
    void each_part(F&& f) {
        f("model.", params);
        f("adam.", adam);
        f("ema.", ema);
    }
    std::vector<double> average() const { return elements(ema.averages()[0]); }
};

}  // namespace

TEST_CASE("ema: the first updates forget the start", "[nn]") {
    const nn::Params params;
    const Var w = params.make("w", {1}, nn::init::constant(0));
    nn::Ema ema(params, {.decay = 0.5});
    w.mutable_value() = filled({1}, 1);
    double expected = 0;
    for (const double decay : {2.0 / 11, 3.0 / 12, 4.0 / 13, 5.0 / 14}) {
        ema.update();
        expected = decay * expected + 1 - decay;
        CHECK(ema.averages()[0](0) == Approx(expected));
    }
    for (int i = 0; i < 10; ++i) ema.update();
    w.mutable_value() = filled({1}, 3);
    const double before = ema.averages()[0](0);
    ema.update();
    CHECK(ema.averages()[0](0) == Approx(before / 2 + 1.5));
}

TEST_CASE("ema: a long run comes as near as the formula", "[nn]") {
    const nn::Params params;
    const Var w = params.make("w", {2}, nn::init::constant(0));
    nn::Ema ema(params, {.decay = 0.9999, .warm = false});
    w.mutable_value() = array_of({2}, {0.1, -3});
    const auto rate = static_cast<double>(static_cast<Real>(1 - 0.9999));
    constexpr int updates = 50000;
    for (int i = 0; i < updates; ++i) ema.update();
    const double share = 1 - std::pow(1 - rate, updates);
    for (const Dim k : {0, 1})
        CHECK(ema.averages()[0](k) == Approx(static_cast<double>(w.value()(k)) * share).epsilon(1e-6));
}

TEST_CASE("ema: the averages replace the weights, and are taken back", "[nn]") {
    Run run;
    run.train(3);
    const std::vector<double> weights = elements(run.layer.weight.value()), averages = run.average();
    REQUIRE(weights != averages);
    {
        const nn::Ema::Use averaged(run.ema);
        CHECK(elements(run.layer.weight.value()) == averages);
        CHECK_THAT(text_of([&] { run.ema.update(); }), StartsWith("Ema: update() while Ema::Use is alive"));
        CHECK_THAT(text_of([&] { const nn::Ema::Use again(run.ema); }), StartsWith("Ema: another Use while"));
        nn::Checkpoint file;
        CHECK_THAT(text_of([&] { file.put("ema.", run.ema); }), StartsWith("Ema: averages() while"));
    }
    CHECK(elements(run.layer.weight.value()) == weights);
    CHECK(run.average() == averages);
    CHECK_THAT(text_of([&] { nn::Ema(run.params, {.decay = 1}); }),
               StartsWith("Ema: decay is 1; expected 0 <= decay < 1"));
}

TEST_CASE("ema: what is saved and loaded continues with the same bits", "[nn]") {
    const TemporaryFolder folder;
    Run straight, first, second;
    straight.train(9);
    for (int steps = 0; steps <= 9; steps += 3) {
        CAPTURE(steps);
        Run begun, resumed;
        test::train_in_two(begun, resumed, steps, 9, folder / "c.safetensors");
        CHECK(resumed.average() == straight.average());
        CHECK(elements(resumed.ema.lost()[0]) == elements(straight.ema.lost()[0]));
        CHECK(resumed.ema.updates() == 9);
        CHECK(elements(resumed.layer.weight.value()) == elements(straight.layer.weight.value()));
    }
}

TEST_CASE("ema: a checkpoint of another model, and one without averages", "[nn]") {
    const TemporaryFolder folder;
    Run run;
    run.train(2);
    const std::vector<double> before = run.average();
    nn::Checkpoint file;
    CHECK_THAT(text_of([&] { file.get("ema.", run.ema); }), Containing("holds no tensor 'ema.layer.weight'"));
    file.put("ema.layer.weight", filled({2, 3}, 0));
    CHECK_THAT(text_of([&] { file.get("ema.", run.ema); }),
               Containing("tensor 'ema.layer.weight' has shape (2, 3); expected (3, 2)"));
    file.put("ema.layer.weight", filled({3, 2}, 0));
    file.put("ema.layer.bias", filled({2}, 0));
    file.notes["ema.updates"] = "-4";
    CHECK_THAT(text_of([&] { file.get("ema.", run.ema); }),
               Containing("note 'ema.updates' is '-4'; expected a whole number from 0"));
    file.notes["rate"] = "0.25";
    CHECK(file.real("rate") == 0.25);
    file.notes["rate"] = "0.25x";
    CHECK_THAT(text_of([&] { file.real("rate"); }), Containing("note 'rate' is '0.25x'; expected a number"));
    CHECK(run.average() == before);
    file.notes["ema.updates"] = "4";  // an older file: without the rounding errors of the averages
    file.get("ema.", run.ema);
    CHECK(run.average() == std::vector<double>(6, 0));
    CHECK(elements(run.ema.lost()[0]) == std::vector<double>(6, 0));
}
