// The checker of op cases, checked: each planted fault must be found, and the sound op must pass.
#include <cmath>
#include <heed/tests/catch.hpp>
#include <heed/tests/check/check_case.hpp>

using namespace heed;

namespace {

Array map(const Array& x, double (*f)(double)) {
    Array y = x;
    for (Real& value : y.storage()) value = static_cast<Real>(f(static_cast<double>(value)));
    return y;
}
Array times(const Array& x, const Array& y) {
    Array z = x;
    const Real* factor = y.storage().data();
    for (Real& value : z.storage()) value *= *factor++;
    return z;
}

// x^2, with the derivative that is asked for.
template <class Derivative>
Var squared(In x, Derivative derivative) {
    return record(
        "squared", {x}, map(x.value(), [](double v) { return v * v; }),
        [x, dx = x.slot(), derivative](const Array& dy) { dx.add_grad(times(dy, map(x.value(), derivative))); });
}
Var sound(Vars in) {
    return squared(in[0], [](double v) { return 2 * v; });
}
Var wrong_sign(Vars in) {
    return squared(in[0], [](double v) { return -2 * v; });
}
Var slightly_wrong(Vars in) {
    return squared(in[0], [](double v) { return 2.00001 * v; });
}
Var no_gradient(Vars in) {
    return Var(map(in[0].value(), [](double v) { return v * v; }));
}
Var always_three(Vars in) {  // zero gradient on both sides
    return record("three", {in[0]}, filled(in[0].shape(), 3),
                  [dx = In(in[0]).slot()](const Array& dy) { dx.add_grad(filled(dy.shape(), 0)); });
}

// x (n, m) + row (m)
Var add_row(In x, In row, bool sums) {
    Array y = x.value();
    const Dim width = row.size();
    const Real* add = row.data();
    Dim i = 0;
    for (Real& value : y.storage()) value += add[i++ % width];
    return record("add_row", {x, row}, std::move(y), [dx = x.slot(), dr = row.slot(), sums](const Array& dy) {
        dx.add_grad(dy);
        if (dr) dr.add_grad(sums ? dy : part_of(dy, 0, dr.shape()));
    });
}

Var changes_its_operand(Vars in) {
    const_cast<Real*>(in[0].value().storage().data())[0] += 1;
    return sound(in);
}
Var changes_in_its_sweep(Vars in) {
    const In x(in[0]);
    return record("squared", {x}, map(x.value(), [](double v) { return v * v; }), [x, dx = x.slot()](const Array& dy) {
        dx.add_grad(times(dy, map(x.value(), [](double v) { return 2 * v; })));
        const_cast<Real*>(x.data())[0] += 1;
    });
}
Var depends_on_the_tape(Vars in) {
    return recording() ? sound(in) : Var(map(in[0].value(), [](double v) { return v * v + 1e-15; }));
}
Var counts_its_calls(Vars in) {
    static int calls = 0;
    ++calls;
    return Var(filled(in[0].shape(), static_cast<Real>(calls)));
}
Var grows_a_factor(Vars in) {  // the gradient of the second use is forgotten
    static std::uint64_t seen = 0;
    const std::uint64_t tape = Tape::current() ? Tape::current()->id() : 0;
    const bool again = tape == seen && tape != 0;
    seen = tape;
    return again ? Var(map(in[0].value(), [](double v) { return v * v; })) : sound(in);
}
Var accepts_anything(Vars in) { return in[0]; }
Var names_another_op(Vars in) {
    expect(false, "other", "x", in[0].shape(), "nothing", Site::current());
    return in[0];
}
Var forgets_the_caller(Vars in) {
    expect(false, "op", "x", in[0].shape(), "nothing", Site{});
    return in[0];
}
Var refuses_well(Vars in) {
    expect(false, "op", "x", in[0].shape(), "nothing", Site::current());
    return in[0];
}
Var throws_something(Vars) { throw std::runtime_error("planted"); }
Var product(In a, In b, bool right) {
    return record("product", {a, b}, times(a.value(), b.value()),
                  [a, b, da = a.slot(), db = b.slot(), right](const Array& dy) {
                      if (da) da.add_grad(times(dy, b.value()));
                      if (db && (right || !da)) db.add_grad(times(dy, a.value()));
                  });
}

// Does the checker find exactly one kind of fault, the one whose text contains `words`?
void must_find(const OpCase& c, const std::string& words) {
    std::string all;
    for (const std::string& fault : check_case(c)) all += fault + "\n";
    INFO(c.name);
    CHECK_THAT(all, Containing(words));
}

}  // namespace

