// Hooks on gradients: called once in a sweep, with the complete gradient, as early as it is complete.
#include <thread>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

using Values = std::vector<double>;

Var leaf_of(std::vector<double> values, std::string name = "leaf") {
    return Var::leaf(array_of({static_cast<Dim>(values.size())}, values), std::move(name));
}

// A hook that writes down what it sees.
auto noting(std::vector<Values>& seen) {
    return [&seen](Array gradient) {
        seen.push_back(elements(gradient));
        return gradient;
    };
}

Array times(const Array& x, double by) {
    Array y = x;
    for (Dim i = 0; i < count(y); ++i) y.data()[i] *= static_cast<Real>(by);
    return y;
}

}  // namespace

TEST_CASE("hooks: one call with the complete gradient, for a leaf and for a value in between", "[hooks]") {
    const Var w = leaf_of({3, 4});
    std::vector<Values> of_w, of_h;
    w.on_gradient(noting(of_w));
    Tape tape;
    const Var h = w * w;
    h.on_gradient(noting(of_h));
    tape.backward(sum(h * 2 + h + w));
    CHECK(of_h == std::vector<Values>{{3, 3}});
    CHECK(of_w == std::vector<Values>{{19, 25}});
    CHECK(elements(w.grad()) == Values{19, 25});
}

TEST_CASE("hooks: what they return is passed on, in the order in which they were added", "[hooks]") {
    const Var w = leaf_of({3, 4}), v = leaf_of({1, 2});
    w.on_gradient([](const Array& g) { return times(g, 10); });
    w.on_gradient([](const Array& g) { return g + 1; });
    Tape tape;
    const Var h = v * 2;
    h.on_gradient([](const Array& g) { return times(g, 5); });
    tape.backward(sum(h * w));
    CHECK(elements(w.grad()) == Values{21, 41});
    CHECK(elements(v.grad()) == Values{30, 40});
}

TEST_CASE("hooks: a leaf's see the gradient of this sweep alone, and last until they are cleared", "[hooks]") {
    const Var w = leaf_of({3});
    std::vector<Values> seen;
    w.on_gradient([](const Array& g) { return times(g, 2); });
    w.on_gradient(noting(seen));
    for (int sweep = 0; sweep < 3; ++sweep) {
        if (sweep == 2) w.clear_hooks();
        Tape tape;
        tape.backward(sum(w * 5));
    }
    CHECK(seen == std::vector<Values>{{10}, {10}});
    CHECK(elements(w.grad()) == Values{25});
}

TEST_CASE("hooks: a leaf reports as soon as the sweep has passed its first use", "[hooks]") {
    std::vector<std::string> order;
    const auto noting_name = [&order](const std::string& name) {
        return [&order, name](Array g) {
            order.push_back(name);
            return g;
        };
    };
    const Var first = leaf_of({1}), second = leaf_of({2}), third = leaf_of({3});
    first.on_gradient(noting_name("first"));
    second.on_gradient(noting_name("second"));
    third.on_gradient(noting_name("third"));
    Tape tape;
    const Var a = first * 2, b = a * second, c = b * third * second;
    a.on_gradient(noting_name("a"));
    b.on_gradient(noting_name("b"));
    {
        Tape other;  // the first leaf now belongs to this tape, so that `tape` notes it twice
        const Var elsewhere = first * third;
    }
    tape.backward(sum(c * first));
    CHECK(order == std::vector<std::string>{"third", "b", "second", "a", "first"});
}

TEST_CASE("hooks: not called where no gradient arrives", "[hooks]") {
    const Var w = leaf_of({3}), unused = leaf_of({1}), frozen = leaf_of({2});
    int calls = 0;
    const auto counting = [&calls](Array g) { return ++calls, g; };
    for (const Var& x : {unused, frozen}) x.on_gradient(counting);
    frozen.freeze();
    {
        Tape tape;
        const Var aside = unused * w;
        aside.on_gradient(counting);
        tape.backward(sum(w * frozen));
        CHECK(calls == 0);
        CHECK_FALSE(frozen.has_grad());
    }
    w.on_gradient(counting);
    Tape tape;
    CHECK(elements(gradient(w * w, {w})[0]) == Values{6});  // leaves leaves alone
    CHECK(calls == 0);
}

