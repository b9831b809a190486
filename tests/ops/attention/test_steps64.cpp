// The steps of attention in their order, on both paths, beside plain loops; and what is refused.
#include <heed/ops/attention/parts.hpp>
#include <heed/tests/attention.hpp>

using namespace heed;

namespace {

struct Operands {
    Var q, k, v;
    explicit Operands(Dim h = 2, Dim g = 2, Dim tq = 4, Dim tk = 4, Dim dk = 3)
        : q(Var::leaf(noise({2, h, tq, dk}, 1))), k(Var::leaf(noise({2, g, tk, dk}, 2))),
          v(Var::leaf(noise({2, g, tk, 5}, 3))) {}
};

double number(const Var& x, Dim n) { return x.value().storage().data()[n]; }

// Both paths give what the loops give.
void check(const Operands& x, AttentionOptions options, const Loops& loops) {
    for (const Policy path : both_paths) {
        INFO(name_of(path));
        options.policy = path;
        CHECK(distance(attention(x.q, x.k, x.v, options).value(), loops(x.q.dim(1), x.q.dim(2), x.v.value())) < 1e-12);
    }
}

std::string refusal(const Operands& x, const AttentionOptions& options) {
    return text_of([&] { attention(x.q, x.k, x.v, options); });
}

}  // namespace

TEST_CASE("attention: score, scale, soft cap, bias, mask, sink in this order", "[attention]") {
    const Operands x(4, 2);
    const Var added(noise({4, 1, 4}, 4)), sink(noise({4}, 5)), factor(array_of({4}, {1, 2, -1, 0.5}));
    const auto score = [&](double scale, double cap) {
        return [&, scale, cap](Dim b, Dim h, Dim i, Dim j) {
            const double s = dot(x.q, x.k, b, h, i, j) * number(factor, h) * scale;
            return (cap > 0 ? cap * std::tanh(s / cap) : s) + added.value()(h, 0, j);
        };
    };
    const auto causal_pairs = [](Dim, Dim, Dim i, Dim j) { return j <= i; };
    for (const double scale : {0.6, 0.0, -1.5})
        for (const double cap : {0.0, 0.8})
            check(
                x,
                {.mask = causal() + bias(added), .scale = scale, .soft_cap = cap, .logit_scale = factor, .sink = sink},
                {score(scale, cap), causal_pairs, [&](Dim h) { return number(sink, h); }});
    check(x, {.mask = bias(added), .logit_scale = factor}, {score(1 / std::sqrt(3.0), 0)});  // the default scale
}

TEST_CASE("attention: scores by their formulas", "[attention]") {
    const Operands x(4, 2);
    const auto sum_over = [&](Dim b, Dim h, Dim i, Dim j, const auto& f) {
        const Real *q = vector_at(x.q, b, h, i), *k = vector_at(x.k, b, h / 2, j);
        double sum = 0;
        for (Dim d = 0; d < 3; ++d) sum += f(double(q[d]), double(k[d]), d);
        return sum;
    };
    check(x, {.score = score::dot()}, {[&](Dim b, Dim h, Dim i, Dim j) { return dot(x.q, x.k, b, h, i, j); }});
    const Var w(noise({4, 3}, 6)), one(noise({3}, 7)), matrix(noise({3, 3}, 8)), both(noise({6, 3}, 9));
    check(x, {.score = score::additive(w)}, {[&](Dim b, Dim h, Dim i, Dim j) {
              return sum_over(b, h, i, j,
                              [&](double q, double k, Dim d) { return number(w, h * 3 + d) * std::tanh(q + k); });
          }});
    check(x, {.score = score::additive(one), .scale = 0.5}, {[&](Dim b, Dim h, Dim i, Dim j) {
              return 0.5 *
                     sum_over(b, h, i, j, [&](double q, double k, Dim d) { return number(one, d) * std::tanh(q + k); });
          }});
    check(x, {.score = score::cosine(), .scale = 2}, {[&](Dim b, Dim h, Dim i, Dim j) {
              const double q = sum_over(b, h, i, j, [](double q_, double, Dim) { return q_ * q_; }),
                           k = sum_over(b, h, i, j, [](double, double k_, Dim) { return k_ * k_; });
              return 2 * dot(x.q, x.k, b, h, i, j) / std::sqrt(q * k);
          }});
    check(x, {.score = score::general(matrix)}, {[&](Dim b, Dim h, Dim i, Dim j) {
              return sum_over(b, h, i, j, [&](double, double k, Dim d) {
                  const Real* q = vector_at(x.q, b, h, i);
                  return k * (q[0] * number(matrix, d) + q[1] * number(matrix, 3 + d) + q[2] * number(matrix, 6 + d));
              });
          }});
    check(x, {.score = score::concat(one, both)}, {[&](Dim b, Dim h, Dim i, Dim j) {
              return sum_over(b, h, i, j, [&](double, double, Dim d) {
                  const Real *q = vector_at(x.q, b, h, i), *k = vector_at(x.k, b, h / 2, j);
                  double inner = 0;
                  for (Dim e = 0; e < 3; ++e)
                      inner += q[e] * number(both, e * 3 + d) + k[e] * number(both, (3 + e) * 3 + d);
                  return number(one, d) * std::tanh(inner);
              });
          }});
}

