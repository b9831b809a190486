// What attention() refuses before any work; the mask's own shapes are checked by BoundMask.
#include <cmath>
#include <fmt/format.h>
#include <heed/ops/attention/parts.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/attention/score_table.hpp>

namespace heed {
namespace {

using Kind = Score::Kind;
constexpr const char* op = "attention";

void check_layout(const In& q, const In& k, const In& v, const AttentionOptions& o) {
    require(
        o.heads >= 0 && o.key_heads >= 0, op,
        [&] { return fmt::format("heads is {} and key_heads is {}; expected 0 or more", o.heads, o.key_heads); }, q.at);
    require(
        o.heads > 0 || o.key_heads == 0, op,
        [&] {
            return fmt::format(
                "key_heads is {} and heads is 0; key_heads goes with heads, for operands (b, t, heads d)", o.key_heads);
        },
        q.at);
    if (o.heads > 0) {
        const Dim groups = o.key_heads ? o.key_heads : o.heads;
        require(
            o.heads % groups == 0, op,
            [&] { return fmt::format("heads is {}, which key_heads {} does not divide", o.heads, groups); }, q.at);
        expect(
            q.rank() == 3 && q.dim(2) % o.heads == 0, op, "q", q.shape(),
            [&] { return fmt::format("(b, i, {} d)", o.heads); }, q.at);
        for (const auto& [name, x] : {std::pair("k", &k), std::pair("v", &v)}) {
            expect(
                x->rank() == 3 && x->dim(0) == q.dim(0) && x->dim(2) % groups == 0, op, name, x->shape(),
                [&] { return fmt::format("({}, j, {} d) because 'q' is {}", q.dim(0), groups, to_string(q.shape())); },
                x->at);
        }
    } else {
        expect(q.rank() == 4, op, "q", q.shape(), "(b, h, i, d); for (b, i, h d) set .heads", q.at);
        expect(
            k.rank() == 4 && k.dim(0) == q.dim(0) && k.dim(1) > 0 && q.dim(1) % k.dim(1) == 0, op, "k", k.shape(),
            [&] {
                return fmt::format("({}, g, j, d), g a divisor of {}, because 'q' is {}", q.dim(0), q.dim(1),
                                   to_string(q.shape()));
            },
            k.at);
    }
    const std::size_t t = o.heads > 0 ? 1 : 2;  // the axis of keys; those before it are the same for k and v
    bool same = v.rank() == k.rank();
    for (std::size_t axis = 0; same && axis <= t; ++axis) same = v.shape()[axis] == k.shape()[axis];
    expect(
        same, op, "v", v.shape(), [&] { return "as many examples, heads and keys as 'k' " + to_string(k.shape()); },
        v.at);
}

void check_score(const AttentionSizes& s, const In& q, const In& k, const Score& score) {
    const bool both = score.kind != Kind::general && score.kind != Kind::concat;
    expect(s.dk > 0, op, "q", q.shape(), "at least one element per head", q.at);
    expect(
        !both || s.dkey == s.dk, op, "k", k.shape(),
        [&] { return fmt::format("keys of {} elements per head, as 'q' {}", s.dk, to_string(q.shape())); }, k.at);
    Dim width = s.dk;  // of w or theta
    if (!both) {
        const bool general = score.kind == Kind::general;
        const Shape shape = score.matrix.shape(), each{s.heads, s.dk, s.dkey};
        const Shape one = general ? Shape{s.dk, s.dkey} : Shape{s.dk + s.dkey, shape.empty() ? 0 : shape.back()};
        expect(
            shape == one || (general && shape == each), op, general ? "general: matrix" : "concat: matrix", shape,
            [&] {
                if (general) return to_string(one) + " or " + to_string(each);
                return fmt::format("({}, d): the widths of a query and a key together", s.dk + s.dkey);
            },
            q.at);
        width = shape.back();
    }
    if (score.kind == Kind::additive || score.kind == Kind::concat ||
        (score.kind == Kind::pairwise && score.weight.defined())) {
        const Shape shape = score.weight.shape();
        expect(
            shape == Shape{width} || shape == Shape{s.heads, width}, op,
            score.kind == Kind::pairwise ? "pairwise: theta" : "w", shape,
            [&] { return fmt::format("({0}) or ({1}, {0})", width, s.heads); }, q.at);
    }
}

}  // namespace

void check_positions(const AttentionSizes& s, const Score& score, Site at, Site check) {
    const Dim largest = std::max({s.batch, s.heads, s.tq, s.tk}), exact = Dim{1} << std::numeric_limits<Real>::digits;
    require(
        !score.functions || !score.functions->reads_positions || largest <= exact, op,
        [&] {
            return fmt::format(
                "the score's function reads positions, which are exact up to {}; there are {} examples, {} "
                "heads, {} queries and {} keys",
                exact, s.batch, s.heads, s.tq, s.tk);
        },
        at, check);
}

AttentionSizes check_attention(const In& q, const In& k, const In& v, const AttentionOptions& o) {
    check_layout(q, k, v, o);
    require(
        !o.keys || (0 <= *o.keys && *o.keys <= k.dim(-2)), op,
        [&] {
            return fmt::format("keys is {}; expected 0 to {}, the rows of 'k' {}", *o.keys, k.dim(-2),
                               to_string(k.shape()));
        },
        k.at);
    AttentionSizes s{.batch = q.dim(0), .tq = q.dim(-2), .tk = o.keys.value_or(k.dim(-2)), .packed = o.heads > 0};
    s.heads = s.packed ? o.heads : q.dim(1);
    s.groups = !s.packed ? k.dim(1) : o.key_heads ? o.key_heads : o.heads;
    s.dk = q.dim(-1) / (s.packed ? s.heads : 1);
    s.dkey = k.dim(-1) / (s.packed ? s.groups : 1);
    s.dv = v.dim(-1) / (s.packed ? s.groups : 1);
    require_sizes(
        op, s.packed ? Shape{s.batch, s.tq, saturated_product(s.heads, s.dv)} : Shape{s.batch, s.heads, s.tq, s.dv},
        q.at);
    if (o.policy == Policy::require_composed) require_sizes(op, s.pairs(), q.at);
    check_score(s, q, k, o.score);
    check_positions(s, o.score, q.at);
    require(
        !o.scale || std::isfinite(*o.scale), op,
        [&] { return fmt::format("scale is {}; expected a finite number", *o.scale); }, q.at);
    require(
        o.soft_cap >= 0 && std::isfinite(o.soft_cap), op,
        [&] { return fmt::format("soft_cap is {}; expected a number above 0, or 0 for none", o.soft_cap); }, q.at);
    require(
        o.dropout >= 0 && o.dropout <= 1, op,
        [&] { return fmt::format("dropout is {}; expected a probability, 0 <= p <= 1", o.dropout); }, q.at);
    require(!o.logit_scale.defined() || o.score.kind != Kind::pairwise, op,
            "logit_scale with a pairwise score; make it a part of the function's theta", q.at);
    for (const auto& [name, x] : {std::pair("logit_scale", &o.logit_scale), std::pair("sink", &o.sink)})
        if (x->defined())
            expect(
                x->shape() == Shape{s.heads}, op, name, x->shape(),
                [&] { return fmt::format("({}): one for each head", s.heads); }, q.at);
    return s;
}

#ifdef HEED_TESTING
namespace {
template <AttentionOptions (*options)(Vars in)>
OpCase refused(const char* name, std::vector<Shape> inputs) {
    return {.name = name,
            .inputs = std::move(inputs),
            .call = [](Vars in) { return attention(in[0], in[1], in[2], options(in)); },
            .rejects = true};
}
constexpr auto plain = [](Vars) { return AttentionOptions{}; };
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    refused<plain>("attention/q of rank three", {{2, 3, 4}, {2, 2, 3, 4}, {2, 2, 3, 4}}),
    refused<plain>("attention/heads that do not divide", {{2, 3, 3, 4}, {2, 2, 3, 4}, {2, 2, 3, 4}}),
    refused<plain>("attention/keys of another width", {{2, 2, 3, 4}, {2, 2, 3, 5}, {2, 2, 3, 4}}),
    refused<plain>("attention/values of other keys", {{2, 2, 3, 4}, {2, 2, 3, 4}, {2, 2, 4, 4}}),
    refused<plain>("attention/another batch", {{2, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}}),
    refused<plain>("attention/no width", {{2, 2, 3, 0}, {2, 2, 3, 0}, {2, 2, 3, 4}}),
    refused<[](Vars) { return AttentionOptions{.heads = 3}; }>("attention/heads that do not divide the width", {{2, 3, 4}, {2, 3, 4}, {2, 3, 4}}),
    refused<[](Vars in) { return AttentionOptions{.sink = in[3]}; }>("attention/a sink too many", {{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}, {3}}),
    refused<[](Vars in) { return AttentionOptions{.score = score::additive(in[3])}; }>(
        "attention/w of another width", {{1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}, {3}}))
// clang-format on

}  // namespace heed
