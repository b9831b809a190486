// Batch normalisation beyond its values (tests/both/reference/test_reference_layers.cpp): when its running averages
// move, and where they are kept.
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/checkpoint.hpp>
#include <heed/nn/optim/ema.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/params/load.hpp>
#include <heed/nn/training/step.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Net {
    nn::Params params{7};
    nn::Linear in{params / "in", 3, 4};
    nn::BatchNorm norm{params / "norm", 4};
    nn::Linear out{params / "out", 4, 1};
    Var operator()(In x) const { return out(tanh(norm(in(x)))); }
    std::vector<double> averages() const { return elements_of(std::vector<Var>{norm.running_mean, norm.running_var}); }
};

Array batch(Dim n) { return normals({6, 3}, RandomStream(Key{1, static_cast<std::uint64_t>(n)}, 2)); }

}  // namespace

TEST_CASE("batch norm: running averages move in training alone, and evaluation takes them", "[nn]") {
    const nn::Params params;
    const nn::BatchNorm norm(params, 2, {.momentum = 0.5});
    const Array x = array_of({2, 1, 2}, {1, 10, 3, 30});
    CHECK(elements(norm(x).value())[1] == Approx(10).epsilon(1e-5));  // mean 0 and variance 1, at first
    CHECK(elements(norm.running_mean.value()) == std::vector<double>{0, 0});
    {
        const Tape tape(evaluate);
        norm(x);
        CHECK(elements(norm.running_mean.value()) == std::vector<double>{0, 0});
    }
    {
        const Tape tape;
        const std::vector<double> y = elements(norm(x).value());
        CHECK(y[0] == Approx(-1).epsilon(1e-5));
        CHECK(y[3] == Approx(1).epsilon(1e-5));
        {
            const Inference inference;  // in the middle of a step
            norm(x);
        }
        CHECK(norm(Array::from_shape({0, 5, 2})).shape() == Shape{0, 5, 2});  // an empty batch moves nothing
    }
    CHECK(elements(norm.running_mean.value()) == std::vector<double>{1, 10});
    CHECK(elements(norm.running_var.value()) == std::vector<double>{1.5, 100.5});
    const Sampling sampling;  // dropout outside training is no training
    CHECK(elements(norm(x).value())[0] == Approx(0).margin(1e-12));
    CHECK(elements(norm.running_mean.value()) == std::vector<double>{1, 10});
}

TEST_CASE("batch norm: a stretch that runs again in the sweep counts once", "[nn]") {
    Net plain, again, twice;
    const auto step = [&](Net& net, auto&& f) {
        Tape tape(Key{1, 1});
        tape.backward(sum(square(f(net))));
        std::vector<double> all = net.averages();
        for (const Var& p : net.params.list())
            if (p.has_grad())
                for (const double g : elements(p.grad())) all.push_back(g);
        return all;
    };
    const Var x = Var::leaf(batch(0), "x");
    const auto f = [](const Net& net) { return [&net](const Var& v) { return net(v); }; };
    const std::vector<double> expected = step(plain, [&](Net& n) { return n(x); });
    CHECK(step(again, [&](Net& n) { return checkpoint(f(n), x); }) == expected);
    CHECK(step(twice, [&](Net& n) { return checkpoint([&](const Var& v) { return checkpoint(f(n), 1 * v); }, x); }) ==
          expected);
    CHECK(again.averages() != Net().averages());
    CHECK_FALSE(running_again());
}

TEST_CASE("batch norm: a step that is not finite leaves no trace in the averages", "[nn]") {
    using training::OnNan;
    for (const OnNan policy : {OnNan::stop, OnNan::skip, OnNan::rollback}) {
        for (const bool in_gradient : {false, true}) {
            CAPTURE(static_cast<int>(policy), in_gradient);
            Net net;
            nn::SGD sgd(net.params);
            training::Stepper stepper(
                net.params, sgd,
                [&](Dim n) {
                    Var loss = sum(square(net(n == 2 && !in_gradient ? Array(batch(n) * HUGE_VAL) : batch(n))));
                    if (n == 2 && in_gradient) loss = loss + sum(sqrt(0 * net.out.bias));  // its derivative is infinite
                    return training::Loss(loss);
                },
                {.on_nan = policy, .good_every = 1});
            for (const Dim step : {1, 2}) CHECK(stepper.run(step).skipped.empty());
            const std::vector<double> before = net.averages(), weights = elements_of(net.params.list());
            if (policy == OnNan::stop) CHECK_THROWS_AS(stepper.run(3), NumberError);
            else CHECK_FALSE(stepper.run(3).skipped.empty());
            CHECK(net.averages() == before);
            CHECK(elements_of(net.params.list()) == weights);
            CHECK(stepper.run(4).skipped.empty());
            CHECK(net.averages() != before);
        }
    }
}

