// Steps that are cut into shards: what they agree with, and what is refused.
#include <cmath>
#include <heed/nn/data/batch_sampler.hpp>
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/nn/layers/layers.hpp>
#include <heed/nn/optim/adam.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/fit.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/io_files.hpp>
#include <heed/tests/silent.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;
using namespace heed::training;

namespace {

constexpr Dim rows = 12;

// A batch of `rows` rows, or of a shard those that are its own.
std::optional<Array> rows_of(Dim n, Shard shard = {}, Dim all = rows) {
    const Array whole = normals({all, 3}, RandomStream(Key{1, static_cast<std::uint64_t>(n)}, 2));
    const Dim begin = shard.begin(all), end = shard.end(all);
    if (begin == end) return std::nullopt;
    return Array(slice(Var(whole), 0, begin, end).value());
}

// Two layers that learn a sum of squares; `second` is reached in some shards only where `skips` is set.
struct Net {
    nn::Params params{5};
    nn::Linear first{params / "first", 3, 8}, second{params / "second", 8, 1};
    nn::Dropout drop;
    bool skips = false;
    explicit Net(double dropout = 0) : drop(params / "drop", dropout) {}
    Loss loss(const Array& x) const {
        const Var hidden = drop(tanh(first(x)));
        const Var y = skips && x(0, 0) < 0 ? sum(hidden, {1}, keep_axis) : second(hidden);
        const auto n = static_cast<double>(Var(x).dim(0));
        return {mse_loss(y, sum(square(Var(x)), {1}, keep_axis)), n, n};
    }
};

// The elements of all parameters after a run of some steps.
std::vector<double> trained(Net& net, Dim shards, StepOptions step = {}, Dim all = rows, nn::Ema* ema = nullptr) {
    nn::AdamW adam(net.params, {.lr = 1e-2, .decay = 0.01});
    fit(
        {.steps = 6, .step = step, .shards = shards, .ema = ema, .host = test::silent()}, net.params, adam,
        [all](Dim n, Shard shard) { return rows_of(n, shard, all); }, [&](const Array& x) { return net.loss(x); });
    return elements_of(net.params.list());
}

void check_close(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(a[i] == Approx(b[i]).epsilon(1e-4).margin(1e-5));
}

}  // namespace

TEST_CASE("shards: parts are neighbours, as even as they go, and cover the examples", "[training]") {
    for (const Dim n : {0, 1, 5, 8, 13, 1000})
        for (const Dim count : {1, 2, 4, 8}) {
            Dim next = 0;
            for (Dim i = 0; i < count; ++i) {
                const Shard shard{i, count};
                CHECK(shard.begin(n) == next);
                next = shard.end(n);
                CHECK((next - shard.begin(n) == n / count || next - shard.begin(n) == n / count + 1));
            }
            CHECK(next == n);
        }
    const data::BatchSampler order(37, [](std::size_t) { return data::BatchSampler::Lengths(1, 1); }, {.batch = 10});
    for (Dim n = 0; n < 8; ++n) {
        std::vector<std::size_t> joined;
        for (Dim i = 0; i < 4; ++i) {
            const std::vector<std::size_t> part = order.at(n, {i, 4});
            joined.insert(joined.end(), part.begin(), part.end());
        }
        CHECK(joined == order.at(n));
    }
}

TEST_CASE("shards: one shard is a step as it is without", "[training]") {
    Net net(0.3), plain(0.3);
    nn::AdamW adam(plain.params, {.lr = 1e-2, .decay = 0.01});
    const StepOptions step{.seed = 3, .accumulate = 2, .clip = 0.1};
    fit(
        {.steps = 6, .step = step, .host = test::silent()}, plain.params, adam, [](Dim n) { return *rows_of(n); },
        [&](const Array& x) { return plain.loss(x).value; });
    CHECK(trained(net, 1, step) == elements_of(plain.params.list()));
}

TEST_CASE("shards: eight agree with one up to rounding, uneven and empty ones, too", "[training]") {
    for (const Dim all : {12, 5, 1})
        for (const Dim accumulate : {1, 3}) {
            CAPTURE(all, accumulate);
            const StepOptions step{.accumulate = accumulate, .clip = 0.5};
            Net one, eight;
            nn::Ema of_one(one.params, {.decay = 0.9}), of_eight(eight.params, {.decay = 0.9});
            const std::vector<double> expected = trained(one, 1, step, all, &of_one);
            const std::vector<double> found = trained(eight, 8, step, all, &of_eight);
            check_close(found, expected);
            CHECK((all == 1 || found != expected));  // they do differ by rounding
            for (std::size_t i = 0; i < of_one.averages().size(); ++i)
                check_close(elements(of_eight.averages()[i]), elements(of_one.averages()[i]));
        }
}

TEST_CASE("shards: the gradient is the mean weighted by counts, added as a tree", "[training]") {
    const nn::Params params;
    const Var w = params.make("w", {2}, nn::init::constant(0)),
              never = params.make("never", {1}, nn::init::constant(0));
    nn::SGD sgd(params, {.lr = 1});
    const std::vector<double> counts{3, 0, 1, 4}, slopes{0.1, 7, 0.2, 0.7};
    Stepper stepper(
        params, sgd,
        [&](Dim, Shard shard) {
            const auto i = static_cast<std::size_t>(shard.index);
            if (counts[i] == 0) return Loss::of_nothing();
            return Loss(sum(w * slopes[i]) + slopes[i], 1, counts[i]);
        },
        {}, 4);
    const StepReport report = stepper.run(1);
    const auto f = [](double v) { return static_cast<Real>(v); };
    const Real expected = ((f(0.1) * 3) + (f(0.2) * 1 + f(0.7) * 4)) * f(1.0 / 8);
    CHECK(w.value()(0) == -expected);
    CHECK(never.value()(0) == 0);
    CHECK(report.loss == Approx((0.3 + 0.2 + 2.8) / 8));
    CHECK(report.units == 3);
    CHECK(sgd.updates(0) == 1);
    CHECK(sgd.updates(1) == 0);
}

