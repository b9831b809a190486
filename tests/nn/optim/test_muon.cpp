// Muon beyond its values (tests/both/reference/test_reference_training.cpp): which parameters it takes, refusals, and
// bit-exact after a save in the middle.
#include <cmath>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/nn/optim/train_in_two.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

// Two layers whose training is a function of the step's number only; AdamW takes the second.
struct Run {
    nn::Params params{3};
    nn::Linear hidden{params / "hidden", 3, 4}, out{params / "out", 4, 2};
    nn::Muon muon{params, {.adam = {.lr = 0.05}, .but = {"out"}}};
    void train(int steps) {
        for (int step = 0; step < steps; ++step) {
            Tape tape;
            tape.backward(sum(square(out(tanh(hidden(filled({1, 3}, static_cast<Real>(muon.steps() + 1))))))));
            muon.step();
        }
    }
    template <class F>
    void each_part(F&& f) {
        f("model.", params);
        f("muon.", muon);
    }
    std::vector<double> weights() const { return elements_of(params.list()); }
};

}  // namespace

TEST_CASE("muon: a matrix's step has the length that was asked for, a vector's is AdamW's", "[nn]") {
    const auto step_of = [](const Shape& shape, double rms) {
        const nn::Params params(5);
        const Var w = params.make("w", shape, nn::init::normal(1));
        const std::vector<double> before = elements(w.value());
        Array gradient = Array::from_shape(shape);
        for (Dim i = 0; i < count(gradient); ++i)
            gradient.data()[i] = static_cast<Real>(std::sin(1.0 + static_cast<double>(i * i)));
        w.set_grad(gradient);
        nn::Muon muon(params, {.adam = {.lr = 0.5}, .rms = rms});
        muon.step();
        const std::vector<double> after = elements(w.value());
        double squares = 0;
        for (std::size_t i = 0; i < after.size(); ++i) squares += (after[i] - before[i]) * (after[i] - before[i]);
        return std::sqrt(squares / static_cast<double>(after.size()));
    };
    CHECK(step_of({8, 32}, 0.2) == Approx(0.1).epsilon(0.25));  // singular values of 0.7 to 1.2 instead of 1
    CHECK(step_of({32, 8}, 0.4) == Approx(0.2).epsilon(0.25));
    CHECK(step_of({40}, 0.4) == Approx(0.5).epsilon(1e-3));  // AdamW's first step: lr for each element
}

TEST_CASE("muon: what is saved and loaded continues with the same bits, and has no second moment of a matrix", "[nn]") {
    const TemporaryFolder folder;
    Run straight;
    straight.train(6);
    for (int steps = 0; steps <= 6; steps += 2) {
        CAPTURE(steps);
        Run begun, resumed;
        nn::Checkpoint loaded = test::train_in_two(begun, resumed, steps, 6, folder / "c.safetensors");
        CHECK(resumed.weights() == straight.weights());
        if (steps == 0) continue;
        CHECK(elements(loaded.array("muon.first.hidden.weight")).size() == 12);
        CHECK(elements(loaded.array("muon.second.out.weight")).size() == 8);
        CHECK_THAT(text_of([&] { loaded.array("muon.second.hidden.weight"); }),
                   Containing("holds no tensor 'muon.second.hidden.weight'"));
        nn::Adam adam(begun.params);
        CHECK_THAT(text_of([&] { loaded.get("muon.", adam); }),
                   Containing("'muon.' is the state of Muon, version 1; expected that of Adam, version 1 or before"));
        for (const char* note : {"muon.kind", "muon.version"}) loaded.notes.erase(note);  // as older files
        CHECK_THAT(text_of([&] { loaded.get("muon.", adam); }),
                   Containing("holds no tensor 'muon.second.hidden.weight'"));
    }
}

TEST_CASE("muon: refusals", "[nn]") {
    const nn::Params params;
    params.make("w", {2, 3}, nn::init::constant(0));
    CHECK_THAT(text_of([&] { nn::Muon(params, {.momentum = 1}); }), StartsWith("Muon: momentum is 1;"));
    CHECK_THAT(text_of([&] { nn::Muon(params, {.rms = 0}); }), StartsWith("Muon: rms is 0;"));
    CHECK_THAT(text_of([&] { nn::Muon(params, {.adam = {.lr = -1}}); }), StartsWith("optimizer: lr is -1;"));
    CHECK_THAT(text_of([&] { nn::Muon(params, {.but = {"table"}}); }),
               Containing("no parameter lies below 'table', which AdamW is to take"));
    nn::Muon muon(params);
    CHECK_THAT(text_of([&] { muon.step(); }), Containing("no gradient has reached any parameter"));
}