TEST_CASE("attention: additive scores far beyond where exponentials overflow", "[attention]") {
    Operands x;
    const Var w(noise({3}, 6));
    for (const double far : {30.0, 45.0, 400.0, 1e30}) {
        INFO(far);
        Array q = x.q.value(), k = x.k.value();
        q(0, 0, 0, 0) = far, q(1, 1, 2, 1) = -far, k(0, 0, 1, 0) = -far, k(0, 1, 3, 2) = far;
        x.q = Var::leaf(q), x.k = Var::leaf(k);
        AttentionOptions options{.score = score::additive(w)};
        check(x, options, {[&](Dim b, Dim h, Dim i, Dim j) {
                  double sum = 0;
                  for (Dim d = 0; d < 3; ++d)
                      sum += number(w, d) * std::tanh(vector_at(x.q, b, h, i)[d] + vector_at(x.k, b, h, j)[d]);
                  return sum;
              }});
        std::vector<Outcome> both;
        for (const Policy path : both_paths) {
            options.policy = path;
            both.push_back(outcome({x.q, x.k, x.v}, [&] { return attention(x.q, x.k, x.v, options); }));
        }
        CHECK(distance(both[1], both[0]) < 1e-11);
    }
}

TEST_CASE("attention: a cosine with a zero vector is 0", "[attention]") {
    Operands x;
    Array k = x.k.value();
    std::fill_n(k.data(), 3, Real(0));
    x.k = Var::leaf(k);
    for (const Policy path : both_paths) {
        const AttentionOptions options{.score = score::cosine(), .scale = 50, .policy = path};
        const Outcome y = outcome({x.q, x.k, x.v}, [&] { return attention(x.q, x.k, x.v, options); });
        for (const Array& g : y.gradients) CHECK(std::isfinite(sum(Var(g)).item()));
    }
    CHECK(attention_weights(x.q, x.k, {.mask = keep(array_of({4}, {1, 0, 0, 0})), .score = score::cosine()})
              .value()(0, 0, 2, 0) == 1);
}

TEST_CASE("attention: the same value added to every score changes nothing", "[attention]") {
    const Operands x;
    for (const Policy path : both_paths)
        for (const double shift : {7.0, -300.0, 1e4}) {
            const auto run = [&](const Mask& mask) {
                return outcome({x.q, x.k, x.v},
                               [&] { return attention(x.q, x.k, x.v, {.mask = mask, .policy = path}); });
            };
            CHECK(distance(run(causal() + bias(shift)), run(causal())) < 1e-10);
        }
}

TEST_CASE("attention: dropout keeps what ops::dropout keeps, after the weights", "[attention]") {
    const Operands x(4, 2);
    for (const double p : {0.2, 0.7, 1.0}) {
        AttentionOptions options{.mask = causal(), .dropout = p};
        const Outcome plain = outcome({x.q, x.k, x.v}, [&] {
            const Var w =
                dropout(attention_weights(x.q, x.k, options), p);  // the first random op of the step, as in the others
            return matmul(w, take(
                                 x.v,
                                 [] {
                                     return Ints{0, 0, 1, 1};
                                 }(),
                                 1));
        });
        for (const Policy path : both_paths) {
            INFO(name_of(path) << ", p " << p);
            options.policy = path;
            CHECK(distance(outcome({x.q, x.k, x.v}, [&] { return attention(x.q, x.k, x.v, options); }), plain) < 1e-12);
            CHECK(distance(attention(x.q, x.k, x.v, options).value(),
                           attention(x.q, x.k, x.v, {.mask = causal()}).value()) < 1e-12);  // off
        }
    }
}

TEST_CASE("attention: operands and gradients that are views of others", "[attention]") {
    const Var packed = Var::leaf(noise({2, 4, 3, 6}, 1)), one = Var::leaf(noise({1, 1, 4, 3}, 2)),
              v = Var::leaf(noise({2, 3, 8, 5}, 3));
    std::vector<Outcome> both;
    for (const Policy path : both_paths)
        both.push_back(outcome({packed, one, v}, [&] {
            const Var y = attention(slice(permute(packed, {0, 2, 1, 3}), -1, 1, 4), expand(one, {2, 3, 4, 3}),
                                    flip(slice(v, 2, 0, 8, 2), {2}), {.mask = causal(), .policy = path});
            return sum(y, {0, 1, 3}) + transpose(y);  // the gradient is a sum of a broadcast and of a transposed one
        }));
    CHECK(distance(both[1], both[0]) < 1e-12);
    const Operands x;
    const Array q = x.q.value();
    CHECK(distance(attention(q * 1, x.k, x.v).value(), attention(x.q, x.k, x.v).value()) ==
          0);  // an xtensor expression
}

