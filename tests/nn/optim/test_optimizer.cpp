// What holds for every optimiser, and for a user's own: training by fit(), checkpoints, trials, stretches of
// parameters.
#include <functional>
#include <memory>
#include <fmt/format.h>
#include <heed/core/xt.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/lion.hpp>
#include <heed/nn/optim/muon.hpp>
#include <heed/nn/optim/rmsprop.hpp>
#include <heed/nn/optim/schedule.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/dry_run.hpp>
#include <heed/nn/training/find_rate.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/nn/training/run/folder.hpp>
#include <heed/nn/training/run/log.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/silent.hpp>
#include <heed/tests/snippets/signs.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;

namespace {

struct Kind {
    const char* name;
    std::function<std::unique_ptr<nn::Optimizer>(const nn::Params&)> make;
};

const std::vector<Kind>& kinds() {
    using P = const nn::Params&;
    static const std::vector<Kind> all{
        {"Adam",
         [](P p) {
             return std::make_unique<nn::Adam>(p, nn::AdamOptions{.lr = 0.01, .decay = 0.1, .decay_vectors = true});
         }},
        {"AdamW", [](P p) { return std::make_unique<nn::AdamW>(p, nn::AdamOptions{.lr = 0.01}); }},
        {"Muon",
         [](P p) { return std::make_unique<nn::Muon>(p, nn::MuonOptions{.adam = {.lr = 0.01}, .but = {"second"}}); }},
        {"SGD", [](P p) { return std::make_unique<nn::SGD>(p, nn::SGDOptions{.lr = 0.05, .decay = 0.01}); }},
        {"SGD, momentum",
         [](P p) {
             return std::make_unique<nn::SGD>(p, nn::SGDOptions{.lr = 0.05, .momentum = 0.9, .nesterov = true});
         }},
        {"AdamW, AMSGrad",
         [](P p) {
             return std::make_unique<nn::AdamW>(p, nn::AdamOptions{.lr = 0.01, .beta2 = 0.9, .amsgrad = true});
         }},
        {"RMSprop", [](P p) { return std::make_unique<nn::RMSprop>(p, nn::RMSpropOptions{.lr = 0.01}); }},
        {"RMSprop, all",
         [](P p) {
             return std::make_unique<nn::RMSprop>(
                 p, nn::RMSpropOptions{.lr = 0.01, .momentum = 0.9, .centered = true, .decay = 0.1});
         }},
        {"Lion", [](P p) { return std::make_unique<nn::Lion>(p, nn::LionOptions{.lr = 0.002, .decay = 0.1}); }},
        {"Muon, AMSGrad",
         [](P p) {
             return std::make_unique<nn::Muon>(
                 p, nn::MuonOptions{.adam = {.lr = 0.01, .amsgrad = true}, .but = {"second"}});
         }},
        {"Signs", [](P p) { return std::make_unique<Signs>(p, 0.01); }}};
    return all;
}

// Two layers that learn a target which is a function of the batch.
struct Net {
    nn::Params params{3};
    nn::Linear first{params / "first", 5, 7}, second{params / "second", 7, 1};
    std::unique_ptr<nn::Optimizer> optimizer;
    explicit Net(const Kind& kind) : optimizer(kind.make(params)) {}

    Loss loss(Dim n) const {
        Array x = Array::from_shape({4, 5});
        for (Dim i = 0; i < 20; ++i) x.data()[i] = static_cast<Real>(std::sin(static_cast<double>(n * 20 + i)));
        return mse_loss(second(tanh(first(x))), filled({4, 1}, static_cast<Real>(std::cos(static_cast<double>(n)))));
    }
    Outcome fit(FitOptions o) {
        o.host = test::silent();
        return training::fit(o, params, *optimizer, LossOf([this](Dim n) { return loss(n); }));
    }
    std::vector<double> weights() const { return elements_of(params.list()); }
};

}  // namespace

TEST_CASE("optimizer: every kind, a user's own too, is trained by fit() and continues with the same bits", "[nn]") {
    for (const Kind& kind : kinds()) {
        CAPTURE(kind.name);
        const TemporaryFolder folder;
        Net straight(kind), begun(kind), resumed(kind);
        const FitOptions all{.steps = 12, .step = {.clip = 1, .on_nan = OnNan::rollback, .good_every = 4}};
        straight.fit(all);
        FitOptions part = all;
        part.folder = folder / "run";
        part.steps = 7;
        begun.fit(part);
        part.steps = 12;
        part.resume = true;
        CHECK(resumed.fit(part).resumed_at == 7);
        CHECK(resumed.weights() == straight.weights());
        CHECK(resumed.optimizer->steps() == 12);
        CHECK(straight.weights() != Net(kind).weights());
    }
}

