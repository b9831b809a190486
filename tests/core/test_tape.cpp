// The tape: what is recorded, nesting, pausing, and what a sweep refuses.
#include <heed/ops/define/op.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

using Values = std::vector<double>;

namespace {
Var leaf_of(std::vector<double> values) { return Var::leaf(array_of({static_cast<Dim>(values.size())}, values)); }
}  // namespace

TEST_CASE("tape: records only while alive, and only what wants a gradient", "[tape]") {
    const Var w = leaf_of({1, 2}), c(array_of({2}, {3, 4}));
    CHECK_FALSE(recording());
    CHECK_FALSE((w * c).wants_grad());
    Tape tape;
    CHECK(Tape::current() == &tape);
    CHECK_FALSE((c * c).wants_grad());
    CHECK(tape.size() == 0);
    CHECK((w * c).wants_grad());
    CHECK(tape.size() == 1);
    {
        const Pause pause;
        CHECK_FALSE(recording());
        CHECK_FALSE((w * c).wants_grad());
        const Pause again;
    }
    CHECK(recording());
    w.freeze();
    CHECK_FALSE((w * c).wants_grad());
    w.freeze(false);
    CHECK((w.detach() * c).wants_grad() == false);
    Tape judging(evaluate);
    CHECK(recording());
    CHECK((w * c).wants_grad());
}

TEST_CASE("tape: gradients of leaves, added by every sweep", "[tape]") {
    const Var w = leaf_of({1, 2}), x(array_of({2}, {3, 4}));
    for (int times = 1; times <= 3; ++times) {
        Tape tape;
        tape.backward(sum(w * x + w));
        CHECK(elements(w.grad()) == Values{4.0 * times, 5.0 * times});
    }
    w.clear_grad();
    CHECK_FALSE(w.has_grad());
    Tape tape;
    const Var y = w * w;
    tape.backward(sum(y * y));  // w^4
    CHECK(elements(w.grad()) == Values{4, 32});
    CHECK_FALSE(y.has_grad());
}

TEST_CASE("tape: a value used by many gets the sum of their gradients", "[tape]") {
    const Var w = leaf_of({2});
    Tape tape;
    Var y = w * 1;
    Var all = y;
    for (int i = 0; i < 9; ++i) all = all + y * i;
    tape.backward(sum(all));
    CHECK(elements(w.grad()) == Values{37});
}

TEST_CASE("tape: what backward refuses", "[tape]") {
    const Var w = leaf_of({1, 2});
    const auto position = [](unsigned line) {
        return std::string("\n  called from ") + __builtin_FILE() + ":" + std::to_string(line);
    };
    const std::string nothing = "backward: nothing was recorded; was a Tape alive when the loss was computed?";
    const Var before = sum(w);
    {
        Tape tape;
        CHECK(text_of([&] { tape.backward(before); }) == nothing + position(__LINE__));
        CHECK(text_of([&] { tape.backward(Var(filled({}, 1))); }) == nothing + position(__LINE__));
        const Var y = w * w;
        std::string text = text_of([&] { tape.backward(y); }), at = position(__LINE__);
        CHECK(text == "backward: loss has shape (2); expected one element; reduce it with mean() or sum()" + at);
        CHECK_THROWS_AS(tape.backward(y), ShapeError);
        const Var loss = sum(y);
        tape.backward(loss);
        text = text_of([&] { tape.backward(loss); }), at = position(__LINE__);
        CHECK(text ==
              "backward: this recording was swept already, which freed it; record again, or sweep with keep_recording" +
                  at);
        CHECK_THROWS_AS(tape.backward(loss), TapeError);
    }
    Var kept;
    {
        Tape ended;
        kept = sum(w * w);
    }
    Tape tape;
    CHECK(text_of([&] { tape.backward(kept); }) == nothing + position(__LINE__));
    CHECK(elements(w.grad()) == Values{2, 4});  // of the one good sweep
}

TEST_CASE("tape: a value of an outer tape gets its gradient there", "[tape]") {
    const Var w = leaf_of({3});
    Tape outer;
    const Var y = w * w;
    {
        Tape inner;
        inner.backward(sum(y * w));  // d/dw here: y; into y: w
        CHECK(elements(w.grad()) == Values{9});
        CHECK(y.has_grad());
        CHECK(outer.size() == 1);
    }
    CHECK(Tape::current() == &outer);
    outer.backward(sum(y));  // 1 from here and w = 3 from the inner sweep, times 2 w
    CHECK(elements(w.grad()) == Values{9 + 4 * 6});
}

TEST_CASE("tape: a value whose tape has ended is a constant", "[tape]") {
    const Var w = leaf_of({3});
    Var y;
    {
        Tape ended;
        y = w * w;
        CHECK(y.wants_grad());
    }
    CHECK_FALSE(y.wants_grad());
    Tape tape;
    tape.backward(sum(y * w));
    CHECK(elements(w.grad()) == Values{9});
    CHECK_FALSE(y.has_grad());
}

TEST_CASE("tape: leaves outlive their handles as long as the recording", "[tape]") {
    const Var x = leaf_of({2});
    Tape tape;
    Var y;
    {
        const Var w = leaf_of({5});
        y = x * w;
    }
    tape.backward(sum(y));
    CHECK(elements(x.grad()) == Values{5});
    Var again = leaf_of({5});
    Tape second;
    second.backward(sum(again * x));
    y = again * x;  // recorded after the sweep, on the same tape
    again = Var();
}

TEST_CASE("tape: broadcast axes are summed back, and dy is never shared for writing", "[tape]") {
    const Var a = Var::leaf(filled({2, 1, 3}, 1)), b = Var::leaf(filled({4, 1}, 2)), c = leaf_of({1});
    Tape tape;
    const Var y = a + b;  // (2, 4, 3): the same dy goes to both
    tape.backward(sum(y + y * c));
    CHECK(elements(a.grad()) == Values(6, 8));
    CHECK(elements(b.grad()) == Values(4, 12));
    CHECK(elements(c.grad()) == Values{72});
    const Var p = leaf_of({1, 1}), q = leaf_of({1, 1});
    Tape next;
    const Var s = p + q;
    next.backward(sum(s + p + p * 3));
    CHECK(elements(p.grad()) == Values{5, 5});
    CHECK(elements(q.grad()) == Values{1, 1});
}

TEST_CASE("tape: a million ops sweep without recursion", "[tape]") {
    const Var w = leaf_of({0});
    Tape tape;
    Var y = w;
    for (int i = 0; i < 1000000; ++i) y = y + 1;
    CHECK(y.item() == 1000000);
    tape.backward(y);
    CHECK(elements(w.grad()) == Values{1});
    Tape dropped;
    y = w;
    for (int i = 0; i < 1000000; ++i) y = y + w;
}
