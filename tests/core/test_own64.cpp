// A result is a value of its own, also where an op has nothing to do: writing into it leaves the operand alone.
#include <heed/nn/layers/layers.hpp>
#include <heed/ops/define/gradient_checkpointing.hpp>
#include <heed/ops/define/mask.hpp>
#include <heed/ops/mask/absent.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/tools.hpp>

using namespace heed;

namespace {

struct Idle {
    const char* name;
    Var (*call)(const Var& w);  // of (1, 2, 3), the same values
};

const Idle idle[] = {
    {"einsum", [](const Var& w) { return einsum("bij->bij", {w}); }},
    {"einsum, no arrow", [](const Var& w) { return einsum("abc", {w}); }},
    {"dropout of 0", [](const Var& w) { return dropout(w, 0); }},
    {"masked", [](const Var& w) { return masked(w, Mask()); }},
    {"masked, documents of one", [](const Var& w) { return masked(w, lengths(Ints{3})); }},
    {"reshape",
     [](const Var& w) {
         return reshape(w, {1, 2, 3});
     }},
    {"expand",
     [](const Var& w) {
         return expand(w, {1, 2, 3});
     }},
    {"permute",
     [](const Var& w) {
         return permute(w, {0, 1, 2});
     }},
    {"squeeze and unsqueeze", [](const Var& w) { return unsqueeze(squeeze(w), 0); }},
    {"slice", [](const Var& w) { return slice(w, 1, 0, 2); }},
    {"split", [](const Var& w) { return split(w, {3})[0]; }},
    {"flip", [](const Var& w) { return flip(w, 0); }},
    {"concat", [](const Var& w) { return concat({w}); }},
    {"pad",
     [](const Var& w) {
         return pad(w, {{0, 0}});
     }},
    {"repeat", [](const Var& w) { return repeat(w, 1, 1); }},
    {"repeat_interleave", [](const Var& w) { return repeat_interleave(w, 1, 1); }},
    {"repeat_interleave, each its own",
     [](const Var& w) {
         return repeat_interleave(w, Ints{1, 1}, 1);
     }},
    {"roll", [](const Var& w) { return roll(w, 2, 1); }},
    {"roll, no axes", [](const Var& w) { return roll(w, Shape{}, Axes{}); }},
    {"cumprod", [](const Var& w) { return cumprod(w, 0); }},
    {"einsum, ellipsis", [](const Var& w) { return einsum("...->...", {w}); }},
    {"segment_sum", [](const Var& w) { return segment_sum(w, Ints{0}, 1); }},
    {"segment_mean", [](const Var& w) { return segment_mean(w, Ints{0}, 1); }},
    {"segment_max", [](const Var& w) { return segment_max(w, Ints{0}, 1); }},
    {"tril", [](const Var& w) { return tril(w, 9); }},
    {"clamp", [](const Var& w) { return clamp(w, -INFINITY, INFINITY); }},
    {"add", [](const Var& w) { return w + 0; }},
    {"multiply", [](const Var& w) { return w * 1; }},
    {"pow", [](const Var& w) { return pow(w, 1); }},
    {"sum", [](const Var& w) { return sum(w, 0, keep_axis); }},
    {"interpolate", [](const Var& w) { return interpolate(w, {2}); }},
    {"within", [](const Var& w) { return within(w, Ints{2}); }},
    {"checkpoint", [](const Var& w) { return checkpoint([](const Var& x) { return x; }, w); }},
    {"detach", [](const Var& w) { return w.detach(); }},
};

}  // namespace

TEST_CASE("own: writing into a result leaves the operand alone", "[own]") {
    const Array start = array_of({1, 2, 3}, {1, 2, 3, 4, 5, 6});
    const auto check = [&](const char* name, const Var& w, const Var& y) {
        INFO(name);
        CHECK(elements(y.value()) == elements(start));
        y.mutable_value().fill(0);
        CHECK(elements(w.value()) == elements(start));
    };
    for (const Idle& op : idle) {
        const Var w = Var::leaf(start);
        check(op.name, w, op.call(w));
        if (std::string(op.name) == "detach") continue;
        Tape tape;
        tape.backward(sum(op.call(w) * start));
        CHECK(elements(w.grad()) == elements(start));
    }
    const Var w = Var::leaf(start);
    const nn::Dropout layer(nn::Params(), 0.5);
    check("dropout outside training", w, dropout(w, 0.5));
    check("Dropout outside training", w, layer(w));
    Tape tape(evaluate);
    check("Dropout, evaluated", w, layer(w));
}