TEST_CASE("attention: what does not fit is refused", "[attention]") {
    const Operands x(4, 2);
    const auto of = [](const Var& q, const Var& k, const Var& v, const AttentionOptions& o = {}) {
        return text_of([&] { attention(q, k, v, o); });
    };
    CHECK_THAT(
        of(Var(noise({2, 4, 3}, 1)), x.k, x.v),
        StartsWith("attention: argument 'q' has shape (2, 4, 3); expected (b, h, i, d); for (b, i, h d) set .heads\n"));
    CHECK_THAT(of(x.q, Var(noise({2, 3, 4, 3}, 1)), x.v),
               StartsWith("attention: argument 'k' has shape (2, 3, 4, 3); expected (2, g, j, d), g a divisor of 4, "
                          "because 'q' is (2, 4, 4, 3)\n"));
    CHECK_THAT(of(x.q, x.k, Var(noise({2, 2, 3, 3}, 1))),
               StartsWith("attention: argument 'v' has shape (2, 2, 3, 3); expected as many examples, heads and keys "
                          "as 'k' (2, 2, 4, 3)\n"));
    CHECK_THAT(of(x.q, Var(noise({2, 2, 4, 5}, 1)), x.v),
               StartsWith("attention: argument 'k' has shape (2, 2, 4, 5); expected keys of 3 elements per head"));
    CHECK_THAT(refusal(x, {.dropout = 1.5}),
               StartsWith("attention: dropout is 1.5; expected a probability, 0 <= p <= 1\n"));
    CHECK_THAT(refusal(x, {.soft_cap = -1}),
               StartsWith("attention: soft_cap is -1; expected a number above 0, or 0 for none\n"));
    CHECK_THAT(refusal(x, {.scale = std::nan("")}), StartsWith("attention: scale is nan; expected a finite number\n"));
    CHECK_THAT(refusal(x, {.sink = Var(noise({2}, 1))}),
               StartsWith("attention: argument 'sink' has shape (2); expected (4): one for each head\n"));
    CHECK_THAT(refusal(x, {.logit_scale = Var(noise({4, 1}, 1))}),
               StartsWith("attention: argument 'logit_scale' has shape (4, 1); expected (4)"));
    CHECK_THAT(refusal(x, {.score = score::general(noise({3, 4}, 1))}),
               StartsWith("attention: argument 'general: matrix' has shape (3, 4); expected (3, 3) or (4, 3, 3)\n"));
    CHECK_THAT(refusal(x, {.score = score::concat(noise({5}, 1), noise({5, 5}, 1))}),
               StartsWith("attention: argument 'concat: matrix' has shape (5, 5); expected (6, d): the widths of a "
                          "query and a key together\n"));
    CHECK_THAT(refusal(x, {.score = score::additive(noise({2, 3}, 1))}),
               StartsWith("attention: argument 'w' has shape (2, 3); expected (3) or (4, 3)\n"));
    CHECK_THAT(refusal(x, {.mask = lengths({5, 1})}),
               StartsWith("attention: argument 'lengths' holds 5 at (0); expected 0 <= length <= 4"));
    CHECK_THAT(refusal(Operands(2, 2, 3, 4), {.mask = causal()}),
               StartsWith("attention: causal() with 3 queries and 4 keys is ambiguous; say "
                          "causal_from_start() or causal_from_end()\n"));
    CHECK_THAT(refusal(x, {.key_heads = 2}),
               StartsWith("attention: key_heads is 2 and heads is 0; key_heads goes with heads"));
    const Var packed(noise({2, 4, 6}, 1));
    CHECK_THAT(of(packed, packed, packed, {.heads = 4}),
               StartsWith("attention: argument 'q' has shape (2, 4, 6); expected (b, i, 4 d)\n"));
    CHECK_THAT(of(packed, packed, packed, {.heads = 3, .key_heads = 2}),
               StartsWith("attention: heads is 3, which key_heads 2 does not divide\n"));
    CHECK_THAT(
        of(packed, packed, Var(noise({2, 4, 5}, 1)), {.heads = 2}),
        StartsWith("attention: argument 'v' has shape (2, 4, 5); expected (2, j, 2 d) because 'q' is (2, 4, 6)\n"));
    CHECK_THAT(refusal(x, {.scale = INFINITY}), Containing("test_steps64.cpp:"));
}
