// ctc_loss: labels in order, without the frames at which they are.
#include <algorithm>
#include <cmath>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/loss/ctc.hpp>
#include <heed/ops/loss/ctc_lattice.hpp>
#include <heed/ops/loss/ctc_shares.hpp>
#include <heed/ops/mask/lengths.hpp>

namespace heed {
namespace {

// The fewest frames that give a target: one for each label, and one for the blank between two equal ones.
Dim frames_for(const std::int64_t* target, Dim labels) {
    Dim frames = labels;
    for (Dim k = 1; k < labels; ++k) frames += target[k] == target[k - 1];
    return frames;
}

void check_target(const In& log_probs, const std::int64_t* target, Dim labels, Dim frames, Dim i,
                  const CtcOptions& options) {
    const Dim classes = log_probs.dim(2);
    for (Dim k = 0; k < labels; ++k)
        require(
            0 <= target[k] && target[k] < classes && target[k] != options.blank, "ctc_loss",
            [&] {
                return fmt::format(
                    "argument 'targets' holds {} at ({}, {}); expected 0 <= label < {}, and not the blank {}",
                    target[k], i, k, classes, options.blank);
            },
            log_probs.at);
    const Dim needed = frames_for(target, labels);
    require(
        options.zero_infinity || needed <= frames, "ctc_loss",
        [&] {
            return fmt::format(
                "target {} has {} labels, {} of them equal to the one before, and needs {} frames, but its input has "
                "{}: the loss is infinite; leave the example out, or pass .zero_infinity = true to count it as 0",
                i, labels, needed - labels, needed, frames);
        },
        log_probs.at);
}

}  // namespace

Var ctc_loss(In log_probs, const Ints& targets, const Ints& input_lengths, const Ints& target_lengths,
             const CtcOptions& options) {
    using Reduction = CtcOptions::Reduction;
    expect(log_probs.rank() == 3 && log_probs.size() > 0, "ctc_loss", "log_probs", log_probs.shape(),
           "(b, t, classes), none of them 0", log_probs.at);
    const Dim batch = log_probs.dim(0), frames = log_probs.dim(1), classes = log_probs.dim(2);
    expect(
        targets.dimension() == 2 && targets.shape()[0] == batch, "ctc_loss", "targets", targets.shape(),
        [&] { return fmt::format("({}, n) because 'log_probs' is {}", batch, to_string(log_probs.shape())); },
        log_probs.at);
    const Dim most = targets.shape()[1];
    require(
        0 <= options.blank && options.blank < classes, "ctc_loss",
        [&] { return fmt::format("blank is {}; expected 0 <= blank < {}", options.blank, classes); }, log_probs.at);
    check_lengths("ctc_loss", "input_lengths", input_lengths, batch, {"frames", frames}, log_probs.at);
    check_lengths("ctc_loss", "target_lengths", target_lengths, batch, {"labels", most}, log_probs.at);
    const std::int64_t* labels = targets.storage().data();
    for (Dim i = 0; i < batch; ++i)
        check_target(log_probs, labels + i * most, target_lengths(i), input_lengths(i), i, options);

    const Slot dx = log_probs.slot();
    Ints counted = input_lengths;  // frames; none of a loss that counts nothing
    Array losses = Array::from_shape({batch}), scales = losses,
          derivatives = filled(dx ? log_probs.shape() : Shape{0}, 0);
    Real *loss_of = losses.data(), *scale_of = scales.data(), *derivatives_of = derivatives.data();
    std::int64_t* counted_of = counted.data();
    parallel_for(batch, [&](Dim i) {
        const Lattice lattice{input_lengths(i),  classes,
                              target_lengths(i), log_probs.data() + i * frames * classes,
                              labels + i * most, options.blank};
        List<double> alpha(static_cast<std::size_t>(saturated_product(lattice.frames, lattice.states())));
        const double loss = lattice.forward(alpha.data());
        const double scale = options.reduction == Reduction::mean
                                 ? 1 / static_cast<double>(batch * std::max<Dim>(lattice.labels, 1))
                                 : 1;
        const bool counts = !(options.zero_infinity && loss == -never);
        loss_of[i] = static_cast<Real>(counts ? loss * scale : 0);
        scale_of[i] = static_cast<Real>(counts && !std::isfinite(loss) ? NAN : scale);
        if (!counts) counted_of[i] = 0;
        if (dx && counts) lattice.backward(alpha.data(), loss, scale, derivatives_of + i * frames * classes);
    });
    if (options.reduction != Reduction::none) {
        double total = 0;
        for (const Real loss : losses.storage()) total += static_cast<double>(loss);
        losses = filled({}, static_cast<Real>(total));
    }
    Var y =
        record("ctc_loss", {log_probs}, std::move(losses), [dx, derivatives = std::move(derivatives)](const Array& dy) {
            Array d = derivatives;
            const Dim share = count(dy) == 1 ? count(d) : count(d) / count(dy);  // of one loss
            for (Dim i = 0, n = count(d); i < n; ++i) d.data()[i] *= dy.storage().data()[i / share];
            dx.add_grad(std::move(d));
        });
    return differentiable(std::move(y), {log_probs},
                          [=, scales = std::move(scales), blank = options.blank](Vars x, const Var&, const Var& dy) {
                              const CtcStates states(x[0].shape(), targets, counted, target_lengths, blank);
                              return Grads{ctc_shares(x[0], states, -dy * Var(scales))};
                          });
}

#ifdef HEED_TESTING
namespace {
Ints ints_of(const Shape& shape, std::initializer_list<std::int64_t> values) {
    Ints x = Ints::from_shape(shape);
    std::copy(values.begin(), values.end(), x.data());
    return x;
}

// The definition: -log of the sum over all classes^frames paths of those that give the target, as a vector of one loss.
Var by_all_paths(const Var& log_probs, Dim i, Dim frames, const std::vector<Dim>& target, Dim blank) {
    const Dim classes = log_probs.dim(2);
    std::vector<Real> hits;  // (paths, frames, classes): 1 where a path is
    Dim all = 1, paths = 0;
    for (Dim t = 0; t < frames; ++t) all *= classes;
    for (Dim path = 0; path < all; ++path) {
        std::vector<Dim> decoded;
        std::vector<Real> hit(static_cast<std::size_t>(frames * classes), 0);
        Dim rest = path, last = -1;
        for (Dim t = 0; t < frames; ++t, rest /= classes) {
            const Dim c = rest % classes;
            hit[static_cast<std::size_t>(t * classes + c)] = 1;
            if (c != last && c != blank) decoded.push_back(c);
            last = c;
        }
        if (decoded != target) continue;
        hits.insert(hits.end(), hit.begin(), hit.end());
        ++paths;
    }
    Array where = Array::from_shape({paths, frames * classes});
    std::copy(hits.begin(), hits.end(), where.data());
    const Var x = reshape(slice(pick(log_probs, 0, i), 0, 0, frames), {-1, 1});
    return -logsumexp(matmul(where, x), 0);
}

using Reduction = CtcOptions::Reduction;
Var ctc_of_two(const Var& x, const CtcOptions& options) {  // (2, 4, 3): a label twice; one label in three frames
    return ctc_loss(x, ints_of({2, 3}, {2, 2, 1, 1, 7, -7}), ints_of({2}, {4, 3}), ints_of({2}, {2, 1}), options);
}
Var ctc_refused(const Var& x, std::initializer_list<std::int64_t> target, Dim frames, Dim labels,
                const CtcOptions& options = {}) {
    return ctc_loss(x, ints_of({1, static_cast<Dim>(target.size())}, target), ints_of({1}, {frames}),
                    ints_of({1}, {labels}), options);
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "ctc_loss/mean", .inputs = {{2, 4, 3}}, .call = [](Vars in) { return ctc_of_two(in[0], {}); },
     .same_as = [](Vars in) { return sum(by_all_paths(in[0], 0, 4, {2, 2}, 0) / 2 + by_all_paths(in[0], 1, 3, {1}, 0)) / 2; }},
    {.name = "ctc_loss/sum", .inputs = {{2, 4, 3}}, .call = [](Vars in) { return ctc_of_two(in[0], {.reduction = Reduction::sum}); },
     .same_as = [](Vars in) { return sum(by_all_paths(in[0], 0, 4, {2, 2}, 0) + by_all_paths(in[0], 1, 3, {1}, 0)); }},
    {.name = "ctc_loss/each", .inputs = {{2, 4, 3}}, .call = [](Vars in) { return ctc_of_two(in[0], {.reduction = Reduction::none}); },
     .same_as = [](Vars in) { return concat({by_all_paths(in[0], 0, 4, {2, 2}, 0), by_all_paths(in[0], 1, 3, {1}, 0)}); }},
    {.name = "ctc_loss/last class is the blank", .inputs = {{1, 5, 4}},
     .call = [](Vars in) { return ctc_refused(in[0], {0, 2, 1}, 5, 3, {.blank = 3}); },
     .same_as = [](Vars in) { return sum(by_all_paths(in[0], 0, 5, {0, 2, 1}, 3)) / 3; }},
    {.name = "ctc_loss/no labels", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {1}, 4, 0); },
     .same_as = [](Vars in) { return sum(by_all_paths(in[0], 0, 4, {}, 0)); }},
    {.name = "ctc_loss/one frame", .inputs = {{1, 1, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 1, 1); },
     .same_as = [](Vars in) { return -sum(pick(in[0], 2, 2)); }},
    {.name = "ctc_loss/no frames, no labels", .inputs = {{1, 2, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 0, 0); }, .flat = true},
    {.name = "ctc_loss/as many frames as needed", .inputs = {{1, 5, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {1, 1, 2, 2}, 5, 3); },
     .same_as = [](Vars in) { return sum(by_all_paths(in[0], 0, 5, {1, 1, 2}, 0)) / 3; }},
    {.name = "ctc_loss/infinite counts nothing", .inputs = {{2, 4, 3}},
     .call = [](Vars in) {
         return ctc_loss(in[0], ints_of({2, 3}, {2, 2, 2, 1, 1, 2}), ints_of({2}, {4, 4}), ints_of({2}, {3, 2}), {.zero_infinity = true});
     },
     .same_as = [](Vars in) { return sum(by_all_paths(in[0], 1, 4, {1, 1}, 0)) / 4; }},
    {.name = "ctc_loss/target longer than the input", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2, 2, 2}, 4, 3); },
     .rejects = true},
    {.name = "ctc_loss/matrix", .inputs = {{4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 4, 1); }, .rejects = true},
    {.name = "ctc_loss/no classes", .inputs = {{1, 4, 0}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 4, 1); }, .rejects = true},
    {.name = "ctc_loss/another batch", .inputs = {{2, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 4, 1); }, .rejects = true},
    {.name = "ctc_loss/input length", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 5, 1); }, .rejects = true},
    {.name = "ctc_loss/target length", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 4, 2); }, .rejects = true},
    {.name = "ctc_loss/negative length", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 4, -1); }, .rejects = true},
    {.name = "ctc_loss/label too large", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {3}, 4, 1); }, .rejects = true},
    {.name = "ctc_loss/label is the blank", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {0}, 4, 1); }, .rejects = true},
    {.name = "ctc_loss/blank too large", .inputs = {{1, 4, 3}}, .call = [](Vars in) { return ctc_refused(in[0], {2}, 4, 1, {.blank = 3}); },
     .rejects = true})
// clang-format on

}  // namespace heed