TEST_CASE("shards: a layer that some shards skip gets the gradient of the others", "[training]") {
    Net one, four;
    one.skips = four.skips = true;
    const std::vector<double> found = trained(four, 4);
    for (const double v : found) CHECK(std::isfinite(v));
    Net again;
    again.skips = true;
    CHECK(trained(again, 4) == found);
}

TEST_CASE("shards: each has random numbers of its own", "[training]") {
    nn::Params params;
    nn::SGD sgd(params, {});
    const Var w = params.make("w", {1}, nn::init::constant(0));
    nn::SGD optimizer(params, {.lr = 0});
    std::vector<std::vector<double>> seen;
    const auto loss = [&](Dim, Shard) {
        const Var y = dropout(Var(filled({64}, 1)), 0.5);
        seen.push_back(elements(y.value()));
        return Loss(sum(y) * sum(w), 1, 1);
    };
    Stepper stepper(params, optimizer, loss, {.seed = 4}, 4);
    stepper.run(1), stepper.run(2), stepper.run(1);
    REQUIRE(seen.size() == 12);
    for (std::size_t i = 0; i < 8; ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(seen[i] != seen[j]);
    for (std::size_t i = 0; i < 4; ++i) CHECK(seen[8 + i] == seen[i]);
}

TEST_CASE("shards: what layers average is the mean of what each shard makes of it", "[training]") {
    const nn::Params params;
    const nn::BatchNorm norm(params / "norm", 3, {.momentum = 0.5});
    nn::SGD sgd(params, {.lr = 0});
    const auto loss = [&](Dim n, Shard shard) {
        const std::optional<Array> x = rows_of(n, shard, 10);
        return x ? Loss(sum(square(norm(*x))), 1, static_cast<double>(Var(*x).dim(0))) : Loss::of_nothing();
    };
    Stepper stepper(params, sgd, loss, {}, 4);
    stepper.run(1);
    std::vector<double> expected(3);
    for (Dim i = 0; i < 10; ++i)  // the mean of the shards' means, weighted by rows, is that of all rows
        for (Dim c = 0; c < 3; ++c)
            expected[static_cast<std::size_t>(c)] += 0.5 * double{(*rows_of(0, {}, 10))(i, c)} / 10;
    check_close(elements(norm.running_mean.value()), expected);
}

TEST_CASE("shards: a NaN in one of them is named, and leaves no trace where it is skipped", "[training]") {
    for (const OnNan policy : {OnNan::stop, OnNan::skip, OnNan::rollback}) {
        Net net;
        nn::AdamW adam(net.params, {.lr = 1e-2});
        const auto loss = [&](Dim n, Shard shard) {
            Loss of = net.loss(*rows_of(n, shard));
            if (n == 2 && shard.index == 2) of.value = of.value + sum(log(net.second.weight * 0 - 1));
            return of;
        };
        Stepper stepper(net.params, adam, loss, {.on_nan = policy, .good_every = 1}, 4);
        stepper.run(1), stepper.run(2);
        const std::vector<double> before = elements_of(net.params.list());
        if (policy == OnNan::stop) {
            CHECK_THAT(error_of<NumberError>([&] { stepper.run(3); }), StartsWith("step 3: log"));
            continue;
        }
        CHECK_THAT(stepper.run(3).skipped, StartsWith("step 3: log"));
        CHECK(elements_of(net.params.list()) == before);
        CHECK(stepper.run(4).skipped.empty());
    }
}

TEST_CASE("shards: what cannot be cut is refused", "[training]") {
    Net net;
    nn::AdamW adam(net.params);
    const auto refusal = [&](const LossOf& loss, Dim shards) {
        return error_of<RangeError>([&] { Stepper(net.params, adam, loss, {}, shards).run(1); });
    };
    const auto loss = [&](Dim n, Shard shard) { return net.loss(*rows_of(n, shard)); };
    CHECK_THAT(refusal(loss, 0), Containing("shards is 0"));
    CHECK_THAT(refusal(loss, 6), Containing("shards is 6; expected a power of two"));
    CHECK_THAT(refusal([&](Dim n) { return net.loss(*rows_of(n)); }, 2), Containing("expected batch(n, shard)"));
    CHECK_THAT(refusal([&](Dim n, Shard s) { return net.loss(*rows_of(n, s)).value; }, 2),
               Containing("shard 0 of batch 0 has no count; expected the number of items"));
    CHECK_THAT(refusal([&](Dim n, Shard s) { return Loss(net.loss(*rows_of(n, s)).value, 1, -1); }, 2),
               Containing("a count of -1"));
    CHECK_THAT(refusal([](Dim, Shard) { return Loss::of_nothing(); }, 2), Containing("all of its 2 shards are"));
    CHECK_THAT(refusal([](Dim, Shard) { return Loss::of_nothing(); }, 1), Containing("batch 0 has no loss"));
}