TEST_CASE("batch norm: buffers are kept with the parameters, and never learnt", "[nn]") {
    Net net;
    CHECK(net.params.buffers().size() == 2);
    CHECK((net.params / "in").buffers().empty());
    nn::Ema ema(net.params, {.decay = 0.5, .warm = false});
    const auto train = [&] {
        nn::SGD sgd(net.params, {.lr = 0.1, .decay = 0.1, .decay_vectors = true});
        Tape tape;
        tape.backward(sum(square(net(batch(1)))));
        net.params.require_reached();
        sgd.step();
    };
    const std::vector<double> start = net.averages();
    train();
    ema.update();
    std::vector<double> middle = net.averages();
    for (std::size_t i = 0; i < middle.size(); ++i) middle[i] = (middle[i] + start[i]) / 2;
    {
        const nn::Ema::Use averaged(ema);
        const std::vector<double> used = net.averages();
        for (std::size_t i = 0; i < used.size(); ++i) CHECK(used[i] == Approx(middle[i]).epsilon(1e-6));
    }
    const Var y = net(batch(2));

    nn::Checkpoint file;
    file.put("model.", net.params);
    Net loaded;
    file.get("model.", loaded.params);
    CHECK(elements(loaded(batch(2)).value()) == elements(y.value()));

    const nn::Params copy = net.params.clone();
    const nn::BatchNorm twin(copy / "norm", 4);
    CHECK(copy.buffers().size() == 2);
    CHECK(elements(twin.running_mean.value()) == elements(net.norm.running_mean.value()));
    {
        const Tape tape;
        twin(filled({3, 4}, 1));
    }
    CHECK(elements(twin.running_mean.value()) != elements(net.norm.running_mean.value()));

    for (const nn::Params& p : {net.params, copy}) {
        p.freeze();
        p.freeze(false);
        for (const Var& b : p.buffers()) CHECK_FALSE(b.wants_grad());
    }
    train();
}

TEST_CASE("batch norm: PyTorch's counter is not missed, and another layer's averages are refused", "[nn]") {
    const TemporaryFolder folder;
    const std::string path = folder / "f.safetensors";
    nn::Checkpoint c;
    for (const char* name : {"weight", "bias", "running_mean", "running_var"})
        c.put(std::string("n.") + name, filled({2}, 3));
    Ints batches = Ints::from_shape({});
    batches() = 7;
    c.put("n.num_batches_tracked", batches);
    c.save(path);
    const nn::LoadOptions theirs{.layout = nn::Layout::pytorch};
    const nn::Params params, other;
    const nn::BatchNorm norm(params / "n", 2);
    CHECK(nn::load(params, path, theirs).complete());
    CHECK(elements(norm.running_var.value()) == std::vector<double>{3, 3});
    const nn::LayerNorm layer(other / "n", 2);
    CHECK_THAT(text_of([&] { nn::load(other, path, {.layout = nn::Layout::pytorch, .strict = false}); }),
               Containing("'n.running_mean', of a BatchNorm, which the model has not"));
}

TEST_CASE("batch norm: what does not fit is refused", "[nn]") {
    const nn::Params params;
    CHECK_THAT(text_of([&] { nn::BatchNorm(params / "a", 2, {.momentum = 1.5}); }),
               StartsWith("BatchNorm: momentum is 1.5; expected a part of the average, 0 to 1\n"));
    const nn::BatchNorm norm(params / "b", 2);
    CHECK_THAT(text_of([&] {
                   norm(filled({3, 4}, 1));
               }),
               StartsWith("BatchNorm 'b': argument 'x' has shape (3, 4); expected (b, ..., 2)\n") &&
                   Containing("test_batch_norm.cpp"));
    const Tape tape;
    CHECK_THAT(text_of([&] {
                   norm(filled({1, 2}, 1));
               }),
               StartsWith("batch_norm 'b': argument 'x' has shape (1, 2); expected more than one position"));
}