TEST_CASE("hooks: gradient() asks for what the hook of a value in between returned", "[hooks]") {
    const Var w = leaf_of({3});
    Tape tape;
    const Var h = w * 2, y = h * 4;
    h.on_gradient([](const Array& g) { return times(g, 10); });
    const std::vector<Array> got = gradient(y, {w, h});
    CHECK(elements(got[0]) == Values{80});
    CHECK(elements(got[1]) == Values{40});
}

TEST_CASE("hooks: one that throws ends the sweep and leaves no gradient behind", "[hooks]") {
    const Var w = leaf_of({3}), v = leaf_of({4});
    w.set_grad(array_of({1}, {100}));
    w.on_gradient([](Array) -> Array { throw NumberError("planted"); });
    {
        Tape tape;
        const Var loss = sum(w * 2 * v);
        CHECK(text_of([&] { tape.backward(loss); }) == "planted");
        CHECK_THAT(text_of([&] { tape.backward(loss); }), StartsWith("backward: this recording was swept already"));
    }
    CHECK_FALSE(w.has_grad());
    CHECK_FALSE(v.has_grad());
    w.clear_hooks();
    Tape tape;
    tape.backward(sum(w * 2));
    CHECK(elements(w.grad()) == Values{2});
}

TEST_CASE("hooks: what they refuse", "[hooks]") {
    const Var w = leaf_of({3, 4}), constant(array_of({2}, {1, 1}));
    const auto same = [](Array g) { return g; };
    const auto position = [](unsigned line) {
        return std::string("\n  called from ") + __builtin_FILE() + ":" + std::to_string(line);
    };
    const std::string refused = text_of([&] { constant.on_gradient(same); }), refused_at = position(__LINE__);
    CHECK(refused == "on_gradient: a constant of shape (2) gets no gradient" + refused_at);
    CHECK_THROWS_AS((w * 2).on_gradient(same), TapeError);  // no tape: a constant, too
    w.on_gradient([](Array) { return array_of({3}, {1, 2, 3}); });
    const std::string added = position(__LINE__ - 1);
    Tape tape;
    const Var loss = sum(w);
    CHECK_THAT(
        text_of([&] { tape.backward(loss); }),
        StartsWith("on_gradient: argument 'gradient' has shape (3); expected (2), the shape of the value" + added));
    CHECK_FALSE(w.has_grad());
}

TEST_CASE("hooks: once, too, in and around a stretch that runs again", "[hooks][checkpoint]") {
    const Var w = leaf_of({3}), x = leaf_of({2});
    std::vector<Values> of_w, of_x, inside, result;
    w.on_gradient(noting(of_w));
    x.on_gradient(noting(of_x));
    Tape tape;
    const Var y = checkpoint(
        [&](const Var& in) {
            const Var h = in * w;
            h.on_gradient(noting(inside));
            const Var out = h * w;
            out.on_gradient(noting(result));
            return out;
        },
        x);
    tape.backward(sum(y * w + x));  // w^3 x + x
    CHECK(of_w == std::vector<Values>{{54}});
    CHECK(of_x == std::vector<Values>{{28}});
    CHECK(inside == std::vector<Values>{{9}});
    CHECK(result == std::vector<Values>{{3}});
}

TEST_CASE("hooks: each thread's own", "[hooks]") {
    std::vector<Values> seen[2];
    const auto train = [&](std::size_t k) {
        const Var w = leaf_of({double(k + 1)});
        w.on_gradient(noting(seen[k]));
        for (int step = 0; step < 100; ++step) {
            Tape tape;
            const Var h = w * w;
            h.on_gradient([](const Array& g) { return times(g, 2); });
            tape.backward(sum(h));
            w.clear_grad();
        }
    };
    std::thread other([&] { train(1); });
    train(0);
    other.join();
    CHECK(seen[0] == std::vector<Values>(100, {4}));
    CHECK(seen[1] == std::vector<Values>(100, {8}));
}