TEST_CASE("optimizer: a checkpoint of another kind or of a later version is refused, an older one is read", "[nn]") {
    const TemporaryFolder folder;
    Net straight(kinds()[1]), begun(kinds()[1]), resumed(kinds()[1]);
    straight.fit({.steps = 9});
    begun.fit({.folder = folder / "run", .steps = 5});
    const std::string path = folder / "run/checkpoint.safetensors";
    Net other(kinds()[3]);
    const std::vector<double> before = other.weights();
    CHECK_THAT(text_of([&] { other.fit({.folder = folder / "run", .resume = true, .steps = 9}); }),
               Containing("checkpoint.safetensors: 'optimizer.' is the state of AdamW, version 1; expected that of "
                          "SGD, version 1 or before"));

    const nn::Checkpoint now = nn::Checkpoint::load(path);
    nn::Checkpoint later = now;
    later.notes["optimizer.version"] = "2";
    later.save(path);
    CHECK_THAT(text_of([&] { resumed.fit({.folder = folder / "run", .resume = true, .steps = 9}); }),
               Containing("AdamW, version 2; expected"));

    nn::Checkpoint old;  // heed 0.1 wrote every optimiser below "adam.", without kind and version
    nn::Checkpoint state = now.part("optimizer.");
    state.notes.erase("kind");
    state.notes.erase("version");
    old.put("adam.", state);
    old.put("model.", now.part("model."));
    for (const auto& [name, text] : now.notes)
        if (!name.starts_with("optimizer.")) old.notes[name] = text;
    old.save(path);
    CHECK(resumed.fit({.folder = folder / "run", .resume = true, .steps = 9}).resumed_at == 5);
    CHECK(resumed.weights() == straight.weights());
}

TEST_CASE("optimizer: a dry run counts the state of every kind, and the rate finder takes every kind", "[nn]") {
    const auto moments = [](std::size_t kind) {
        Net net(kinds()[kind]);
        return dry_run(net.params, *net.optimizer, [&](Dim n) { return net.loss(n); }, {}).moments;
    };
    const std::size_t all = sizeof(Real) * (5 * 7 + 7 + 7 + 1), matrix = sizeof(Real) * 5 * 7;
    CHECK(moments(0) == 2 * all);
    CHECK(moments(2) == 2 * all - matrix);
    CHECK(moments(3) == 0);
    CHECK(moments(4) == all);
    CHECK(moments(5) == 3 * all);
    CHECK(moments(6) == all);
    CHECK(moments(7) == 3 * all);
    CHECK(moments(8) == all);
    CHECK(moments(9) == 3 * all - 2 * matrix);
    CHECK(moments(10) == all);
    for (const Kind& kind : kinds()) {
        CAPTURE(kind.name);
        Net net(kind);
        CHECK(find_rate(net.params, *net.optimizer, [&](Dim n) { return net.loss(n); }, {}, {.most = 0.1, .steps = 30})
                  .curve.size() > 10);
    }
}

TEST_CASE("optimizer: stretches of parameters are updated as the whole would be", "[nn]") {
    for (const Kind& kind : kinds()) {
        CAPTURE(kind.name);
        Net whole(kind), cut(kind);
        for (Dim step = 0; step < 3; ++step) {
            for (Net* net : {&whole, &cut}) {
                Tape tape;
                tape.backward(net->loss(step).value);
            }
            whole.optimizer->step();
            std::vector<nn::Stretch> parts;
            for (std::size_t i = 0; i < cut.optimizer->parameters().size(); ++i) {
                const Dim size = cut.optimizer->parameters()[i].size(),
                          third = cut.optimizer->updates_stretches(i) ? size / 3 : 0;
                if (third > 0) parts.push_back({i, 0, third});
                parts.push_back({i, third, size});
            }
            cut.optimizer->step(parts);
            nn::Checkpoint file;  // as where a NaN takes a run back
            file.put("optimizer.", *cut.optimizer);
            file.get("optimizer.", *cut.optimizer);
        }
        CHECK(cut.weights() == whole.weights());
        CHECK(cut.optimizer->state_bytes() == whole.optimizer->state_bytes());
        CHECK(cut.optimizer->updates(0) == 3);
        CHECK_FALSE(cut.optimizer->parameters()[0].has_grad());
    }
    Net muon(kinds()[2]);
    Tape tape;
    tape.backward(muon.loss(0).value);
    const auto refused = [&](const nn::Stretch& s) { return text_of([&] { muon.optimizer->step(std::vector{s}); }); };
    CHECK_THAT(refused({0, 0, 3}),
               StartsWith("Muon: elements 0 to 3 of 'first.weight'; expected all: it is updated as a whole"));
    CHECK_THAT(refused({1, 3, 8}), StartsWith("Muon: elements 3 to 8 of 'first.bias'; expected a part of its 7"));
    CHECK_THAT(refused({1, 3, 2}), StartsWith("Muon: elements 3 to 2"));
    CHECK_THAT(refused({4, 0, 1}), StartsWith("Muon: parameter 4 of a stretch; there are 4"));
    CHECK_THAT(
        text_of([&] {
            muon.optimizer->step(std::vector<nn::Stretch>{{1, 0, 4}, {1, 3, 7}});
        }),
        StartsWith("Muon: elements 3 to 7 of 'first.bias'; expected stretches in order, and this one comes after "
                   "element 4 of 'first.bias'"));
    CHECK(muon.optimizer->steps() == 0);
}

