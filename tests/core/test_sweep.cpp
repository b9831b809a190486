// What a sweep leaves behind: memory, gradients after an exception, versions of saved values.
#include <heed/ops/define/op.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

using Values = std::vector<double>;

namespace {

// y = x, with a backward of one's own: f(slot, dy).
template <class F>
Var pass(const char* op, In x, F f) {
    return record(op, {x}, Array(x.value()), [dx = x.slot(), f](Array dy) { f(dx, std::move(dy)); });
}

}  // namespace

TEST_CASE("sweep: an op that throws leaves no gradient behind", "[sweep]") {
    const Var w = Var::leaf(array_of({2}, {3, 4})), early = Var::leaf(array_of({2}, {1, 1}));
    early.set_grad(array_of({2}, {5, 5}));
    {
        Tape outer;
        const Var of_outer = early * 2;
        Tape tape;
        const Var square = w * w;
        const Var fails = pass("fails", square, [](const Slot&, Array) { throw NumberError("planted"); });
        const Var y = w + fails + early + of_outer + square;  // all but the square's own sweep happens before the throw
        CHECK(text_of([&] { tape.backward(sum(y)); }) == "planted");
        CHECK_FALSE(w.has_grad());
        CHECK_FALSE(of_outer.has_grad());
        CHECK_FALSE(square.has_grad());
        CHECK_FALSE(fails.has_grad());
        CHECK_FALSE(y.has_grad());
        CHECK(Scope::current().empty());
    }
    Tape tape;  // everything works again
    tape.backward(sum(w * w));
    CHECK(elements(w.grad()) == Values{6, 8});
}

TEST_CASE("sweep: gradients of earlier sweeps survive one that throws", "[sweep]") {
    const Var w = Var::leaf(array_of({2}, {3, 4}));
    {
        Tape tape;
        tape.backward(sum(w * 2));
    }
    Tape tape;
    const Var y = w + pass("fails", w, [](const Slot&, Array) { throw NumberError("planted"); });
    CHECK_THROWS_AS(tape.backward(sum(y)), NumberError);
    CHECK_FALSE(w.has_grad());  // half a sum is worse than none
}

TEST_CASE("sweep: values that were overwritten since an op saved them are refused", "[sweep]") {
    const Var w = Var::leaf(array_of({2}, {3, 4}), "w"), x = Var::leaf(array_of({2}, {1, 2}));
    {
        Tape tape;
        const Var y = w * x;  // saves both
        w.mutable_value("Adam").fill(0);
        const std::string text = text_of([&] { tape.backward(sum(y)); });
        CHECK_THAT(
            text, StartsWith("multiply: a value of shape (2) that it saved was changed by Adam after it was recorded"));
        CHECK_THROWS_AS(Var(w).grad(), TapeError);
        CHECK_FALSE(x.has_grad());
    }
    {
        Tape tape;
        const Var y = w + x;  // saves nothing
        w.mutable_value().fill(1);
        tape.backward(sum(y));
        CHECK(elements(w.grad()) == Values{1, 1});
    }
    Tape tape;
    const Var y = exp(x);  // reads its own result
    y.mutable_value("a user").fill(0);
    CHECK_THAT(text_of([&] { tape.backward(sum(y)); }),
               StartsWith("exp: a value of shape (2) that it saved was changed by a user"));
}

TEST_CASE("sweep: memory is freed as the sweep passes", "[sweep]") {
    if (!memory_is_pooled()) return;
    const Dim n = 1 << 14;
    const std::size_t one = static_cast<std::size_t>(n) * sizeof(Real);
    const Var w = Var::leaf(filled({n}, 1));
    const std::size_t start = memory_report().live;
    std::size_t live_at_end = 0;
    {
        Tape tape;
        // The last op of the sweep checks how much memory is still alive.
        Var y = pass("look", w, [&](const Slot& dx, Array dy) {
            live_at_end = memory_report().live;
            dx.add_grad(std::move(dy));
        });
        for (int i = 0; i < 32; ++i) y = tanh(y);  // each keeps its result
        CHECK(memory_report().live - start >= 32 * one);
        const Var loss = sum(y);
        y = Var();
        tape.backward(loss);
        CHECK(live_at_end - start < 6 * one);
    }
    CHECK(memory_report().live - start < one * 5 / 4 + 1024);  // w's gradient
    w.clear_grad();
    CHECK(memory_report().live == start);
}

TEST_CASE("sweep: slots keep no value alive", "[sweep]") {
    if (!memory_is_pooled()) return;
    const Dim n = 1 << 14;
    const std::size_t one = static_cast<std::size_t>(n) * sizeof(Real);
    const Var w = Var::leaf(filled({n}, 1));
    Tape tape;
    const std::size_t start = memory_report().live;
    Var y = w + 1;
    for (int i = 0; i < 32; ++i) y = y + 1;  // reads no value in its backward
    CHECK(memory_report().live - start < 3 * one);
    Var z = w * w;
    for (int i = 0; i < 32; ++i) z = z * w;
    CHECK(memory_report().live - start > 32 * one);
}

TEST_CASE("sweep: two sweeps into one leaf at the same time are an error", "[sweep]") {
    const Var w = Var::leaf(array_of({1}, {3}), "shared.weight");
    std::string inner_text;
    Tape outer;
    const Var begun = pass("sweeps", w * 1, [&](const Slot& dx, Array dy) {  // by now the outer sweep has reached w
        Tape inner;
        const Var y = sum(w * 2);
        inner_text = text_of([&] { inner.backward(y); });
        dx.add_grad(std::move(dy));
    });
    outer.backward(sum(begun + w));
    CHECK(inner_text ==
          "backward: two sweeps reach 'shared.weight' at the same time; give each thread its own parameters, "
          "or sweep one after the other");
    CHECK(elements(w.grad()) == Values{2});
    w.clear_grad();
    Tape after;
    after.backward(sum(w * 2));
    CHECK(elements(w.grad()) == Values{2});
}

TEST_CASE("sweep: a gradient of a shape that does not fit is refused", "[sweep]") {
    const Var w = Var::leaf(filled({2, 3}, 1));
    Tape tape;
    const Var y = pass("bad", w, [](const Slot& dx, Array) { dx.add_grad(filled({2, 2}, 1)); });
    CHECK_THROWS_AS(tape.backward(sum(y)), ShapeError);
    CHECK_FALSE(w.has_grad());
}
