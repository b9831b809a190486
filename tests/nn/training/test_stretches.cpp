// A model that is trained on stretches of its sequences: it has the bits of the whole, and any number of processes
// (threads, here) trains the same.
#include <fmt/format.h>
#include <heed/core/tape_parts.hpp>
#include <heed/nn/layers/batch_norm.hpp>
#include <heed/nn/layers/transformer.hpp>
#include <heed/nn/optim/sgd.hpp>
#include <heed/nn/training/step.hpp>
#include <heed/tests/attention.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/nn/training/thread_group.hpp>

using namespace heed;
using namespace heed::training;

namespace {

constexpr Dim length = 900, symbols = 11, width = 16, batch = 2;  // stretches of 256, the last one shorter

struct Case {
    const char* name;
    nn::TransformerOptions options = {};
    Mask mask = causal();
};

std::vector<Case> cases() {
    std::vector<Case> all{{.name = "rotary", .options = {.rotary = RotaryOptions{}}}};
    all.push_back(
        {.name = "norms last, relative positions",
         .options = {.norm_first = false, .layer_scale = 0.5, .relative = nn::RelativeOptions{.buckets = 8}}});
    all.push_back({.name = "norms of heads, sinks, key heads, lengths",
                   .options = {.norm = nn::NormKind::rms, .key_heads = 1, .attend = {.qk_norm = true, .sink = true}},
                   .mask = lengths(Ints{900, 300}) & causal()});
    all.push_back(
        {.name = "cosine", .options = {.attend = {.score = score::cosine(), .scale = 10, .logit_scale = true}}});
    all.push_back({.name = "dropout", .options = {.dropout = 0.2, .rotary = RotaryOptions{}, .stochastic_depth = 0.3}});
    return all;
}

struct Net {
    nn::Params params{5};
    Var table = params.make("table", {symbols, width}, nn::init::normal(1));
    nn::LearnedPositions positions{params / "positions", length, width};
    nn::TransformerEncoder layers;
    Mask mask;
    explicit Net(const Case& c) : layers(params, 2, width, 2, c.options), mask(c.mask) {}

    Var begin(const Ints& ids, Dim first) const { return positions(take_rows(table, ids), first); }
    Var end(const Var& x) const { return linear(x, transpose(table)); }
    Var whole(const Ints& ids) const { return end(layers(begin(ids, 0), mask)); }
    std::vector<Var> stretched(const std::vector<Ints>& ids, const Stretches& stretches) const {
        const auto own = stretches.of(stretches.peers().rank());
        const auto x = in_parts(ids.size(), [&](std::size_t n) { return begin(ids[n], own[n].begin); });
        const auto y = layers(x, stretches, mask);
        return in_parts(ids.size(), [&](std::size_t n) { return end(y[n]); });
    }
};

Ints ids_of(Dim first, Dim n, std::uint64_t which) {
    const RandomStream random(Key{which, 9}, 1);
    Ints ids = Ints::from_shape({batch, n});
    for (Dim b = 0; b < batch; ++b)
        for (Dim i = 0; i < n; ++i)
            ids(b, i) = static_cast<Dim>(random.bits(static_cast<std::uint64_t>(b * length + first + i)) % symbols);
    return ids;
}
std::vector<Ints> ids_of(const Stretches& stretches, std::uint64_t which) {
    std::vector<Ints> all;
    for (const Stretches::Stretch& s : stretches.of(stretches.peers().rank()))
        all.push_back(ids_of(s.begin, s.size(), which));
    return all;
}

LossOf whole_loss(const Net& net) {
    return [&net](Dim n) {
        const auto which = static_cast<std::uint64_t>(n);
        return Loss(cross_entropy(net.whole(ids_of(0, length, which)), ids_of(0, length, which + 100)), batch * length);
    };
}
LossOf losses_of(const Net& net, const Stretches& stretches) {
    return [&net, &stretches](Dim n) {
        const auto which = static_cast<std::uint64_t>(n);
        const std::vector<Ints> ids = ids_of(stretches, which), next = ids_of(stretches, which + 100);
        const std::vector<Var> logits = net.stretched(ids, stretches);
        const std::vector<Var> nats =
            in_parts(ids.size(), [&](std::size_t i) { return cross_entropy(logits[i], next[i]); });
        std::vector<Loss> losses;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto items = static_cast<double>(count(ids[i]));
            losses.emplace_back(nats[i], items, items);
        }
        return losses;
    };
}

// Losses and norms of some steps, and the parameters after them. No stretches: the whole.
std::vector<double> trained(const Case& c, Dim stretches, Group& group, Dim steps = 2) {
    const Net net(c);
    const Stretches own(length, std::max<Dim>(1, stretches), group);
    nn::SGD sgd(net.params, {.lr = 0.1, .momentum = 0.9});
    Stepper stepper(net.params, sgd, stretches ? losses_of(net, own) : whole_loss(net), {.seed = 3, .clip = 0.5},
                    std::max<Dim>(1, stretches), group);
    std::vector<double> all;
    for (Dim step = 1; step <= steps; ++step) {
        const StepReport report = stepper.run(step);
        all.insert(all.end(), {report.loss, report.norm, report.units});
    }
    const std::vector<double> elements = elements_of(net.params.list());
    all.insert(all.end(), elements.begin(), elements.end());
    return all;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double most = a.size() == b.size() ? 0 : HUGE_VAL;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        most = std::max(most, std::abs(a[i] - b[i]) / std::max(1.0, std::abs(b[i])));
    return most;
}

}  // namespace