TEST_CASE("checker: sound ops pass", "[checker]") {
    for (const OpCase& c : {OpCase{.name = "op/sound", .inputs = {{3, 2}}, .call = sound, .same_as = sound},
                            OpCase{.name = "op/scalar", .inputs = {{}}, .call = sound},
                            OpCase{.name = "op/empty", .inputs = {{0, 2}}, .call = sound},
                            OpCase{.name = "op/row",
                            .inputs = {{3, 2}, {2}},
                            .call = [](Vars in) { return add_row(in[0], in[1], true); }},
                            OpCase{.name = "op/product",
                            .inputs = {{3}, {3}},
                            .call = [](Vars in) { return product(in[0], in[1], true); }},
                            OpCase{.name = "op/flat", .inputs = {{3}}, .call = always_three, .flat = true},
                            OpCase{.name = "op/refuses", .inputs = {{3}}, .call = refuses_well, .rejects = true}}) {
        INFO(c.name);
        std::string all;
        for (const std::string& fault : check_case(c)) all += fault + "\n";
        CHECK(all == "");
    }
}

TEST_CASE("checker: wrong gradients are found", "[checker]") {
    must_find({.name = "op/wrong sign", .inputs = {{3, 2}}, .call = wrong_sign}, "gradient of operand 0: ");
    must_find({.name = "op/1e-5 off", .inputs = {{3, 2}}, .call = slightly_wrong}, "gradient of operand 0: ");
    must_find({.name = "op/none", .inputs = {{3, 2}}, .call = no_gradient}, "gradient of operand 0: ");
    must_find({.name = "op/zero on both sides", .inputs = {{3, 2}}, .call = always_three},
              "is zero by the op and by differences");
    must_find({.name = "op/no broadcast sum",
               .inputs = {{3, 2}, {2}},
               .call = [](Vars in) { return add_row(in[0], in[1], false); }},
              "gradient of operand 1: ");
    must_find(
        {.name = "op/only alone", .inputs = {{3}, {3}}, .call = [](Vars in) { return product(in[0], in[1], false); }},
        "gradient of operand 1 differs when it is the only leaf");
    must_find({.name = "op/second use", .inputs = {{3}}, .call = grows_a_factor}, "used twice does not get twice");
}

TEST_CASE("checker: changed operands are found", "[checker]") {
    must_find({.name = "op/forward", .inputs = {{3, 2}}, .call = changes_its_operand}, "an operand was changed");
    must_find({.name = "op/backward", .inputs = {{3, 2}}, .call = changes_in_its_sweep}, "an operand was changed");
}

TEST_CASE("checker: values that depend on the tape or the call are found", "[checker]") {
    must_find({.name = "op/tape", .inputs = {{3, 2}}, .call = depends_on_the_tape},
              "another value with a tape than without");
    must_find({.name = "op/calls", .inputs = {{3, 2}}, .call = counts_its_calls, .flat = true},
              "another value under the same random key");
}

TEST_CASE("checker: a composition that differs is found", "[checker]") {
    must_find({.name = "op/value", .inputs = {{3}}, .call = sound, .same_as = always_three},
              "value differs from same_as");
    must_find({.name = "op/gradient", .inputs = {{3}}, .call = sound, .same_as = wrong_sign},
              "gradient of operand 0 differs from same_as");
    must_find({.name = "op/shape",
               .inputs = {{3}},
               .call = sound,
               .same_as =
                   [](Vars in) {
                       return Var(reshaped(in[0].value(), {1, 3}));
                   }},
              "but same_as gives (1, 3)");
}

TEST_CASE("checker: bad refusals are found", "[checker]") {
    must_find({.name = "op/accepts", .inputs = {{3}}, .call = accepts_anything, .rejects = true}, "not refused");
    must_find({.name = "op/another name", .inputs = {{3}}, .call = names_another_op, .rejects = true},
              "does not begin with 'op:'");
    must_find({.name = "op/no caller", .inputs = {{3}}, .call = forgets_the_caller, .rejects = true},
              "does not name the file of the call");
    must_find({.name = "op/foreign exception", .inputs = {{3}}, .call = throws_something, .rejects = true},
              "threw: planted");
    must_find({.name = "op/throws", .inputs = {{3}}, .call = throws_something}, "threw: planted");
}
