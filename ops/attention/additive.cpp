// additive_score: the score of additive attention for all pairs of queries and keys.
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/attention/additive.hpp>

namespace heed {
namespace {

kernel::Additive operands(const In& q, const In& k, const In& w) {
    return {.batch = q.dim(0),
            .tq = q.dim(1),
            .tk = k.dim(1),
            .d = q.dim(2),
            .q = q.data(),
            .k = k.data(),
            .w = w.data()};
}

}  // namespace

// s_bij = sum_d w_d tanh(q_bid + k_bjd) (Bahdanau, Cho, Bengio, 2015). The (b, i, j, d) sums are never stored: the
// backward makes them again.
Var additive_score(In q, In k, In w) {
    expect(q.rank() == 3, "additive_score", "q", q.shape(), "(b, i, d)", q.at);
    expect(
        k.rank() == 3 && k.dim(0) == q.dim(0) && k.dim(2) == q.dim(2), "additive_score", "k", k.shape(),
        [&] { return fmt::format("({}, j, {}) because 'q' is {}", q.dim(0), q.dim(2), to_string(q.shape())); }, k.at);
    expect(
        w.rank() == 1 && w.dim(0) == q.dim(2), "additive_score", "w", w.shape(),
        [&] { return fmt::format("({}) because 'q' is {}", q.dim(2), to_string(q.shape())); }, w.at);
    const Shape shape{q.dim(0), q.dim(1), k.dim(1)};
    require_sizes("additive_score", shape, q.at);
    Array s = Array::from_shape(shape);
    kernel::additive_scores(operands(q, k, w), s.data());
    Var scores = record("additive_score", {q, k, w}, std::move(s),
                        [q, k, w, dq = q.slot(), dk = k.slot(), dw = w.slot()](const Array& ds) {
                            Array from_q = Array::from_shape(q.shape()), from_k = Array::from_shape(k.shape()),
                                  from_w = Array::from_shape(w.shape());
                            kernel::additive_scores_backward(operands(q, k, w), ds.storage().data(), from_q.data(),
                                                             from_k.data(), from_w.data());
                            if (dq) dq.add_grad(std::move(from_q));
                            if (dk) dk.add_grad(std::move(from_k));
                            if (dw) dw.add_grad(std::move(from_w));
                        });
    return differentiable(std::move(scores), {q, k, w}, [](Vars v, const Var&, const Var& ds) {  // stores the sums
        const Var t = tanh(unsqueeze(v[0], 2) + unsqueeze(v[1], 1)), each = unsqueeze(ds, -1);
        const Var d = each * (v[2] * (1 - square(t)));
        return Grads{sum(d, 2), sum(d, 1), sum(each * t, {0, 1, 2})};
    });
}

#ifdef HEED_TESTING
namespace {
Var call(Vars in) { return additive_score(in[0], in[1], in[2]); }
Var composed(Vars in) { return sum(in[2] * tanh(unsqueeze(in[0], 2) + unsqueeze(in[1], 1)), -1); }
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "additive_score/small", .inputs = {{2, 3, 5}, {2, 4, 5}, {5}}, .call = call, .same_as = composed},
    {.name = "additive_score/wide", .inputs = {{1, 2, 35}, {1, 3, 35}, {35}}, .call = call, .same_as = composed},
    {.name = "additive_score/one of each", .inputs = {{1, 1, 1}, {1, 1, 1}, {1}}, .call = call, .same_as = composed},
    {.name = "additive_score/saturated", .inputs = {{1, 2, 3}, {1, 2, 3}, {3}},
     .call = [](Vars in) { return additive_score(in[0] + 60, in[1] - 60, in[2]); },
     .same_as = [](Vars in) { return composed({in[0] + 60, in[1] - 60, in[2]}); }},
    {.name = "additive_score/no keys", .inputs = {{2, 3, 4}, {2, 0, 4}, {4}}, .call = call, .flat = true},
    {.name = "additive_score/no queries", .inputs = {{2, 0, 4}, {2, 3, 4}, {4}}, .call = call, .flat = true},
    {.name = "additive_score/no batch", .inputs = {{0, 2, 4}, {0, 3, 4}, {4}}, .call = call, .flat = true},
    {.name = "additive_score/q of rank two", .inputs = {{3, 5}, {4, 5}, {5}}, .call = call, .rejects = true},
    {.name = "additive_score/k of another batch", .inputs = {{2, 3, 5}, {1, 4, 5}, {5}}, .call = call, .rejects = true},
    {.name = "additive_score/k of another width", .inputs = {{2, 3, 5}, {2, 4, 1}, {5}}, .call = call, .rejects = true},
    {.name = "additive_score/w of another width", .inputs = {{2, 3, 5}, {2, 4, 5}, {1}}, .call = call, .rejects = true})
// clang-format on

}  // namespace heed
