// What attention promises, on both paths: which queries attend to which keys, and that masked keys have no effect.
#include <heed/ops/attention/lens.hpp>
#include <heed/tests/attention.hpp>

using namespace heed;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

struct Operands {
    Var q, k, v;
    Operands(Dim b, Dim h, Dim tq, Dim tk, Dim dk = 3, Dim dv = 4, Dim g = 0)
        : q(Var::leaf(noise({b, h, tq, dk}, 1))), k(Var::leaf(noise({b, g ? g : h, tk, dk}, 2))),
          v(Var::leaf(noise({b, g ? g : h, tk, dv}, 3))) {}
    std::vector<Var> all() const { return {q, k, v}; }
};

AttentionOptions on(Policy path, const Mask& mask = {}, double dropout = 0) {
    return {.mask = mask, .dropout = dropout, .policy = path};
}

// Example b, head h of x (b, h, t, d) is full of zeros.
bool zero(const Array& x, Dim b) {
    const Array part = part_of(x, b * count(x) / x.shape()[0], {count(x) / x.shape()[0]});
    return std::all_of(part.storage().cbegin(), part.storage().cend(), [](Real n) { return n == 0; });
}

Array with_rows(Array x, Dim b, Dim t, double value) {  // of every head
    for (Dim h = 0; h < x.shape()[1]; ++h)
        for (Dim d = 0; d < x.shape()[3]; ++d) x(b, h, t, d) = static_cast<Real>(value);
    return x;
}

// Both paths give what the loops give for the pairs that are allowed.
void check_allowed(const Mask& mask, Dim b, Dim tq, Dim tk, const std::function<bool(Dim, Dim, Dim, Dim)>& allowed,
                   Dim dk = 3, Dim dv = 4) {
    const Operands x(b, 2, tq, tk, dk, dv);
    const Loops loops{
        .score = [&](Dim b_, Dim h, Dim i, Dim j) { return dot(x.q, x.k, b_, h, i, j) / std::sqrt(double(dk)); },
        .allowed = allowed};
    for (const Policy path : both_paths) {
        INFO(name_of(path));
        CHECK(distance(attention(x.q, x.k, x.v, on(path, mask)).value(), loops(2, tq, x.v.value())) < 1e-12);
    }
}

}  // namespace

TEST_CASE("attention: a row without a key gives 0 and gets exactly zero gradients", "[attention]") {
    const Operands x(2, 2, 3, 4);
    const Var slopes = Var::leaf(alibi_slopes(2).value());
    std::vector<Var> leaves = x.all();
    leaves.push_back(slopes);
    for (const Policy path : both_paths)
        for (const double dropout : {0.0, 0.5})
            for (const bool ask : {false, true}) {
                INFO(name_of(path) << ", dropout " << dropout << ", weights asked: " << ask);
                Lens lens;
                AttentionOptions options = on(path, lengths({0, 3}) + alibi(slopes), dropout);
                if (ask && path == Policy::require_fused) options.lens = &lens;
                const Outcome y = outcome(leaves, [&] { return attention(x.q, x.k, x.v, options); });
                for (const Array& a : {y.out, y.gradients[0], y.gradients[1], y.gradients[2]}) {
                    CHECK(zero(a, 0));
                    CHECK_FALSE(zero(a, 1));
                }
                options.mask =
                    lengths({3, 3}) +
                    alibi(slopes);  // with weights of 0 in dy, example 0 adds nothing: the same slopes' gradient
                Array dy = noise(y.out.shape(), 99);
                std::fill_n(dy.data(), count(dy) / 2, Real(0));
                const Outcome same = outcome(
                    leaves, [&] { return attention(x.q, x.k, x.v, options); }, dy);
                CHECK(distance(y.gradients[3], same.gradients[3]) < 1e-12);
                if (options.lens) CHECK(sum(pick(Var(lens.weights()), 0, 0)).item() > 0);
            }
}