TEST_CASE("training on stretches: logits have the bits of the whole's", "[training][stretches]") {
    for (const Case& c : cases()) {
        INFO(c.name);
        const Net net(c);
        const Array whole = net.whole(ids_of(0, length, 1)).value();
        const Stretches stretches(length, 4);
        const std::vector<Var> logits = net.stretched(ids_of(stretches, 1), stretches);
        for (std::size_t n = 0; n < logits.size(); ++n) {
            const Stretches::Stretch s = stretches.of(0)[n];
            CHECK(logits[n].value() == slice(Var(whole), 1, s.begin, s.end).value());
        }
    }
}

TEST_CASE("training on stretches: steps agree with those on the whole, and one stretch has their bits",
          "[training][stretches]") {
    for (const Case& c : cases()) {
        INFO(c.name);
        const bool draws = c.options.dropout > 0;
        const std::vector<double> whole = trained(c, 0, one_process());
        CHECK((trained(c, 1, one_process()) == whole));
        const std::vector<double> cut = trained(c, 4, one_process());
        if (!draws) CHECK(distance(cut, whole) < 1e-5);
        else CHECK(distance(cut, whole) > 1e-5);
    }
}

TEST_CASE("training on stretches: any number of processes has the same bits", "[training][stretches]") {
    for (const Case& c : cases()) {
        const std::vector<double> one = trained(c, 4, one_process());
        for (const int processes : {2, 4}) {
            INFO(c.name << ", " << processes << " processes");
            std::vector<std::vector<double>> found(static_cast<std::size_t>(processes));
            test::in_threads(
                processes, [&](Group& group) { found[static_cast<std::size_t>(group.rank())] = trained(c, 4, group); });
            for (const std::vector<double>& of_process : found) CHECK((of_process == one));
        }
    }
}

TEST_CASE("training on stretches: what is refused", "[training][stretches]") {
    const Net net(cases()[0]);
    nn::SGD sgd(net.params, {});
    const Stretches stretches(length, 4);
    const auto run = [&](const LossOf& loss, const nn::Params& params) { Stepper(params, sgd, loss, {}, 4).run(1); };
    const auto refused = [&](const LossOf& loss, const char* text) {
        CHECK_THROWS_WITH(run(loss, net.params), Containing(text));
    };
    refused([](Dim) { return std::vector<Loss>{}; }, "0 losses of batch 0; expected 4, one of each shard");
    refused(
        [&](Dim n) {
            std::vector<Loss> losses = losses_of(net, stretches).together(n);
            losses[2].count.reset();
            return losses;
        },
        "the loss of shard 2 of batch 0 has no count");
    refused([](Dim) { return std::vector<Loss>(4, Loss::of_nothing()); }, "no shard of this process has a loss");
    const nn::Params other(1);
    const nn::BatchNorm norm(other / "norm", width);
    CHECK_THROWS_WITH(run(
                          [&](Dim) {
                              const Var y = sum(norm(Var(noise({4, width}, 1))));
                              return std::vector<Loss>(4, Loss(y, 1, 1));
                          },
                          other),
                      Containing("have no such average each"));
    // Layers
    const std::vector<Var> x{noise({2, 256, width}, 1), noise({2, 132, width}, 1), noise({2, 256, width}, 1)};
    CHECK_THROWS_WITH(net.layers(x, stretches), Containing("x has 3 stretches; expected 4, those of this process"));
    const std::vector<Var> wrong{x[0], x[1], x[1], x[2]};
    CHECK_THROWS_WITH(net.layers(wrong, stretches),
                      Containing("argument 'x' has shape (2, 132, 16); expected (b, 256, 16), the "
                                 "positions 256 to 511"));
    const nn::MultiHeadAttention composed(nn::Params(1), width, 2, {.policy = Policy::require_composed});
    const std::vector<Var> right{x[0], x[1], x[0], x[2]};
    CHECK_THROWS_WITH(composed(right, stretches), Containing("the composed path stores the weights of all pairs"));
    // Tapes with parts
    const Tape tape;
    const TapeParts parts({Key{1, 1}, Key{2, 1}});
    const Var leaf = Var::leaf(noise({1, 2, length, 8}, 1)), sink = Var::leaf(noise({2}, 2), "sink");
    const auto attend = [&](const AttentionOptions& options, Dim n) {
        return attention(leaf, leaf, leaf, Stretches(length, n), options);
    };
    CHECK_THROWS_WITH(attend({}, 4), Containing("a tape of 2 parts, and 4 stretches in this process"));
    CHECK_THROWS_WITH(attend({.sink = sink * 2}, 2), Containing("the sink is the result of an op"));
    CHECK_THROWS_WITH(attend({.mask = causal() + bias(sink.value()(0) * Var::leaf(noise({length, length}, 3)))}, 2),
                      Containing("a bias is the result of an op"));
    const InPart in(0);
    CHECK_THROWS_WITH(attend({}, 2), Containing("is recorded in none of the tape's parts"));
}

TEST_CASE("training on stretches: an op that makes a NaN is named where one process has all", "[training][stretches]") {
    const Net net(cases()[0]);
    net.table.mutable_value()(3, 2) = std::nanf("");
    nn::SGD sgd(net.params, {});
    const Stretches stretches(length, 4);
    Stepper stepper(net.params, sgd, losses_of(net, stretches), {}, 4);
    CHECK_THROWS_WITH(stepper.run(1), Containing("step 1: take_rows"));
    test::in_threads(2, [](Group& group) {
        const Net own(cases()[0]);
        own.table.mutable_value()(3, 2) = std::nanf("");
        nn::SGD of_process(own.params, {});
        const Stretches half(length, 4, group);
        Stepper two(own.params, of_process, losses_of(own, half), {}, 4, group);
        const std::string text = text_of([&] { two.run(1); });
        if (text.find("one process finds alone") == std::string::npos) throw Error(text);  // would end the test
    });
}
