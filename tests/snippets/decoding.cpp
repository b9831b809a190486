// The code of docs/learn/attention.md, "Decoding step by step", run and checked.
#include <heed/heed.hpp>
#include <heed/tests/snippets/check.hpp>

using namespace heed;

namespace {

bool same_bits(const Var& a, const Var& b) {
    return a.shape() == b.shape() && a.value().storage() == b.value().storage();
}

}  // namespace

int main() {
    nn::Params params(1);
    const Var text = draw({2, 12, 32}, 1);
    // [model]
    const nn::TransformerEncoder model(params, 2, 32, 4, {.rotary = RotaryOptions{}});  // 2 layers, width 32, 4 heads
    const Var whole = model(text, causal());  // text (b, 12, 32): all positions at once
    // [steps]
    nn::StackCache cache;
    Var y = model(slice(text, 1, 0, 8), cache);  // a prompt of 8 positions
    for (Dim t = 8; t < 12; ++t)
        y = model(slice(text, 1, t, t + 1), cache);  // one position more, (b, 1, 32), in every step
    // [end]
    check(same_bits(y, slice(whole, 1, 11, 12)), "the last step has the bits of the whole");
    // [beam]
    const nn::StackCache before = cache;  // shares its memory until one is written to
    cache.reorder(Ints{1, 1, 0});         // three hypotheses, from examples 1, 1 and 0
    // [end]
    const Var next = draw({3, 1, 32}, 2);
    check(model(next, cache).shape() == Shape{3, 1, 32}, "three hypotheses go on");
    check(before.size() == 12 && cache.size() == 13, "the copy stays as it was");
    // [window]
    nn::StackCache recent;
    for (Dim t = 0; t < 12; ++t) {
        y = model(slice(text, 1, t, t + 1), recent, window_from_end(3, 0));  // three positions back and no further
        if (recent.size() > 6) recent.keep_last(3);                          // older ones are forgotten now and then
    }
    // [end]
    const Var windowed = model(text, window(3, 0));
    check(max(abs(y - slice(windowed, 1, 11, 12))).item() < 1e-5, "forgetting what a window hides changes nothing");
    return failures ? 1 : 0;
}
