// AMSGrad, RMSprop and Lion beyond their values (tests/both/reference/test_reference_training.cpp): checkpoints of runs
// that turn AMSGrad on, the state of parts of a parameter, and values at which a rule could break.
#include <cmath>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/lion.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/rmsprop.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
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

TEST_CASE("optim: the state of what is owned alone is kept, and a whole one is cut down to it", "[nn]") {
    const nn::Params whole_params, part_params;
    const auto make = [](const nn::Params& params) {
        params.make("v", {2}, nn::init::constant(1));
        return params.make("w", {2, 3}, nn::init::constant(1));
    };
    const Var all = make(whole_params), cut = make(part_params);
    nn::AdamW whole(whole_params), part(part_params);
    const auto set_gradients = [&](double g) {
        for (const nn::Params* params : {&whole_params, &part_params})
            for (const Var& p : params->list()) {
                Array gradient = filled(p.shape(), static_cast<Real>(g));
                for (Dim i = 0; i < count(gradient); ++i) gradient.data()[i] *= static_cast<Real>(i - 2);
                p.set_grad(gradient);
            }
    };
    set_gradients(1), whole.step(), part.step();
    set_gradients(0.5), whole.step(), part.step(std::vector<nn::Stretch>{{1, 1, 3}, {1, 4, 6}});
    for (Dim i = 0; i < 6; ++i)
        CHECK((elements(cut.value())[static_cast<std::size_t>(i)] ==
               elements(all.value())[static_cast<std::size_t>(i)]) == (i != 0 && i != 3));
    CHECK(part.state_bytes() == 2 * 4 * sizeof(Real));
    CHECK(part.find_state(1, "first") == nullptr);

    nn::Checkpoint file;
    file.put("o.", part);
    CHECK(file.parts.at("o.second.v").list.empty());
    const std::vector<double> expected = elements(*whole.find_state(1, "second"));
    const auto& list = file.parts.at("o.second.w").list;
    REQUIRE(list.size() == 2);
    CHECK(list[1].first == 4);
    CHECK(elements(list[1].second) == std::vector<double>(expected.begin() + 4, expected.end()));
    const TemporaryFolder folder;
    CHECK_THAT(text_of([&] { file.save(folder / "file"); }),
               StartsWith("Checkpoint::save: 'o.first.v' is here in part"));

    set_gradients(1);
    CHECK_THAT(text_of([&] { part.step(); }), StartsWith("AdamW: it keeps the state of a part"));
    CHECK_THAT(text_of([&] {
                   part.step(std::vector<nn::Stretch>{{1, 0, 3}});
               }),
               StartsWith("AdamW: a step owns other elements of 'w' than those before"));
}
