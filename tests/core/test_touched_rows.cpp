// Which rows of a table its gradient touched, and that the gradient is the dense one all the same.
#include <heed/core/sum_tree.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

using Values = std::vector<double>;
using Rows = std::vector<Dim>;

constexpr Dim count_of_rows = 130, width = 3;  // three words of bits

Var table_of(Dim rows = count_of_rows) {
    return Var::leaf(normals({rows, width}, RandomStream(Key{1, 2}, 3)), "table");
}

Rows touched(const Var& table) {
    REQUIRE(table.has_grad());
    Rows rows;
    if (!table.touched_rows()) return {-1};  // any
    for (Dim row = 0; row < table.dim(0); ++row)
        if (table.touched_rows()->holds(row)) rows.push_back(row);
    return rows;
}

template <class Loss>
void sweep(Loss loss) {
    Tape tape;
    tape.backward(loss());
}

// The loss that adds `by` times the number of times that an id is there to each element of its row.
Var loss_of(const Var& table, const Ints& ids, double by = 1) { return sum(take_rows(table, ids)) * by; }

Values gradient_of(const Ints& ids, double by = 1) {
    Values g(static_cast<std::size_t>(count_of_rows * width));
    for (const std::int64_t id : ids.storage())
        for (Dim j = 0; j < width; ++j) g[static_cast<std::size_t>(id * width + j)] += by;
    return g;
}

}  // namespace

TEST_CASE("touched rows: of one use, of several, and of several sweeps, in any shape of ids", "[sweep]") {
    const Var table = table_of();
    sweep([&] { return loss_of(table, {{64, 2}, {2, 63}}); });
    CHECK(touched(table) == Rows{2, 63, 64});
    CHECK(elements(table.grad()) == gradient_of({64, 2, 2, 63}));
    sweep([&] { return loss_of(table, {129, 2}) + loss_of(table, Ints(0)); });
    CHECK(touched(table) == Rows{0, 2, 63, 64, 129});
    CHECK(elements(table.grad()) == gradient_of({64, 2, 2, 63, 129, 2, 0}));
    sweep([&] { return loss_of(table, Ints::from_shape({0})); });
    CHECK(touched(table) == Rows{0, 2, 63, 64, 129});
}

TEST_CASE("touched rows: the next gradient uses the memory, and one that was asked for stays as it was", "[sweep]") {
    const Var table = table_of();
    const Real* memory = nullptr;
    for (Dim step = 0; step < 4; ++step) {
        sweep([&] { return loss_of(table, {step, 100 - step, step}); });
        CHECK(touched(table) == Rows{step, 100 - step});
        CHECK(elements(table.grad()) == gradient_of({step, 100 - step, step}));
        if (step > 0) CHECK(table.grad().storage().data() == memory);
        memory = table.grad().storage().data();
        table.clear_grad();
        CHECK_FALSE(table.has_grad());
        CHECK_THROWS_AS(table.grad(), TapeError);
    }
    sweep([&] { return loss_of(table, {7}); });
    const Array kept = table.grad();
    table.clear_grad();
    sweep([&] { return loss_of(table, {8}); });
    CHECK(elements(kept) == gradient_of({7}));
    CHECK(elements(table.grad()) == gradient_of({8}));
    table.clear_grad();
    table.set_grad(filled({count_of_rows, width}, 2));  // over the memory that was kept
    CHECK(touched(table) == Rows{-1});
    CHECK(elements(table.grad()) == Values(count_of_rows * width, 2));
    table.clear_grad();
    sweep([&] { return sum(gather(table, Ints::from_shape({0, width}), 0)) + loss_of(table, {1}); });
    CHECK(touched(table) == Rows{-1});  // a part that is no row
    CHECK(elements(table.grad()) == gradient_of({1}));
}

TEST_CASE("touched rows: all, where anything else is added, before or after", "[sweep]") {
    for (const bool first : {true, false}) {
        CAPTURE(first);
        const Var table = table_of();
        const auto whole = [&] { return sum(table) * 0.5; };
        sweep([&] { return first ? whole() + loss_of(table, {5}) : loss_of(table, {5}) + whole(); });
        CHECK(touched(table) == Rows{-1});
        Values wanted = gradient_of({5});
        for (double& g : wanted) g += 0.5;
        CHECK(elements(table.grad()) == wanted);
        sweep([&] { return loss_of(table, {6}); });
        CHECK(touched(table) == Rows{-1});
        table.clear_grad();
        sweep([&] { return loss_of(table, {6}); });
        CHECK(touched(table) == Rows{6});
        CHECK(elements(table.grad()) == gradient_of({6}));
        sweep(whole);
        CHECK(touched(table) == Rows{-1});
    }
}

