// nll_loss: the negative log likelihood of labels.
#include <heed/ops/loss/cross_entropy_parts.hpp>

namespace heed {

// With log_p = log q, weights w and smoothing s each label y that is not ignored adds -(1 - s) w_y log q_y - s /
// classes sum_c w_c log q_c, as in cross_entropy; the loss is their sum over the sum of the w_y. Any numbers may be
// log_p.
Var nll_loss(In log_p, const Ints& labels, const CrossEntropyOptions& options) {
    const Targets targets = check_rows("nll_loss", log_p, "log_p", labels, options);
    const kernel::CrossEntropy& rule = targets.rule;
    const Real *x = log_p.data(), *const examples = targets.examples_from(0);
    double loss = 0;
    for (Dim i = 0; i < rule.rows; ++i, x += rule.n) {
        const std::int64_t label = rule.labels[i];
        if (label == rule.ignore_index) continue;
        const double smooth = static_cast<double>(rule.smoothing), even = smooth / static_cast<double>(rule.n);
        const auto weighed = [&](Dim c) {
            const double weight = rule.weights != nullptr ? static_cast<double>(rule.weights[c]) : 1;
            return weight == 0 ? 0 : weight * static_cast<double>(x[c]);
        };
        double of_row = (1 - smooth) * weighed(label);
        if (smooth != 0)
            for (Dim c = 0; c < rule.n; ++c) of_row += even * weighed(c);
        loss -= of_row * (examples != nullptr ? static_cast<double>(examples[i]) : 1);
    }
    Var y = record("nll_loss", {log_p}, filled({}, static_cast<Real>(loss / targets.mass)),
                   [targets, dx = log_p.slot()](const Array& dy) {
                       Array d = targets.shares();
                       const Real by = static_cast<Real>(-double{*dy.storage().data()} / targets.mass);
                       for (Real& share : d.storage()) share *= by;
                       dx.add_grad(std::move(d));
                   });
    return differentiable(std::move(y), {log_p}, [targets](Vars, const Var&, const Var& dy) {
        return Grads{dy / -targets.mass * Var(targets.shares())};
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "nll_loss/rows", .inputs = {{4, 5}}, .call = [](Vars in) { return nll_loss(log_softmax(in[0]), labels_for(in[0])); },
     .same_as = [](Vars in) { return cross_entropy(in[0], labels_for(in[0])); }},
    {.name = "nll_loss/one row", .inputs = {{5}}, .call = [](Vars in) { return nll_loss(in[0], labels_for(in[0])); },
     .same_as = [](Vars in) { return -pick(in[0], 0, 1); }},
    {.name = "nll_loss/weights and smoothing", .inputs = {{2, 3, 5}},
     .call = [](Vars in) { return nll_loss(log_softmax(in[0]), labels_for(in[0]), {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); },
     .same_as = [](Vars in) { return cross_entropy(in[0], labels_for(in[0]), {.smoothing = 0.2, .weights = {1, 0.5, 2, 0, 3}}); }},
    {.name = "nll_loss/weights of classes and examples", .inputs = {{3, 3}},
     .call = [](Vars in) { return nll_loss(in[0], arange(3), {.weights = {1, 0.5, 2}, .example_weights = Array{3, 0, 2}}); },
     .same_as = [](Vars in) { return -(3 * in[0](0, 0) + 4 * in[0](2, 2)) / 7; }},
    {.name = "nll_loss/ignored class", .inputs = {{3, 4}}, .call = [](Vars in) { return nll_loss(in[0], arange(3), {.ignore = 2}); },
     .same_as = [](Vars in) { return -(in[0](0, 0) + in[0](1, 1)) / 2; }},
    {.name = "nll_loss/scalar", .inputs = {{}}, .call = [](Vars in) { return nll_loss(in[0], Ints::from_shape({0})); }, .rejects = true},
    {.name = "nll_loss/labels of another shape", .inputs = {{3, 4}}, .call = [](Vars in) { return nll_loss(in[0], Ints(Shape{2}, 1)); },
     .rejects = true},
    {.name = "nll_loss/label too large", .inputs = {{3, 4}}, .call = [](Vars in) { return nll_loss(in[0], Ints(Shape{3}, 4)); }, .rejects = true},
    {.name = "nll_loss/all ignored", .inputs = {{3, 4}}, .call = [](Vars in) { return nll_loss(in[0], Ints(Shape{3}, -100)); }, .rejects = true},
    {.name = "nll_loss/no rows", .inputs = {{0, 4}}, .call = [](Vars in) { return nll_loss(in[0], labels_for(in[0])); }, .rejects = true})
// clang-format on

}  // namespace heed