TEST_CASE("optimizer: what a user's rule forgets to name is reported", "[nn]") {
    class Forgetful : public Signs {
    public:
        using Signs::Signs;
        std::vector<std::string> roles(std::size_t) const override { return {}; }
    };
    Net net({"Forgetful", [](const nn::Params& p) { return std::make_unique<Forgetful>(p, 0.1); }});
    Tape tape;
    tape.backward(net.loss(0).value);
    CHECK_THAT(text_of([&] { net.optimizer->step(); }), Containing("Signs: roles(0) does not name 'momentum'"));
}

TEST_CASE("fit: a folder is made, a run in it is not overwritten, resume continues, and nobody trains there meanwhile",
          "[training]") {
    const TemporaryFolder folder;
    const std::string path = folder / "runs/mine";
    Net net(kinds()[0]);
    const FitOptions first{.folder = path, .config = "{\"width\": 7}", .steps = 3};
    net.fit(first);
    CHECK(io::read_text(path + "/config.json", 100) == "{\"width\": 7}");
    CHECK_THAT(text_of([&] { net.fit(first); }), Containing("holds a run already"));
    CHECK_THAT(text_of([&] { net.fit({.folder = path, .steps = 5}); }), Containing("holds a run already"));
    FitOptions more = first;
    more.resume = true;
    more.steps = 5;
    CHECK(net.fit(more).step == 5);

    more.steps = 6;
    more.host = test::silent();
    const auto loss = [&](Dim n) {
        CHECK_THAT(text_of([&] { RunFolder(path, RunFolder::Use::resume); }),
                   Containing("another process is training here, or another part of this one"));
        return net.loss(n);
    };
    CHECK(training::fit(more, net.params, *net.optimizer, LossOf(loss)).step == 6);
    CHECK_NOTHROW(RunFolder(path, RunFolder::Use::resume));

    FitOptions none{.folder = folder / "new", .resume = true, .steps = 2};  // there is nothing to continue yet
    CHECK(net.fit(none).step == 2);
    const RunFolder held(folder / "held", RunFolder::Use::fresh);  // by the caller: fit() trains in it all the same
    CHECK(net.fit({.folder = folder / "held", .steps = 2}).step == 2);
    CHECK_THAT(text_of([&] { net.fit({.folder = folder / "held", .steps = 2}); }),
               Containing("fit is to begin a run, but the folder holds one"));
}

TEST_CASE("fit: a schedule whose total is not given ends with the run", "[training]") {
    const auto rates = [](const Rate& rate) {
        const TemporaryFolder folder;
        Net net(kinds()[0]);
        net.fit({.folder = folder / "run", .steps = 10, .rate = rate, .log_every = 1});
        std::vector<double> all;
        for (const Record& line : read_log(folder / "run/log.jsonl"))
            if (const Value* lr = find(line, "lr")) all.push_back(std::get<double>(*lr));
        return all;
    };
    const auto of = [](auto schedule) {
        std::vector<double> all;
        for (Dim step = 1; step <= 10; ++step) all.push_back(schedule(step));
        return all;
    };
    CHECK(rates(nn::WarmupCosine{.peak = 0.5, .warmup = 2}) ==
          of(nn::WarmupCosine{.peak = 0.5, .warmup = 2, .total = 10}));
    CHECK(rates(nn::WarmupCosine{.peak = 0.5, .total = 6}) == of(nn::WarmupCosine{.peak = 0.5, .total = 6}));
    CHECK(rates(nn::OneCycle{.peak = 0.5}) == of(nn::OneCycle{.peak = 0.5, .total = 10}));
    CHECK(rates(nn::StepDecay{.peak = 0.5, .every = 3}) == of(nn::StepDecay{.peak = 0.5, .every = 3}));
    CHECK(rates([](Dim step, Dim steps) { return 0.1 * static_cast<double>(step) / static_cast<double>(steps); })[4] ==
          Approx(0.05));
    CHECK(Rate(nn::WarmupCosine{.peak = 0.5, .warmup = 2})(1000, 0) ==
          0.5);  // of a run whose minutes are not steps yet
    CHECK_THAT(text_of([] { Rate(nn::StepDecay{.peak = -1})(1, 10); }), Containing("test_optimizer.cpp"));
}
