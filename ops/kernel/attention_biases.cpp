#include <cmath>
#include <fmt/format.h>
#include <heed/ops/kernel/attention_rules.hpp>
#include <heed/ops/kernel/attention_table.hpp>

namespace heed::kernel {

namespace {

// T5's bucket of the distance key - query, among `buckets`. With two sides, keys after the query have the upper half. Of a side's
// buckets, half hold the distances 0, 1, ..., and bucket e + k of the rest begins at e (max_distance / e)^(k / rest).
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
    return first + std::min(buckets - 1, exact + static_cast<Dim>(k + 1e-9));  // a bucket's first distance must not fall short by rounding
}

// f(j, place in a head's table) for the keys j0 .. j1 - 1 that are patches, if the query's place is one.
template <class B, class F>
void each_patch(const B& grid, Dim place, Dim j0, Dim j1, F&& f) {
    if (place < grid.lead) return;
    const Dim y = (place - grid.lead) / grid.cols, x = (place - grid.lead) % grid.cols, width = 2 * grid.cols - 1;
    for (Dim j = std::max(j0, grid.lead); j < j1;) {
        const Dim row = (j - grid.lead) / grid.cols, end = std::min(j1, grid.lead + (row + 1) * grid.cols);
        for (Dim col = (j - grid.lead) % grid.cols; j < end; ++j, ++col) f(j, (y - row + grid.rows - 1) * width + x - col + grid.cols - 1);
    }
}

// The sum of f(0), ..., f(n - 1): eight at a time, so that additions need not wait for each other.
template <class F>
double sum_of(Dim n, F&& f) {
    double lanes[8] = {};
    Dim k = 0;
    for (; k + 8 <= n; k += 8)
        for (Dim lane = 0; lane < 8; ++lane) lanes[lane] += f(k + lane);
    for (Dim lane = 0; k < n; ++k, ++lane) lanes[lane] += f(k);
    return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

}  // namespace

void Rules::add(const Caller& caller, const Bias& bias) {
    const char* const op = caller.op;  // no structured binding: clang 14 does not capture one
    const Site at = caller.at, check = caller.check;
    const Array& numbers = bias.numbers.value();
    const auto of_heads = [&](const char* name, Dim heads) {
        expect(heads == heads_, op, name, numbers.shape(), [&] { return fmt::format("numbers for {} heads", heads_); }, at, check);
    };
    Bound bound{.kind = bias.kind, .rows = bias.rows, .cols = bias.cols, .lead = bias.lead};
    const Dim offsets = tq_ + tk_ - 1;
    const auto fill_offsets = [&](const auto& offset) {
        if (tq_ == 0 || tk_ == 0) return;
        bound.offsets = Array::from_shape({heads_, offsets});
        Real* to = bound.offsets.data();
        for (Dim h = 0; h < heads_; ++h)
            for (Dim o = 0; o < offsets; ++o) *to++ = offset(h, o);
    };
    const Real* from = numbers.storage().data();
    switch (bias.kind) {
    case Bias::Kind::dense: bound.dense = spread(caller, "bias", numbers); break;
    case Bias::Kind::relative: {
        of_heads("relative_buckets: table", numbers.shape()[1]);
        for (Dim o = 0; o < offsets; ++o) {
            const Dim bucket = bucket_of(bias, numbers.shape()[0], o - (tk_ - 1));
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
        of_heads("alibi: slopes", numbers.shape()[0]);
        fill_offsets([&](Dim h, Dim o) { return -from[h] * static_cast<Real>(std::abs(o - (tk_ - 1))); });
        break;
    case Bias::Kind::patches:
        of_heads("patch_offsets: table", numbers.shape()[0]);
        require(bias.lead + bias.rows * bias.cols == tk_ && tq_ <= tk_, op, [&] {
            return fmt::format("patch_offsets() of {} x {} patches after {} tokens with {} queries and {} keys; expected {} keys and at most as many "
                               "queries", bias.rows, bias.cols, bias.lead, tq_, tk_, bias.lead + bias.rows * bias.cols);
        }, at, check);
        bound.dense.numbers = numbers;
    }
    if (In(bias.numbers).slot()) {
        bound.gradient = gradient_size_;
        gradient_size_ += bias.numbers.size();
    }
    bound_.push_back(std::move(bound));
    biases_.push_back(bias);
}

void Rules::add_bias(Dim b, Dim h, Dim i, Dim j0, Dim j1, Real* s) const {
    const AttentionFamily& isa = table<AttentionFamily>();
    for (const Bound& bound : bound_) {
        if (bound.kind == Bias::Kind::patches) {
            const Array& numbers = bound.dense.numbers;
            const Real* from = numbers.storage().data() + h * numbers.shape()[1];
            each_patch(bound, i + tk_ - tq_, j0, j1, [=](Dim j, Dim offset) { s[j - j0] += from[offset]; });
            continue;
        }
        const bool dense = bound.kind == Bias::Kind::dense;
        const Real* from = dense ? bound.dense.numbers.storage().data() + bound.dense.row(b, h, i)
                                 : bound.offsets.storage().data() + h * (tq_ + tk_ - 1) + tq_ - 1 - i;
        if (const Dim step = dense ? bound.dense.step[3] : 1; step == 0)
            for (Dim j = j0; j < j1; ++j) s[j - j0] += *from;
        else
            isa.add_scaled(s, from + j0, j1 - j0, 1);
    }
}

void Rules::add_bias_gradient(Dim b, Dim h, Dim i, Dim j0, Dim j1, const Real* ds, double* to) const {
    const Dim n = j1 - j0, o0 = tq_ - 1 - i + j0;  // the place of j0 among the distances
    if (n <= 0) return;
    for (std::size_t k = 0; k < bound_.size(); ++k) {
        const Bound& bound = bound_[k];
        if (bound.gradient < 0) continue;
        double* const grad = to + bound.gradient;
        if (bound.kind == Bias::Kind::alibi) {
            grad[h] -= sum_of(n, [&](Dim j) { return ds[j] * static_cast<Real>(std::abs(o0 + j - (tk_ - 1))); });
        } else if (bound.kind == Bias::Kind::patches) {
            double* const of_head = grad + h * bound.dense.numbers.shape()[1];
            each_patch(bound, i + tk_ - tq_, j0, j1, [=](Dim j, Dim offset) { of_head[offset] += ds[j - j0]; });
        } else if (bound.kind == Bias::Kind::relative) {
            auto run = std::upper_bound(bound.runs.begin(), bound.runs.end(), o0, [](Dim o, const Run& r) { return o < r.begin; }) - 1;
            for (Dim o = o0; o < o0 + n; ++run) {
                const Dim end = run + 1 == bound.runs.end() ? o0 + n : std::min((run + 1)->begin, o0 + n);
                grad[run->bucket * heads_ + h] += sum_of(end - o, [&](Dim d) { return ds[o - o0 + d]; });
                o = end;
            }
        } else {
            double* const row = grad + bound.dense.row(b, h, i);
            if (bound.dense.step[3] == 0) *row += sum_of(n, [&](Dim j) { return ds[j]; });
            else
                table<AttentionFamily>().add_to_double(row + j0, ds, n);
        }
    }
}

List<Slot> Rules::slots() const {
    List<Slot> slots;
    for (const Bias& bias : biases_) slots.push_back(In(bias.numbers).slot());
    return slots;
}

void Rules::deliver(const double* sum, const List<Slot>& slots) const {
    for (std::size_t k = 0; k < bound_.size(); ++k) {
        if (bound_[k].gradient < 0 || !slots[k]) continue;
        Array dx = Array::from_shape(slots[k].shape());
        const double* const own = sum + bound_[k].gradient;
        std::transform(own, own + count(dx), dx.data(), [](double x) { return static_cast<Real>(x); });
        slots[k].add_grad(std::move(dx));
    }
}

}  // namespace heed::kernel
