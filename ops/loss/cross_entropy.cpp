// cross_entropy: the loss of logits against labels.
#include <heed/ops/loss/cross_entropy_parts.hpp>

namespace heed {

// With q = softmax(logits), weights w and smoothing s (Szegedy et al., 2016), each label y that is not ignored adds
// -(1 - s) w_y log q_y - s / classes sum_c w_c log q_c; the loss is their sum over the sum of the w_y. A weight e of
// its example multiplies both, so that the loss is a weighted mean.
Var cross_entropy(In logits, const Ints& labels, const CrossEntropyOptions& options) {
    Targets targets = check_rows("cross_entropy", logits, "logits", labels, options);
    const Slot dx = logits.slot();
    Array derivatives = Array::from_shape(dx ? logits.shape() : Shape{0});
    targets.rule.logits = logits.data();
    const double loss = Rows(targets.rule.rows)(targets, targets.rule, dx ? derivatives.data() : nullptr);
    Var y =
        record("cross_entropy", {logits}, filled({}, static_cast<Real>(loss / targets.mass)),
               [dx, derivatives = std::move(derivatives)](const Array& dy) { dx.add_grad(scaled(derivatives, dy)); });
    return differentiable(std::move(y), {logits}, [targets = std::move(targets)](Vars v, const Var&, const Var& dy) {
        return Grads{targets.rule_of(v[0], dy)};
    });
}

#ifdef HEED_TESTING
namespace {
// Cross entropy against labels_for(logits) as the definition has it: -sum of a (..., classes) array of constants times
// log q.
Var likelihood_loss(const Var& logits, const std::vector<double>& weights, double smoothing) {
    const Ints labels = labels_for(logits);
    const Dim classes = logits.shape().back();
    Array mass = filled(logits.shape(), 0);
    double total = 0;
    for (Dim i = 0; i < count(labels); ++i) {
        const std::int64_t label = labels.storage()[static_cast<std::size_t>(i)];
        if (label < 0) continue;
        const auto weight = [&](Dim c) { return weights[static_cast<std::size_t>(c)]; };
        total += weight(label);
        for (Dim c = 0; c < classes; ++c) {
            const double even = smoothing / static_cast<double>(classes) * weight(c);
            mass.data()[i * classes + c] = static_cast<Real>(c == label ? (1 - smoothing) * weight(c) + even : even);
        }
    }
    return -sum(mass * log_softmax(logits)) / total;
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "cross_entropy/rows", .inputs = {{4, 5}}, .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0])); },
     .same_as = [](Vars in) { return likelihood_loss(in[0], {1, 1, 1, 1, 1}, 0); }},
    {.name = "cross_entropy/one row", .inputs = {{5}}, .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0])); },
     .same_as = [](Vars in) { return -pick(log_softmax(in[0]), 0, 1); }},
    {.name = "cross_entropy/weights and smoothing", .inputs = {{2, 3, 5}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); },
     .same_as = [](Vars in) { return likelihood_loss(in[0], {1, 0.5, 2, 0, 3}, 0.2); }},
    {.name = "cross_entropy/ignored class", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], arange(3), {.ignore = 2}); },
     .same_as = [](Vars in) { return -(pick(pick(log_softmax(in[0]), 0, 0), 0, 0) + pick(pick(log_softmax(in[0]), 0, 1), 0, 1)) / 2; }},
    {.name = "cross_entropy/weights of examples", .inputs = {{3, 4}},
     .call = [](Vars in) {
         return cross_entropy(in[0], Ints{1, 0, 3}, {.smoothing = 0.1, .weights = {1, 2, 3, 4}, .example_weights = Array{0.5, 0, 2}});
     },
     .same_as = [](Vars in) {
         const auto row = [&](Dim i, std::int64_t label) {  // their class weights cancel in the mean of one
             return cross_entropy(pick(in[0], 0, i), Ints(Shape{}, label), {.smoothing = 0.1, .weights = {1, 2, 3, 4}});
         };
         return (0.5 * 2 * row(0, 1) + 2 * 4 * row(2, 3)) / (0.5 * 2 + 2 * 4);
     }},
    {.name = "cross_entropy/number of weights of examples", .inputs = {{3, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], arange(3), {.example_weights = Array{1, 2}}); }, .rejects = true},
    {.name = "cross_entropy/negative weight of an example", .inputs = {{3, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], arange(3), {.example_weights = Array{1, 2, -1}}); }, .rejects = true},
    {.name = "cross_entropy/weight of an example with a gradient", .inputs = {{3, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], arange(3), {.example_weights = Var::leaf(Array{1, 2, 1})}); }, .rejects = true},
    {.name = "cross_entropy/scalar", .inputs = {{}}, .call = [](Vars in) { return cross_entropy(in[0], Ints::from_shape({0})); }, .rejects = true},
    {.name = "cross_entropy/no classes", .inputs = {{3, 0}}, .call = [](Vars in) { return cross_entropy(in[0], Ints::from_shape({3})); },
     .rejects = true},
    {.name = "cross_entropy/labels of another shape", .inputs = {{3, 4}},
     .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{2}, 1)); }, .rejects = true},
    {.name = "cross_entropy/label too large", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{3}, 4)); },
     .rejects = true},
    {.name = "cross_entropy/negative label", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{3}, -1)); },
     .rejects = true},
    {.name = "cross_entropy/all ignored", .inputs = {{3, 4}}, .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{3}, -100)); },
     .rejects = true},
    {.name = "cross_entropy/no rows", .inputs = {{0, 4}}, .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0])); }, .rejects = true},
    {.name = "cross_entropy/weightless labels", .inputs = {{1, 2}},
     .call = [](Vars in) { return cross_entropy(in[0], Ints(Shape{1}, 0), {.weights = {0, 1}}); }, .rejects = true},
    {.name = "cross_entropy/number of weights", .inputs = {{4, 5}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.weights = {1, 2}}); }, .rejects = true},
    {.name = "cross_entropy/negative weight", .inputs = {{1, 2}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.weights = {-1, 2}}); }, .rejects = true},
    {.name = "cross_entropy/smoothing above one", .inputs = {{4, 5}},
     .call = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.smoothing = 1.1}); }, .rejects = true})
// clang-format on

}  // namespace heed
