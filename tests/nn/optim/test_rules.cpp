// AMSGrad, RMSprop and Lion beyond their values (tests/both/reference/test_reference_training.cpp): checkpoints of runs
// that turn AMSGrad on, and values at which a rule could break.
#include <cmath>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/lion.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/rmsprop.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

TEST_CASE("optim: a run may turn AMSGrad on or off, and its largest moments begin at the second ones", "[nn]") {
    const nn::Params params;
    const Var w = params.make("w", {2}, nn::init::constant(1));
    const auto step = [&](nn::Optimizer& adam, double g) {
        w.set_grad(array_of({2}, {g, -g}));
        adam.step();
    };
    nn::AdamW plain(params, {.beta2 = 0.5}), largest(params, {.beta2 = 0.5, .amsgrad = true}),
        back(params, {.beta2 = 0.5});
    step(plain, 4);
    nn::Checkpoint file;
    file.put("o.", plain);
    file.get("o.", largest);
    CHECK(elements(*largest.find_state(0, "largest")) == std::vector<double>{8, 8});
    step(largest, 1);
    CHECK(elements(*largest.find_state(0, "second")) == std::vector<double>{4.5, 4.5});
    CHECK(elements(*largest.find_state(0, "largest")) == std::vector<double>{8, 8});
    nn::Checkpoint later;
    later.put("o.", largest);
    nn::AdamW again(params, {.beta2 = 0.5, .amsgrad = true});
    later.get("o.", again);
    CHECK(elements(*again.find_state(0, "largest")) == std::vector<double>{8, 8});
    later.get("o.", back);
    CHECK(back.find_state(0, "largest") == nullptr);
    CHECK(back.updates(0) == 2);
}

TEST_CASE("optim: RMSprop around a mean gradient that does not vary stays finite", "[nn]") {
    const nn::Params params;
    const Var w = params.make("w", {3}, nn::init::constant(0));
    nn::RMSprop rule(params, {.alpha = 0.9, .centered = true});
    for (int i = 0; i < 1000; ++i) {
        w.set_grad(array_of({3}, {0.1, -1e3, 0.3}));
        rule.step();
    }
    for (const double x : elements(w.value())) CHECK(std::isfinite(x));
}

TEST_CASE("optim: Lion keeps 0 where nothing pulls, and passes a NaN on", "[nn]") {
    const nn::Params params;
    const Var w = params.make("w", {3}, nn::init::constant(1));
    nn::Lion lion(params, {.lr = 0.5});
    w.set_grad(array_of({3}, {0, -1e-30, std::nan("")}));
    lion.step();
    CHECK(w.value()(0) == 1);
    CHECK(w.value()(1) == 1.5);
    CHECK(std::isnan(w.value()(2)));
}
