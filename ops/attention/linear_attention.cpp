// linear_attention: attention without softmax, in linear time.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/attention/linear_attention.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

constexpr const char* op = "linear_attention";

// elu(x) + 1, whose own sum would lose the digits of a small e^x.
Var feature(In x) { return exp(minimum(x, 0)) + relu(x); }

void check(const In& q, const In& k, const In& v, const LinearAttentionOptions& o) {
    expect(q.rank() == 4, op, "q", q.shape(), "(b, h, i, d)", q.at);
    const Dim b = q.dim(0), h = q.dim(1), i = q.dim(2), d = q.dim(3);
    const bool fits = k.rank() == 4 && k.dim(0) == b && k.dim(1) == h && k.dim(3) == d && (!o.causal || k.dim(2) == i);
    expect(
        fits, op, "k", k.shape(),
        [&] {
            return fmt::format("({}, {}, {}, {}) because 'q' is {}{}", b, h, o.causal ? fmt::to_string(i) : "j", d,
                               to_string(q.shape()), o.causal ? ", and causal" : "");
        },
        k.at);
    expect(
        v.rank() == 4 && v.dim(0) == b && v.dim(1) == h && v.dim(2) == k.dim(2), op, "v", v.shape(),
        [&] { return fmt::format("({}, {}, {}, v) because 'k' is {}", b, h, k.dim(2), to_string(k.shape())); }, v.at);
    require_least(op, "chunk", o.chunk, 1, q.at);
    require(o.causal || !o.state, op, "a state goes with causal", q.at);
    const Shape state{b, h, d, v.dim(3) + 1};
    if (o.state && o.state->defined())
        expect(o.state->shape() == state, op, "state", o.state->shape(), to_string(state), q.at);
}

// (.., v + 1) -> (.., v): sums of products with values, over the sums of the products, which came out of a column of
// ones.
Var quotient(const Var& sums) {
    const Dim v = sums.dim(-1) - 1;
    const Var total = slice(sums, -1, v, v + 1);
    return slice(sums, -1, 0, v) / where(total, total, 1);
}

}  // namespace

Var linear_attention(In q, In k, In v, const LinearAttentionOptions& o) {
    check(q, k, v, o);
    const Var fq = feature(q), fk = feature(k), values = pad(v, {{0, 1}}, 1);
    if (!o.causal) return quotient(matmul(fq, matmul(transpose(fk), values)));
    // Sums over the keys before a chunk, in two parts, because each addition loses digits: `before`, of whole stretches
    // of chunks, and `since`, of the chunks after those.
    Var before = o.state ? *o.state : Var(), since;
    const auto state = [&] {
        return before.defined() && since.defined() ? before + since : before.defined() ? before : since;
    };
    const Dim t = q.dim(2), stretch = 64 * o.chunk;
    std::vector<Var> parts;
    for (Dim begin = 0; begin < std::max<Dim>(t, 1); begin += o.chunk) {
        const auto part = [&](const Var& x) { return slice(x, 2, begin, std::min(t, begin + o.chunk)); };
        const Var qs = part(fq), ks = transpose(part(fk)), vs = part(values), within = matmul(tril(matmul(qs, ks)), vs),
                  seen = state();
        parts.push_back(quotient(seen.defined() ? matmul(qs, seen) + within : within));
        if (begin % stretch == 0) before = seen, since = Var();
        since = since.defined() ? since + matmul(ks, vs) : matmul(ks, vs);
    }
    if (o.state) *o.state = state();
    return concat(parts, 2);
}

#ifdef HEED_TESTING
namespace {

// All pairs at once.
Var pairs(Vars in, bool causal) {
    const Var products = matmul(elu(in[0]) + 1, transpose(elu(in[1]) + 1));
    const Var seen = causal ? tril(products) : products;
    return matmul(seen / sum(seen, -1, keep_axis), in[2]);
}
Var whole(Vars in) { return linear_attention(in[0], in[1], in[2], {.causal = false}); }
Var by_two(Vars in) { return linear_attention(in[0], in[1], in[2], {.chunk = 2}); }

Var in_two_calls(Vars in) {
    Var state;
    std::vector<Var> parts;
    for (const auto& [begin, end] : {std::pair<Dim, Dim>{0, 3}, {3, 5}})
        parts.push_back(linear_attention(slice(in[0], 2, begin, end), slice(in[1], 2, begin, end),
                                         slice(in[2], 2, begin, end), {.chunk = 2, .state = &state}));
    return concat(parts, 2);
}

}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "linear_attention/causal by chunks", .inputs = {{2, 2, 5, 3}, {2, 2, 5, 3}, {2, 2, 5, 4}}, .call = by_two,
     .same_as = [](Vars in) { return pairs(in, true); }},
    {.name = "linear_attention/causal, one chunk", .inputs = {{1, 2, 4, 3}, {1, 2, 4, 3}, {1, 2, 4, 1}},
     .call = [](Vars in) { return linear_attention(in[0], in[1], in[2]); }, .same_as = [](Vars in) { return pairs(in, true); }},
    {.name = "linear_attention/in two calls", .inputs = {{1, 2, 5, 3}, {1, 2, 5, 3}, {1, 2, 5, 2}}, .call = in_two_calls,
     .same_as = [](Vars in) { return pairs(in, true); }},
    {.name = "linear_attention/all keys", .inputs = {{2, 1, 3, 4}, {2, 1, 5, 4}, {2, 1, 5, 2}}, .call = whole,
     .same_as = [](Vars in) { return pairs(in, false); }},
    {.name = "linear_attention/no keys", .inputs = {{2, 1, 3, 4}, {2, 1, 0, 4}, {2, 1, 0, 2}}, .call = whole, .flat = true},
    {.name = "linear_attention/no places", .inputs = {{2, 1, 0, 4}, {2, 1, 0, 4}, {2, 1, 0, 2}}, .call = by_two, .flat = true},
    {.name = "linear_attention/q of rank three", .inputs = {{2, 3, 4}, {2, 1, 3, 4}, {2, 1, 3, 4}}, .call = whole, .rejects = true},
    {.name = "linear_attention/causal, more keys", .inputs = {{2, 1, 3, 4}, {2, 1, 5, 4}, {2, 1, 5, 4}}, .call = by_two, .rejects = true},
    {.name = "linear_attention/v of other places", .inputs = {{2, 1, 3, 4}, {2, 1, 3, 4}, {2, 1, 5, 4}}, .call = whole, .rejects = true},
    {.name = "linear_attention/no chunk", .inputs = {{2, 1, 3, 4}, {2, 1, 3, 4}, {2, 1, 3, 4}},
     .call = [](Vars in) { return linear_attention(in[0], in[1], in[2], {.chunk = 0}); }, .rejects = true})
// clang-format on

}  // namespace heed
