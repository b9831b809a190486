// What a mask's biases refuse, and how they become rows of values for the kernel.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <heed/ops/mask/bound_mask.hpp>

namespace heed {
namespace {

// T5's bucket of the distance key - query, among `buckets`. With two sides, keys after the query have the upper half.
// Of a side's buckets, half hold the distances 0, 1, ..., and bucket e + k of the rest begins at e (max_distance /
// e)^(k / rest).
Dim bucket_of(const Bias& bias, Dim buckets, Dim distance) {
    Dim first = 0, n = std::abs(distance);
    if (bias.bidirectional) {
        buckets /= 2;
        if (distance > 0) first = buckets;
    } else if (distance > 0) {
        n = 0;
    }
    const Dim exact = buckets / 2, rest = buckets - exact;
    if (n < exact) return first + n;
    const auto far = [&](Dim m) { return std::log(static_cast<double>(m) / static_cast<double>(exact)); };
    const double k = static_cast<double>(rest) * far(n) / far(bias.max_distance);
    return first +
           std::min(buckets - 1,
                    exact + static_cast<Dim>(k + 1e-9));  // a bucket's first distance must not fall short by rounding
}

}  // namespace

void BoundMask::add(const Caller& caller, const Bias& bias) {
    const char* const op = caller.op;  // no structured binding: clang 14 does not capture one
    const Site at = caller.at, check = caller.check;
    const Array& values = bias.values.value();
    const auto of_heads = [&](const char* name, Dim heads) {
        expect(
            heads == heads_, op, name, values.shape(), [&] { return fmt::format("values for {} heads", heads_); }, at,
            check);
    };
    PairBias bound{.kind = PairBias::Kind::dense, .rows = bias.rows, .cols = bias.cols, .lead = bias.lead};
    const Dim offsets = tq_ + tk_ - 1;
    const auto fill_offsets = [&](const auto& offset) {
        if (tq_ == 0 || tk_ == 0) return;
        bound.offsets = Array::from_shape({heads_, offsets});
        Real* to = bound.offsets.data();
        for (Dim h = 0; h < heads_; ++h)
            for (Dim o = 0; o < offsets; ++o) *to++ = offset(h, o);
    };
    const Real* from = values.storage().data();
    switch (bias.kind) {
    case Bias::Kind::dense: bound.dense = {values, steps_over_pairs(caller, "bias", values.shape())}; break;
    case Bias::Kind::relative: {
        bound.kind = PairBias::Kind::relative;
        of_heads("relative_buckets: table", values.shape()[1]);
        for (Dim o = 0; o < offsets; ++o) {
            const Dim bucket = bucket_of(bias, values.shape()[0], o - (tk_ - 1));
            if (bound.runs.empty() || bound.runs.back().bucket != bucket) bound.runs.push_back({o, bucket});
        }
        std::size_t run = 0;
        fill_offsets([&](Dim h, Dim o) {
            if (o == 0) run = 0;
            while (run + 1 < bound.runs.size() && bound.runs[run + 1].begin <= o) ++run;
            return from[bound.runs[run].bucket * heads_ + h];
        });
        break;
    }
    case Bias::Kind::alibi:
        bound.kind = PairBias::Kind::alibi;
        of_heads("alibi: slopes", values.shape()[0]);
        fill_offsets([&](Dim h, Dim o) { return -from[h] * static_cast<Real>(std::abs(o - (tk_ - 1))); });
        break;
    case Bias::Kind::patches:
        bound.kind = PairBias::Kind::patches;
        of_heads("patch_offsets: table", values.shape()[0]);
        require(
            bias.lead + bias.rows * bias.cols == tk_ && tq_ <= tk_, op,
            [&] {
                return fmt::format(
                    "patch_offsets() of {} x {} patches after {} tokens with {} queries and {} keys; expected {} keys "
                    "and at most as many queries",
                    bias.rows, bias.cols, bias.lead, tq_, tk_, bias.lead + bias.rows * bias.cols);
            },
            at, check);
        bound.dense.values = values;
    }
    if (In(bias.values).slot()) {
        bound.gradient = gradient_size_;
        gradient_size_ += bias.values.size();
    }
    pair_biases_.push_back(std::move(bound));
    biases_.push_back(bias);
}

List<Slot> BoundMask::slots() const {
    List<Slot> slots;
    for (const Bias& bias : biases_) slots.push_back(In(bias.values).slot());
    return slots;
}

void BoundMask::deliver(const double* sum, const List<Slot>& slots) const {
    for (std::size_t k = 0; k < pair_biases_.size(); ++k) {
        if (pair_biases_[k].gradient < 0 || !slots[k]) continue;
        Array dx = Array::from_shape(slots[k].shape());
        const double* const own = sum + pair_biases_[k].gradient;
        std::transform(own, own + count(dx), dx.data(), [](double x) { return static_cast<Real>(x); });
        slots[k].add_grad(std::move(dx));
    }
}

}  // namespace heed
