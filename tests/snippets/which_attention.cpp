// The code of docs/learn/which_attention.md, run and checked.
#include <heed/heed.hpp>
#include <heed/ops/attention/score.hpp>
#include <heed/tests/snippets/check.hpp>
using namespace heed;

namespace {

void check_shape(const Var& y, const Shape& shape, const char* what) { check(y.shape() == shape, what); }

}  // namespace

int main() {
    const nn::Params params(1);
    const Var x = draw({2, 10, 32}, 1), sentence = draw({2, 7, 32}, 2), state = draw({2, 48}, 3);
    // [self]
    const nn::MultiHeadAttention self(params / "self", 32, 4, {.rotary = RotaryOptions{}});
    const Var read = self(x, lengths({10, 6}));  // padded sequences, all positions at once
    const Var written = self(x, causal());       // a language model: no position sees a later one
    const Var local = self(x, window(4, 0));     // the work grows with the window
    // [cross]
    const nn::MultiHeadAttention cross(params / "cross", 32, 4);
    const Var found = cross(x, cross.remember(sentence));  // queries of x, keys and values of another sequence
    // [decoder]
    const nn::AdditiveAttention attend(params / "attend", 48, 32, 24);
    const nn::AttentionMemory memory = attend.remember(sentence);  // once for a batch
    const Var context = attend(state, memory);  // in each step of a recurrent decoder: (2, 48) -> (2, 32)
    // [own]
    const Score l1 = score::pairwise([](auto query, auto key) { return -abs(query - key); });
    const nn::MultiHeadAttention nearest(params / "nearest", 32, 4, {.score = l1});
    const Var near = nearest(x);
    // [op]
    const Var q = draw({2, 8, 10, 16}, 4);                               // (b, h, i, d)
    const Var k = draw({2, 2, 10, 16}, 5), v = draw({2, 2, 10, 16}, 6);  // 8 heads share 2 of keys and values
    const Var y = attention(q, k, v, {.mask = causal() + alibi(alibi_slopes(8)), .dropout = 0.1});
    // [linear]
    const Var keys = draw({2, 8, 10, 16}, 7), values = draw({2, 8, 10, 16}, 8);
    const Var sums = linear_attention(q, keys, values);  // no softmax, no row of weights
    // [end]
    for (const Var& result : {read, written, local, found, near}) check_shape(result, {2, 10, 32}, "a layer");
    check_shape(context, {2, 32}, "additive");
    check_shape(y, {2, 8, 10, 16}, "the op");
    check_shape(sums, {2, 8, 10, 16}, "linear");
    return failures ? 1 : 0;
}
