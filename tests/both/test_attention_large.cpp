// Attention where scores are large, where rows are long, and where sums have many terms. A wrong order of operations
// shows where different values round to the same float.
#include <heed/ops/attention/lens.hpp>
#include <heed/ops/attention/score.hpp>
#include <heed/tests/attention.hpp>

using namespace heed;

namespace {

Var leaf(const Shape& shape, double value) { return Var::leaf(filled(shape, static_cast<Real>(value))); }

// Softmax in double of the scores as given (rounded to Real).
std::vector<double> weights_of(const std::vector<double>& scores) {
    const double most = *std::max_element(scores.begin(), scores.end());
    std::vector<double> w;
    double total = 0;
    for (const double s : scores) total += w.emplace_back(std::exp(s - most));
    for (double& x : w) x /= total;
    return w;
}

double worst(const Array& x, double right) {
    double most = 0;
    for (const double v : elements(x))
        most = std::max(most, std::isfinite(v) ? std::abs(v - right) / std::abs(right) : HUGE_VAL);
    return most;
}

}  // namespace

TEST_CASE("attention: a single key has the weight 1 whatever its score (" HEED_TAG ")", "[attention][large]") {
    const auto square = [](auto q, auto k) { return q * k; };
    struct Kind {
        const char* name;
        AttentionOptions options;
    };
    const std::vector<Kind> kinds{{"scaled dot", {.scale = 0.7}},
                                  {"scaled dot, scale negative", {.scale = -0.7}},
                                  {"dot", {.score = score::dot()}},
                                  {"cosine", {.score = score::cosine(), .scale = 123456.789}},
                                  {"additive", {.score = score::additive(Var(array_of({1}, {98765.4})))}},
                                  {"pairwise", {.score = score::pairwise(square), .scale = 0.7}},
                                  {"function of the score", {.score = score::dot([](auto s) { return 0.3 * s; })}},
                                  {"soft cap", {.scale = 0.7, .soft_cap = 54321.9}},
                                  {"bias", {.mask = Mask() + bias(Var(array_of({1}, {76543.21}))), .scale = 0.7}}};
    for (const auto& [name, options] : kinds)
        for (const double x : {3.0, 30000.0, 1e5, 123457.0, 1e7, 3.3e15})
            for (const Policy path : both_paths) {
                INFO(name << " at " << x << ", " << name_of(path));
                const Var q = leaf({1, 1, 1, 1}, x), k = leaf({1, 1, 1, 1}, x), v = leaf({1, 1, 1, 1}, 1);
                Lens lens;
                AttentionOptions o = options;
                o.policy = path;
                if (path == Policy::require_fused) o.lens = &lens;
                const Outcome y = outcome(
                    {q, k, v}, [&] { return attention(q, k, v, o); }, filled({1, 1, 1, 1}, 1));
                CHECK(y.out(0, 0, 0, 0) == 1);
                CHECK(y.gradients[2](0, 0, 0, 0) == 1);
                CHECK(y.gradients[0](0, 0, 0, 0) == 0);
                CHECK(y.gradients[1](0, 0, 0, 0) == 0);
                if (o.lens) CHECK(lens.weights()(0, 0, 0, 0) == 1);
            }
}

TEST_CASE("attention: a row's weights sum to 1 at large scores, and gradients use them (" HEED_TAG ")",
          "[attention][large]") {
    const Dim tk = 700, rows = 3;
    for (const double offset : {0.0, 1e3, 1e5, 1e7, -1e7}) {
        const Var q = leaf({1, 1, rows, 2}, 0), k = Var::leaf(noise({1, 1, tk, 2}, 1)),
                  v = Var::leaf(noise({1, 1, tk, 2}, 2));
        Array scores = noise({rows, tk}, 3);
        for (Dim n = 0; n < count(scores); ++n)
            scores.data()[n] = static_cast<Real>(scores.data()[n] + offset);  // rounded, and exact from here on
        const Var added = Var::leaf(scores);
        const Array dy = noise({1, 1, rows, 2}, 4);
        Lens lens;
        const Outcome y = outcome(
            {q, v, added}, [&] { return attention(q, k, v, {.mask = Mask() + bias(added), .lens = &lens}); }, dy);
        const Array weights = lens.weights();
        std::vector<double> dv(static_cast<std::size_t>(2 * tk), 0);
        const double tolerance = sizeof(Real) == 4 ? 1e-6 : 1e-14;
        for (Dim i = 0; i < rows; ++i) {
            INFO("offset " << offset << ", row " << i);
            const std::vector<double> row = elements(part_of(scores, i * tk, {tk})), right = weights_of(row);
            double sum = 0, out[2] = {}, delta = 0;
            for (Dim j = 0; j < tk; ++j) {
                const double w = right[static_cast<std::size_t>(j)];
                sum += weights(0, 0, i, j);
                for (Dim d = 0; d < 2; ++d) {
                    out[d] += w * v.value()(0, 0, j, d);
                    dv[static_cast<std::size_t>(2 * j + d)] += w * dy(0, 0, i, d);
                }
            }
            CHECK(std::abs(sum - 1) < tolerance);
            for (Dim d = 0; d < 2; ++d) {
                CHECK(std::abs(y.out(0, 0, i, d) - out[d]) < 4 * tolerance);
                delta += out[d] * dy(0, 0, i, d);
            }
            double apart = 0, most = 0;
            for (Dim j = 0; j < tk; ++j) {
                const double dp = v.value()(0, 0, j, 0) * dy(0, 0, i, 0) + v.value()(0, 0, j, 1) * dy(0, 0, i, 1);
                const double ds = right[static_cast<std::size_t>(j)] * (dp - delta);
                apart = std::max(apart, std::abs(y.gradients[2](i, j) - ds));
                most = std::max(most, std::abs(ds));
            }
            CHECK(apart < 4 * tolerance * most);
        }
        double apart = 0;
        for (Dim n = 0; n < 2 * tk; ++n)
            apart = std::max(apart, std::abs(y.gradients[1].storage().cbegin()[n] - dv[static_cast<std::size_t>(n)]));
        CHECK(apart < 4 * tolerance * *std::max_element(dv.begin(), dv.end()));
    }
}

