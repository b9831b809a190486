// Lambda scores through attention(), on both paths, against compositions of primitive ops: values and every gradient.
#include <heed/ops/attention/score.hpp>
#include <heed/tests/catch.hpp>
#include <heed/tests/check/check_case.hpp>

using namespace heed;

namespace {

Var differences(Vars in) { return unsqueeze(in[0], 3) - unsqueeze(in[1], 2); }  // (b, h, i, j, d)
Var attended(In scores, Vars in, const Mask& mask = {}) { return matmul(softmax(masked(scores, mask)), in[2]); }
Var positions(Dim n, const Shape& shape) {
    Array x = Array::from_shape({n});
    for (Dim i = 0; i < n; ++i) x(i) = static_cast<Real>(i);
    return reshape(x, shape);
}

template <Policy policy>
std::vector<OpCase> cases() {
    const Shape q{2, 2, 5, 3}, k{2, 2, 7, 3}, v{2, 2, 7, 4};
    return {
        {.name = "attention/L1 of pairs",
         .inputs = {q, k, v},
         .call =
             [](Vars in) {
                 return attention(
                     in[0], in[1], in[2],
                     {.score = score::pairwise([](auto a, auto b) { return -abs(a - b); }), .policy = policy});
             },
         .same_as = [](Vars in) { return attended(-sum(abs(differences(in)), -1), in); }},
        {.name = "attention/Gaussian distance with theta",
         .inputs = {q, k, v, {3}},
         .call =
             [](Vars in) {
                 const Score gauss =
                     score::pairwise([](auto a, auto b, auto w) { return -w * (a - b) * (a - b); }, in[3]);
                 return attention(in[0], in[1], in[2], {.mask = causal_from_start(), .score = gauss, .policy = policy});
             },
         .same_as =
             [](Vars in) { return attended(-sum(in[3] * square(differences(in)), -1), in, causal_from_start()); }},
        {.name = "attention/theta of each head, scale and cap",
         .inputs = {q, k, v, {2, 3}},
         .call =
             [](Vars in) {
                 const Score each = score::pairwise(
                     [](auto a, auto b, auto w) { return w * tanh(a * b) + exp(-w * w) * sin(a - b); }, in[3]);
                 return attention(in[0], in[1], in[2], {.score = each, .scale = 0.7, .soft_cap = 2, .policy = policy});
             },
         .same_as =
             [](Vars in) {
                 const Var a = unsqueeze(in[0], 3), b = unsqueeze(in[1], 2), w = reshape(in[3], {2, 1, 1, 3});
                 return attended(2 * tanh(0.35 * sum(w * tanh(a * b) + exp(-w * w) * sin(a - b), -1)), in);
             }},
        {.name = "attention/a function of the score and the place",
         .inputs = {q, k, v},
         .call =
             [](Vars in) {
                 const Score far = score::scaled_dot(
                     [](auto s, auto b, auto h, auto i, auto j) { return s * s - 0.1 * (h + 1) * abs(i - j) + b; });
                 return attention(in[0], in[1], in[2], {.mask = lengths({7, 4}), .score = far, .policy = policy});
             },
         .same_as =
             [](Vars in) {
                 const Var s = matmul(in[0], transpose(in[1])) / std::sqrt(3.0);
                 const Var distance = abs(positions(5, {5, 1}) - positions(7, {7})), h = positions(2, {2, 1, 1}),
                           b = positions(2, {2, 1, 1, 1});
                 return attended(square(s) - 0.1 * (h + 1) * distance + b, in, lengths({7, 4}));
             }},
    };
}

void check(const std::vector<OpCase>& all) {
    for (const OpCase& c : all)
        for (const std::string& fault : check_case(c)) {
            INFO(c.name << ": " << fault);
            CHECK(false);
        }
    CHECK(all.size() == 4);
}

}  // namespace

TEST_CASE("lambda scores through attention by tiles", "[kernel]") { check(cases<Policy::require_fused>()); }
TEST_CASE("lambda scores through attention by primitive ops", "[kernel]") { check(cases<Policy::require_composed>()); }
