// masked: scores with biases, and -inf where a mask forbids a pair.
#include <algorithm>
#include <limits>
#include <memory>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/mask/masked.hpp>

namespace heed {
namespace {

// Arrays of a mask for scores (b, i, j) as they broadcast to (b, 1, i, j).
Mask for_one_head(Mask mask) {
    const auto widened = [](const Shape& s) { return s.size() == 3 ? Shape{s[0], 1, s[1], s[2]} : s; };
    for (MaskPart& part : mask.parts) part.pairs.shape = widened(part.pairs.shape);
    for (Bias& bias : mask.biases)
        if (bias.kind == Bias::Kind::dense) bias.values = reshape(bias.values, widened(bias.values.shape()));
    return mask;
}

// y = x where a pair is allowed, `rest` elsewhere; what x holds there is not read. `row(b, h, i, begin, end, y)` then
// gets each row of y and the keys outside which all of it is `rest`.
template <class F>
Array where_allowed(const Array& x, const BoundMask& mask, Real rest, F&& row) {
    Array y = Array::from_shape(x.shape());
    const Dim keys = mask.tk();
    const Real* from = x.storage().data();
    Real* to = y.data();
    List<std::uint64_t> allowed(static_cast<std::size_t>(mask.scattered() ? (keys + 63) / 64 : 0));
    for (Dim b = 0; b < mask.batch(); ++b) {
        for (Dim h = 0; h < mask.heads(); ++h) {
            for (Dim i = 0; i < mask.tq(); ++i, from += keys, to += keys) {
                const kernel::Interval seen = mask.visible(b, i);
                const Dim end = std::max<Dim>(seen.end, 0), begin = std::min(seen.begin, end);
                std::fill(to, to + begin, rest);
                std::copy(from + begin, from + end, to + begin);
                std::fill(to + end, to + keys, rest);
                row(b, h, i, begin, end, to);
                if (!mask.scattered()) continue;
                mask.allow(b, h, i, begin, end, allowed.data());
                for (Dim j = begin; j < end; ++j)
                    if (!(allowed[static_cast<std::size_t>(j - begin) / 64] >> (j - begin) % 64 & 1)) to[j] = rest;
            }
        }
    }
    return y;
}

// The gradient of bias k by that of all scores (b, h, i, j), which is linear in them; its adjoint adds the bias's
// values to zeros. Its sums begin at `first` among those of all biases.
Var bias_gradient(const std::shared_ptr<const BoundMask>& mask, std::size_t k, Dim first, const Var& ds) {
    const Shape pairs = ds.shape(), shape = mask->biases()[k].values.shape();
    const auto each_row = [pairs](const auto& f) {
        for (Dim b = 0, at = 0; b < pairs[0]; ++b)
            for (Dim h = 0; h < pairs[1]; ++h)
                for (Dim i = 0; i < pairs[2]; ++i, at += pairs[3]) f(b, h, i, at);
    };
    const auto gathered = [=](const Array& d) {
        List<double> sums(static_cast<std::size_t>(mask->gradient_size()));
        each_row([&](Dim b, Dim h, Dim i, Dim at) {
            mask->add_bias_gradient(b, h, i, 0, pairs[3], d.storage().data() + at, sums.data());
        });
        Array y = Array::from_shape(shape);
        const double* const own = sums.data() + first;
        std::transform(own, own + count(y), y.data(), [](double sum) { return static_cast<Real>(sum); });
        return y;
    };
    const auto spread = [=](const Array& values) {
        Bias alone = mask->biases()[k];
        alone.values = Var(values);
        const BoundMask of_it("masked", Mask(alone), pairs[0], pairs[1], pairs[2], pairs[3], Site::current());
        Array y = filled(pairs, 0);
        each_row([&, to = y.data()](Dim b, Dim h, Dim i, Dim at) { of_it.add_bias(b, h, i, 0, pairs[3], to + at); });
        return y;
    };
    return linear_map("masked", In(ds), gathered, spread);
}

}  // namespace

// The scores with the mask's biases added, -inf where it forbids a pair; what was there does not matter, not even a
// NaN.
Var masked(In scores, const Mask& mask) {
    expect(scores.rank() == 3 || scores.rank() == 4, "masked", "scores", scores.shape(),
           "(b, queries, keys) or (b, h, queries, keys)", scores.at);
    if (mask.everything()) return reshape(scores, scores.shape());
    const bool heads = scores.rank() == 4;
    return with_mask(scores, std::make_shared<const BoundMask>(BoundMask("masked", heads ? mask : for_one_head(mask),
                                                                         scores.dim(0), heads ? scores.dim(1) : 1,
                                                                         scores.dim(-2), scores.dim(-1), scores.at)));
}

Var with_mask(In scores, std::shared_ptr<const BoundMask> mask) {
    if (mask->everything()) return scores.var();
    Array y = where_allowed(
        scores.value(), *mask, -std::numeric_limits<Real>::infinity(),
        [&](Dim b, Dim h, Dim i, Dim begin, Dim end, Real* to) { mask->add_bias(b, h, i, begin, end, to + begin); });
    std::vector<Var> inputs{scores.var()};
    for (const Bias& bias : mask->biases()) inputs.push_back(bias.values);
    const Ins operands(std::move(inputs));
    Var result =
        record("masked", operands, std::move(y), [dx = scores.slot(), mask, slots = mask->slots()](const Array& dy) {
            Array d = where_allowed(dy, *mask, 0, [](Dim, Dim, Dim, Dim, Dim, Real*) {});
            List<double> sum(static_cast<std::size_t>(mask->gradient_size()));
            if (!sum.empty()) {
                const Real* row = d.storage().data();
                for (Dim b = 0; b < mask->batch(); ++b)
                    for (Dim h = 0; h < mask->heads(); ++h)
                        for (Dim i = 0; i < mask->tq(); ++i, row += mask->tk())
                            mask->add_bias_gradient(b, h, i, 0, mask->tk(), row, sum.data());
            }
            mask->deliver(sum.data(), slots);
            if (dx) dx.add_grad(std::move(d));
        });
    return differentiable(std::move(result), operands, [mask](Vars x, const Var&, const Var& dy) {
        const Var d =
            where(where_allowed(filled(x[0].shape(), 1), *mask, 0, [](Dim, Dim, Dim, Dim, Dim, Real*) {}), dy, 0);
        const Var pairs = reshape(d, {mask->batch(), mask->heads(), mask->tq(), mask->tk()});
        Grads grads{d};
        Dim first = 0;
        for (std::size_t k = 0; k < mask->biases().size(); ++k) {
            const Var& values = mask->biases()[k].values;
            grads.push_back(values.wants_grad() ? bias_gradient(mask, k, first, pairs) : Var());
            if (values.wants_grad()) first += values.size();
        }
        return grads;
    });
}

// clang-format off
HEED_OP_CASES(
    {.name = "masked/lengths",
     .inputs = {{2, 3, 4}},
     .call = [](Vars in) { return softmax(masked(in[0], lengths({4, 2}))); }},
    {.name = "masked/lengths with heads",
     .inputs = {{2, 2, 1, 3}},
     .call = [](Vars in) { return softmax(masked(in[0], lengths({1, 3}))); }},
    {.name = "masked/nothing to see",
     .inputs = {{2, 1, 3}},
     .call = [](Vars in) { return softmax(masked(in[0], lengths({0, 3}))); }},
    {.name = "masked/causal and lengths",
     .inputs = {{2, 3, 3}},
     .call = [](Vars in) { return softmax(masked(in[0], causal() & lengths({3, 2}))); }},
    {.name = "masked/more keys, from the start",
     .inputs = {{2, 2, 4}},
     .call = [](Vars in) { return softmax(masked(in[0], causal_from_start())); }},
    {.name = "masked/more keys, from the end", .inputs = {{2, 2, 4}}, .call = [](Vars in) { return softmax(masked(in[0], causal_from_end())); }},
    {.name = "masked/more queries, from the end", .inputs = {{1, 3, 2}}, .call = [](Vars in) { return softmax(masked(in[0], causal_from_end())); }},
    {.name = "masked/each example's own pairs",
     .inputs = {{2, 2, 3}},
     .call = [](Vars in) { return softmax(masked(in[0], keep(reshaped(Array{1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0}, {2, 2, 3})))); }},
    {.name = "masked/documents and dropped keys",
     .inputs = {{1, 2, 4, 4}},
     .call = [](Vars in) { return softmax(masked(in[0], documents({1, 2, 1, 2}) & drop(Array{0, 1, 0, 0}))); }},
    {.name = "masked/bias that broadcasts",
     .inputs = {{2, 2, 3, 4}, {2, 1, 4}, {4}},
     .call = [](Vars in) { return softmax(masked(in[0], lengths({4, 2}) + bias(in[1]) + bias(in[2] * in[2]))); },
     .same_as = [](Vars in) { return softmax(masked(in[0] + in[1] + in[2] * in[2], lengths({4, 2}))); }},
    {.name = "masked/bias for each example",
     .inputs = {{2, 3, 3}, {2, 1, 3}},
     .call = [](Vars in) { return softmax(masked(in[0], bias(in[1]))); },
     .same_as = [](Vars in) { return softmax(in[0] + in[1]); }},
    {.name = "masked/bias of columns", .inputs = {{1, 2, 3, 3}, {2, 3, 1}}, .call = [](Vars in) { return masked(in[0], bias(in[1])); },
     .same_as = [](Vars in) { return in[0] + in[1]; }},
    {.name = "masked/T5's buckets",
     .inputs = {{2, 2, 12, 19}, {8, 2}},
     .call = [](Vars in) { return softmax(masked(in[0], causal_from_end() + relative_buckets(in[1], {.max_distance = 12}))); }},
    {.name = "masked/T5's buckets, one side",
     .inputs = {{1, 3, 4, 11}, {4, 3}},
     .call = [](Vars in) { return softmax(masked(in[0], relative_buckets(in[1], {.bidirectional = false, .max_distance = 5}))); }},
    {.name = "masked/learned slopes",
     .inputs = {{2, 3, 4, 11}, {3}},
     .call = [](Vars in) { return softmax(masked(in[0], lengths({11, 5}) + alibi(in[1]))); },
     .same_as = [](Vars in) {
         Array distance = Array::from_shape({4, 11});
         for (Dim i = 0; i < 4; ++i)
             for (Dim j = 0; j < 11; ++j) distance(i, j) = static_cast<Real>(std::abs(i + 7 - j));
         return softmax(masked(in[0] - reshape(in[1], {3, 1, 1}) * Var(distance), lengths({11, 5})));
     }},
    {.name = "masked/offsets of patches",
     .inputs = {{2, 2, 7, 7}, {2, 15}},
     .call = [](Vars in) { return softmax(masked(in[0], Mask() + patch_offsets(in[1], 2, 3, 1))); }},
    {.name = "masked/heads that do not match", .inputs = {{2, 2, 3, 3}, {3}}, .call = [](Vars in) { return masked(in[0], alibi(in[1])); },
     .rejects = true},
    {.name = "masked/five axes", .inputs = {{1, 1, 2, 3, 3}}, .call = [](Vars in) { return masked(in[0], causal()); }, .rejects = true},
    {.name = "masked/length beyond the keys",
     .inputs = {{2, 3, 4}},
     .call = [](Vars in) { return masked(in[0], lengths({5, 2})); },
     .rejects = true},
    {.name = "masked/negative length",
     .inputs = {{2, 3, 4}},
     .call = [](Vars in) { return masked(in[0], lengths({-1, 2})); },
     .rejects = true},
    {.name = "masked/one length for two examples",
     .inputs = {{2, 3, 4}},
     .call = [](Vars in) { return masked(in[0], lengths({2})); },
     .rejects = true},
    {.name = "masked/causal with two corners", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return masked(in[0], causal()); }, .rejects = true},
    {.name = "masked/matrix", .inputs = {{3, 3}}, .call = [](Vars in) { return masked(in[0], causal()); }, .rejects = true})
// clang-format on

}  // namespace heed