TEST_CASE("attention: a row without a key has weights 0 and log-sum -inf, or that of the sink", "[attention]") {
    const Operands x(2, 2, 3, 4);
    const Var sink(array_of({2}, {0.5, -1}));
    Lens lens;
    AttentionOptions options{.mask = lengths({0, 4}), .lens = &lens};
    attention(x.q, x.k, x.v, options);
    CHECK(zero(lens.weights(), 0));
    CHECK(zero(attention_weights(x.q, x.k, options).value(), 0));
    CHECK(lens.log_sums()(0, 1, 2) == -inf);
    options.sink = sink;
    const Array y = attention(x.q, x.k, x.v, options).value();
    CHECK(zero(y, 0));
    CHECK(lens.log_sums()(0, 0, 1) == 0.5);
    CHECK(lens.log_sums()(0, 1, 1) == -1);
}

TEST_CASE("attention: values behind a mask reach no result and no gradient, not even a NaN", "[attention]") {
    const Operands x(2, 2, 4, 4);
    const Var matrix = Var::leaf(noise({3, 3}, 7)), both = Var::leaf(noise({6, 5}, 8));
    const Var w3 = Var::leaf(noise({3}, 9)), w5 = Var::leaf(noise({2, 5}, 10));
    const std::vector<std::pair<Score, std::vector<Var>>> scores{{{}, {}},
                                                                 {score::cosine(), {}},
                                                                 {score::general(matrix), {matrix}},
                                                                 {score::additive(w3), {w3}},
                                                                 {score::concat(w5, both), {w5, both}}};
    const Mask masks[] = {lengths({3, 4}), drop(array_of({2, 1, 1, 4}, {0, 0, 0, 1, 0, 0, 0, 0}))};
    for (const auto& [score, leaves] : scores)
        for (const Mask& mask : masks)
            for (const double cap : {0.0, 2.0})
                for (const Policy path : both_paths) {
                    INFO(name_of(path) << ", score " << int(score.kind) << ", cap " << cap << ", mask "
                                       << (&mask - masks));
                    const auto run = [&, &score = score, &own = leaves](double k_number, double v_number) {
                        const Var k = Var::leaf(with_rows(x.k.value(), 0, 3, k_number)),
                                  v = Var::leaf(with_rows(x.v.value(), 0, 3, v_number));
                        std::vector<Var> leaves_{x.q, k, v};
                        leaves_.insert(leaves_.end(), own.begin(), own.end());
                        return outcome(leaves_, [&] {
                            return attention(x.q, k, v,
                                             {.mask = mask, .score = score, .soft_cap = cap, .policy = path});
                        });
                    };
                    const Outcome plain = run(1, 1);
                    CHECK(distance(run(not_a_number, not_a_number), plain) < 1e-12);
                    CHECK(distance(run(inf, -inf), plain) < 1e-12);
                    CHECK(distance(run(1, not_a_number), plain) < 1e-12);
                }
}

TEST_CASE("attention: a NaN in a query reaches its row only, in a key or value the rows that see it", "[attention]") {
    const Operands x(2, 2, 4, 4);
    for (const Policy path : both_paths) {
        const auto reached = [&](const Array& q, const Array& k, const Array& v) {  // rows of example 1 with a NaN
            const Array y = attention(q, k, v, on(path, causal())).value();
            CHECK(std::isfinite(sum(slice(Var(y), 0, 0, 1)).item()));
            std::vector<bool> rows;
            for (Dim i = 0; i < 4; ++i) rows.push_back(std::isnan(y(1, 1, i, 0)));
            return rows;
        };
        INFO(name_of(path));
        const Array &q = x.q.value(), &k = x.k.value(), &v = x.v.value();
        CHECK(reached(with_rows(q, 1, 2, not_a_number), k, v) == std::vector<bool>{false, false, true, false});
        CHECK(reached(q, with_rows(k, 1, 2, not_a_number), v) == std::vector<bool>{false, false, true, true});
        CHECK(reached(q, k, with_rows(v, 1, 1, not_a_number)) == std::vector<bool>{false, true, true, true});
        // A NaN in the gradient of row 2 stays away from key and value 3, which it does not see.
        const Array dy = with_rows(noise({2, 2, 4, 4}, 5), 1, 2, not_a_number);
        const Outcome y = outcome(
            x.all(), [&] { return attention(x.q, x.k, x.v, on(path, causal())); }, dy);
        for (const Array& g : {y.gradients[1], y.gradients[2]}) {
            CHECK(std::isnan(g(1, 0, 2, 0)));
            CHECK(std::isfinite(g(1, 0, 3, 0)));
        }
    }
}

