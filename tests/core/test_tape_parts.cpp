// Parts of a tape: each is as if it had a tape of its own.
#include <heed/core/tape_parts.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/ops/ops.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

using Values = std::vector<double>;

const Key first{7, 1}, second{8, 1};

// A table of which each part reads other rows, and a matrix; what is dropped depends on the part's key.
struct Model {
    Var table = Var::leaf(normals({5, 4}, RandomStream(Key{1, 2}, 3)), "table"),
        weight = Var::leaf(normals({4, 4}, RandomStream(Key{1, 2}, 4)), "weight");
    Var operator()(const Ints& ids) const {
        const Scope scope("model");
        return tanh(linear(dropout(tanh(linear(dropout(take_rows(table, ids), 0.3), weight)), 0.3), weight));
    }
};

const Ints rows[] = {Ints{0, 1, 2, 1}, Ints{3, 1}};

// The loss of a part, and the gradients that its tape alone gives.
Values alone(const Model& m, const Key& key, std::size_t n) {
    Tape tape(key);
    const Var y = sum(square(m(rows[n])));
    tape.backward(y);
    Values all{static_cast<double>(y.item())};
    for (const Var& x : {m.table, m.weight}) {
        const Values one = elements(x.grad());
        all.insert(all.end(), one.begin(), one.end());
        x.clear_grad();
    }
    return all;
}

}  // namespace

TEST_CASE("tape parts: bits of gradients and random numbers are those of a tape each", "[parts]") {
    const Model m;
    const Values expected[] = {alone(m, first, 0), alone(m, second, 1)};
    Tape tape(Key{3, 4});
    TapeParts parts({first, second});
    // Taking turns, as layers of two stretches do.
    const auto turns = [&](auto f) { return in_parts(2, f); };
    const Scope scope("model");
    std::vector<Var> x = turns([&](std::size_t n) { return dropout(take_rows(m.table, rows[n]), 0.3); });
    x = turns([&](std::size_t n) { return dropout(tanh(linear(x[n], m.weight)), 0.3); });
    x = turns([&](std::size_t n) { return sum(square(tanh(linear(x[n], m.weight)))); });
    tape.backward(x[0] + x[1]);
    CHECK_FALSE(m.table.has_grad());
    CHECK_FALSE(m.weight.has_grad());
    for (const std::size_t n : {1u, 0u}) {
        parts.deliver(n);
        Values found{static_cast<double>(x[n].item())};
        CHECK(m.table.touched_rows() != nullptr);
        for (const Var& leaf : {m.table, m.weight}) {
            const Values one = elements(leaf.grad());
            found.insert(found.end(), one.begin(), one.end());
            leaf.clear_grad();
        }
        CHECK(found == expected[n]);
        parts.deliver(n);  // nothing is left
        CHECK_FALSE(m.weight.has_grad());
    }
}

TEST_CASE("tape parts: what is outside of them is the tape's own", "[parts]") {
    const Var w = Var::leaf(array_of({2}, {3, 4}), "w");
    Tape tape(Key{1, 1});
    TapeParts parts({first, second});
    CHECK_FALSE(parts.inside());
    const Var y = in_parts(2, [&](std::size_t n) { return w * static_cast<double>(n + 1); })[1];
    tape.backward(sum(y * w), keep_recording);
    CHECK(elements(w.grad()) == Values{6, 8});
    parts.deliver(1);
    CHECK(elements(w.grad()) == Values{12, 16});
    tape.backward(sum(y * w));
    parts.deliver(1);
    CHECK(elements(w.grad()) == Values{24, 32});
}

TEST_CASE("tape parts: a hook gets the gradient of each part, added to what was there", "[parts][hooks]") {
    const Var w = Var::leaf(array_of({1}, {3}), "w");
    std::vector<Values> seen;
    w.on_gradient([&](Array g) {
        seen.push_back(elements(g));
        return g;
    });
    Tape tape;
    TapeParts parts({first, second});
    const auto y = in_parts(2, [&](std::size_t n) { return sum(w * static_cast<double>(n + 1)); });
    tape.backward(y[0] + y[1]);
    CHECK(seen.empty());
    parts.deliver(0);
    parts.deliver(1);
    CHECK(seen == std::vector<Values>{{1}, {2}});
    CHECK(elements(w.grad()) == Values{3});
}

TEST_CASE("tape parts: a sweep that fails leaves nothing; what is refused", "[parts]") {
    CHECK_THROWS_WITH(TapeParts({first}), Containing("no tape is alive"));
    { const InPart nothing(5); }  // without a tape, it does nothing
    const Var w = Var::leaf(array_of({1}, {3}), "w"), v = Var::leaf(array_of({1}, {1}), "v");
    Tape tape;
    TapeParts parts({first});
    CHECK_THROWS_WITH(InPart(1), Containing("part 1 of a tape of 1 parts"));
    CHECK_THROWS_WITH(parts.deliver(1), Containing("part 1 of a tape of 1 parts"));
    CHECK_THROWS_WITH(checkpoint([](const Var& x) { return x * x; }, w), Containing("checkpoint: the tape has parts"));
    const auto y = in_parts(1, [&](std::size_t) {
        const Var h = v * 2;
        h.on_gradient([](const Array&) -> Array { throw RangeError("a hook's"); });
        return sum(h * w);
    });
    CHECK_THROWS_WITH(tape.backward(y[0]), Containing("a hook's"));
    parts.deliver(0);
    CHECK_FALSE(w.has_grad());
    {
        const Tape inner;
        CHECK(TapeParts::current() == nullptr);
        const Var z = in_parts(3, [&](std::size_t) { return w * w; })[2];  // the inner tape has no parts
    }
    CHECK(TapeParts::current() == &parts);
}