TEST_CASE("touched rows: of bags, without the padding; of another axis, none is known", "[sweep]") {
    const Var table = table_of(), cube = Var::leaf(normals({1, 5, 2}, RandomStream(Key{1, 2}, 4)), "cube");
    sweep([&] { return sum(embedding_bag(table, Ints{{4, 9}, {9, 70}}, {.padding = 9})); });
    CHECK(touched(table) == Rows{4, 70});
    sweep([&] { return sum(embedding_bag(table, Ints{{9, 9}}, {.mode = BagMode::sum})); });
    CHECK(touched(table) == Rows{4, 9, 70});
    sweep([&] { return sum(take(cube, Ints{4, 1}, 1)); });
    CHECK(touched(cube) == Rows{-1});
    CHECK(elements(cube.grad()) == Values{0, 0, 1, 1, 0, 0, 0, 0, 1, 1});
    cube.clear_grad();
    sweep([&] { return sum(take(cube, Ints{0}, 0)); });
    CHECK(touched(cube) == Rows{0});
}

TEST_CASE("touched rows: more uses than a chain has, and rows in the second run of a checkpoint", "[sweep]") {
    const Var table = table_of(2);
    sweep([&] {
        Var loss = sum(take_rows(table, Ints{1}));
        for (Dim use = 1; use < 3 * longest_chain; ++use) loss = loss + sum(take_rows(table, Ints{1}));
        return loss;
    });
    CHECK(touched(table) == Rows{1});
    CHECK(elements(table.grad()) == Values{0, 0, 0, 3.0 * longest_chain, 3.0 * longest_chain, 3.0 * longest_chain});
    table.clear_grad();
    sweep([&] {
        return sum(checkpoint([&](const Var& x) { return take_rows(table, Ints{0}) * x; }, Var(filled({1}, 2))));
    });
    CHECK(touched(table) == Rows{0});
    CHECK(elements(table.grad()) == Values{2, 2, 2, 0, 0, 0});
}

TEST_CASE("touched rows: a hook's gradient touches what was touched, and rows that it made other than zero",
          "[hooks]") {
    const Var table = table_of();
    sweep([&] { return loss_of(table, {50}); });
    table.on_gradient([](Array g) { return g; });
    sweep([&] { return loss_of(table, {3}); });
    CHECK(touched(table) == Rows{3, 50});
    table.on_gradient([](Array g) {
        g.data()[10 * width + 1] = 1;
        g.data()[3 * width] = g.data()[3 * width + 1] = g.data()[3 * width + 2] = 0;
        return g;
    });
    table.clear_grad();
    sweep([&] { return loss_of(table, {3}); });
    CHECK(touched(table) == Rows{3, 10});
    Values wanted(static_cast<std::size_t>(count_of_rows * width));
    wanted[10 * width + 1] = 1;
    CHECK(elements(table.grad()) == wanted);
}

TEST_CASE("touched rows: gradient() neither makes nor changes them, nor does a sweep that fails", "[sweep]") {
    const Var table = table_of();
    sweep([&] { return loss_of(table, {3}); });
    {
        Tape tape;
        CHECK(elements(gradient(loss_of(table, {4}, 2), {table})[0]) == gradient_of({4}, 2));
    }
    CHECK(touched(table) == Rows{3});
    table.clear_grad();
    const Var broken = Var::leaf(filled({1}, 1), "broken");
    broken.on_gradient([](Array) -> Array { throw Error("broken"); });
    CHECK_THROWS_AS(sweep([&] { return sum(broken * 1) + loss_of(table, {5}); }), Error);
    CHECK_FALSE(table.has_grad());
    sweep([&] { return loss_of(table, {6}); });
    CHECK(touched(table) == Rows{6});
    CHECK(elements(table.grad()) == gradient_of({6}));
}