TEST_CASE("attention: more queries than keys, more keys than queries, both corners", "[attention]") {
    for (const auto& [tq, tk] : {std::pair<Dim, Dim>{2, 5}, {5, 2}, {3, 3}}) {
        check_allowed(causal_from_start(), 1, tq, tk, [](Dim, Dim, Dim i, Dim j) { return j <= i; });
        check_allowed(causal_from_end(), 1, tq, tk, [n = tk - tq](Dim, Dim, Dim i, Dim j) { return j <= i + n; });
        check_allowed(window_from_start(1, 1), 1, tq, tk, [](Dim, Dim, Dim i, Dim j) { return std::abs(i - j) <= 1; });
        check_allowed(window_from_end(1, 0), 1, tq, tk,
                      [n = tk - tq](Dim, Dim, Dim i, Dim j) { return i + n - 1 <= j && j <= i + n; });
    }
}

TEST_CASE("attention: lengths alone", "[attention]") {
    check_allowed(lengths({2, 0, 5}), 3, 3, 5, [](Dim b, Dim, Dim, Dim j) {
        return j < (b == 0 ? 2 : b == 1 ? 0 : 5);
    });
}

TEST_CASE("attention: a mask of its own for each example and head", "[attention]") {
    const Array m = (Var(noise({2, 2, 3, 5}, 4)) > 0).value();
    const auto allowed = [&](Dim b, Dim h, Dim i, Dim j) { return m(b, h, i, j) != 0; };
    check_allowed(keep(m), 2, 3, 5, allowed);
    check_allowed(drop(1 - Var(m)), 2, 3, 5, allowed);
    check_allowed(predicate(allowed), 2, 3, 5, allowed);
    check_allowed(documents({1, 2, 1}, {2, 2, 1, 3, 1}), 2, 3, 5,
                  [](Dim, Dim, Dim i, Dim j) { return i == 1 ? j < 2 : j == 2 || j == 4; });
    check_allowed(prefix({1, 3}), 2, 4, 4, [](Dim b, Dim, Dim i, Dim j) { return j <= i || j < (b == 0 ? 1 : 3); });
}

TEST_CASE("attention: values of another width than keys, and the smallest sizes", "[attention]") {
    const auto all = [](Dim, Dim, Dim, Dim) { return true; };
    for (const auto& [dk, dv] : {std::pair<Dim, Dim>{5, 2}, {1, 7}, {4, 1}, {3, 0}})
        check_allowed({}, 2, 3, 4, all, dk, dv);
    check_allowed({}, 2, 1, 1, all);
    check_allowed({}, 2, 0, 3, all);
    check_allowed({}, 0, 2, 3, all);
    check_allowed({}, 2, 3, 0, all);  // as if every key were masked
    for (const Policy path : both_paths) {
        const Operands none(1, 2, 3, 0), nobody(1, 2, 0, 3);
        for (const Operands* x : {&none, &nobody})
            for (const Array& g :
                 outcome(x->all(), [&] { return attention(x->q, x->k, x->v, on(path, {}, 0.5)); }).gradients)
                CHECK(sum(abs(Var(g))).item() == 0);
    }
}