TEST_CASE("attention: a mean over a million keys, and gradients over many queries, keep their digits (" HEED_TAG ")",
          "[attention][large]") {
    const Dim many = sizeof(Real) == 4 ? Dim{1} << 20 : 1 << 14;
    {
        const Var q = leaf({1, 1, 1, 1}, 0), k = leaf({1, 1, many, 1}, 1), v = leaf({1, 1, many, 1}, 0.1);
        const Outcome y = outcome(
            {q, v}, [&] { return attention(q, k, v); }, filled({1, 1, 1, 1}, 1));
        CHECK(worst(y.out, static_cast<Real>(0.1)) < 5e-6);  // a block's 256 values are a chain
        CHECK(worst(y.gradients[1], 1.0 / static_cast<double>(many)) < 1e-6);
    }
    for (const bool pairwise : {false, true}) {
        const Score score = pairwise ? score::pairwise([](auto a, auto b) { return a * b; }) : score::dot();
        const Dim queries = many / 4;
        const Var q = leaf({1, 1, queries, 1}, 0.1), k = leaf({1, 1, 2, 1}, 0),
                  v = Var::leaf(array_of({1, 1, 2, 1}, {1, 0}));
        const Outcome y = outcome(
            {k, v}, [&] { return attention(q, k, v, {.score = score}); },
            filled({1, 1, queries, 1}, static_cast<Real>(0.1)));
        const double tenth = static_cast<Real>(0.1), n = static_cast<double>(queries);
        CHECK(worst(y.gradients[1], n * tenth / 2) < 1e-4);
        CHECK(std::abs(y.gradients[0](0, 0, 0, 0) - n * tenth * tenth / 4) < 1e-4 * n * tenth * tenth / 4);
        CHECK(std::abs(y.gradients[0](0, 0, 1, 0) + n * tenth * tenth / 4) < 1e-4 * n * tenth * tenth / 4);
    }
}

TEST_CASE("attention: gradients of few parameters that many pairs share keep their digits (" HEED_TAG ")",
          "[attention][large]") {
    const Dim t = 700;
    const Var scores = leaf({1, 1, t, t}, 0), slopes = leaf({1}, 0.5), table = leaf({4, 1}, 0.1), one = leaf({1}, 0.1);
    const Array dy = filled({1, 1, t, t}, static_cast<Real>(0.1));
    const double tenth = static_cast<Real>(0.1), n = static_cast<double>(t);
    const auto gradient_of = [&](const Var& x, const Mask& mask) {
        return outcome(
                   {x}, [&] { return masked(scores, mask); }, dy)
            .gradients[0];
    };
    CHECK(worst(gradient_of(slopes, alibi(slopes)), -tenth * (n * n * n - n) / 3) < 1e-6);
    CHECK(worst(gradient_of(one, bias(one)), tenth * n * n) < 1e-6);
    // 4 buckets for both sides: the first two for distances 0, 1.. behind the query, the other two for 1.. ahead of it.
    const Array of_table = gradient_of(table, relative_buckets(table));
    double sum = 0;
    for (const double x : elements(of_table)) sum += x;
    CHECK(std::abs(sum - tenth * n * n) < 1e-6 * tenth * n * n);
}

TEST_CASE("attention: blocks are merged by a tree that knows only the keys of a row (" HEED_TAG ")",
          "[attention][large]") {
    const Dim t = 1900, width = 5;
    const Array q = noise({1, 1, t, width}, 1), k = noise({1, 1, t, width}, 2), v = noise({1, 1, t, width}, 3);
    const auto rows = [](const Array& x, Dim begin, Dim end) { return Array(slice(Var(x), 2, begin, end).value()); };
    for (const Mask& mask : {causal_from_end(), window_from_end(600, 0), window_from_end(30, 0)}) {
        const Array whole = attention(q, k, v, {.mask = mask}).value();
        const std::vector<std::pair<Dim, Dim>> parts{{0, 1},       {255, 256},   {256, 258},  {700, 800},
                                                     {1023, 1024}, {1300, 1301}, {1536, 1900}};
        for (const auto& [begin, end] : parts) {
            INFO("rows " << begin << " to " << end);
            const Array part = attention(rows(q, begin, end), rows(k, 0, end), rows(v, 0, end), {.mask = mask}).value();
            CHECK(elements(part) == elements(rows(whole, begin, end)));
        }
    }
    const Array together = attention(q, k, v).value(),
                by_lengths = attention(q, k, v, {.mask = lengths({1301})}).value();
    CHECK(elements(by_lengths) == elements(attention(q, rows(k, 0, 1301), rows(v, 0, 1301)).value()));
    // by stretches of keys
    CHECK(elements(rows(together, 70, 71)) == elements(attention(rows(q, 70, 71), k, v).value()));
}
