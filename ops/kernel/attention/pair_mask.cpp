// Whether a mask allows single pairs, and the biases of rows of pairs with their gradients.
#include <algorithm>
#include <cmath>
#include <heed/ops/kernel/attention/attention_table.hpp>
#include <heed/ops/kernel/attention/pair_mask.hpp>

namespace heed::kernel {

namespace {

// f(j, position in a head's table) for the keys j0 .. j1 - 1 that are patches, if the query's position is one.
template <class B, class F>
void each_patch(const B& grid, Dim position, Dim j0, Dim j1, F&& f) {
    if (position < grid.lead) return;
    const Dim y = (position - grid.lead) / grid.cols, x = (position - grid.lead) % grid.cols, width = 2 * grid.cols - 1;
    for (Dim j = std::max(j0, grid.lead); j < j1;) {
        const Dim row = (j - grid.lead) / grid.cols, end = std::min(j1, grid.lead + (row + 1) * grid.cols);
        for (Dim col = (j - grid.lead) % grid.cols; j < end; ++j, ++col)
            f(j, (y - row + grid.rows - 1) * width + x - col + grid.cols - 1);
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

std::uint64_t PairMask::Condition::row(Dim b, Dim h, Dim i, Dim j, Dim n, Dim tq) const {
    if (kind == Kind::predicate) return allows(b, h, i, j, n);
    if (kind == Kind::documents) {
        const Interval& of = seen[static_cast<std::size_t>(static_cast<Dim>(seen.size()) == tq ? i : b * tq + i)];
        std::uint64_t bits = 0;
        for (auto key = std::lower_bound(keys.begin() + of.begin, keys.begin() + of.end, j);
             key != keys.begin() + of.end && *key < j + n; ++key)
            bits |= std::uint64_t{1} << (*key - j);
        return bits;
    }
    const std::uint64_t others = kind == Kind::drop ? ~std::uint64_t{0} : 0;
    const std::uint64_t* row = pairs.row(b * row_step[0] + h * row_step[1] + i * row_step[2]);
    if (pairs.width() == 1) return others ^ (std::uint64_t{0} - (row[0] & 1));
    const Dim word = j / 64, shift = j % 64;
    std::uint64_t bits = row[word] >> shift;
    if (shift > 0 && word + 1 < pairs.words_of_row()) bits |= row[word + 1] << (64 - shift);
    return others ^ bits;
}

void PairMask::allow(Dim b, Dim h, Dim i, Dim j0, Dim j1, std::uint64_t* bits) const {
    for (Dim j = j0; j < j1; j += 64, ++bits) {
        const Dim n = std::min<Dim>(64, j1 - j);
        *bits = ~std::uint64_t{0} >> (64 - n);
        for (const Condition& part : scattered_)
            if (*bits != 0) *bits &= part.row(b, h, i, j, n, tq_);
    }
}

bool PairMask::allowed(Dim b, Dim h, Dim i, Dim j) const {
    const Interval keys = visible(b, i);
    std::uint64_t by_the_others = 1;
    if (scattered()) allow(b, h, i, j, j + 1, &by_the_others);
    return keys.begin <= j && j < keys.end && by_the_others != 0;
}

void PairMask::add_bias(Dim b, Dim h, Dim i, Dim j0, Dim j1, Real* s) const {
    const AttentionFamily& isa = table<AttentionFamily>();
    for (const PairBias& bound : pair_biases_) {
        if (bound.kind == PairBias::Kind::patches) {
            const Array& values = bound.dense.values;
            const Real* from = values.storage().data() + h * values.shape()[1];
            each_patch(bound, i + tk_ - tq_, j0, j1, [=](Dim j, Dim offset) { s[j - j0] += from[offset]; });
            continue;
        }
        const bool dense = bound.kind == PairBias::Kind::dense;
        const Real* from = dense ? bound.dense.values.storage().data() + bound.dense.row(b, h, i)
                                 : bound.offsets.storage().data() + h * (tq_ + tk_ - 1) + tq_ - 1 - i;
        if (const Dim step = dense ? bound.dense.step[3] : 1; step == 0)
            for (Dim j = j0; j < j1; ++j) s[j - j0] += *from;
        else isa.add_scaled(s, from + j0, j1 - j0, 1);
    }
}

void PairMask::add_bias_gradient(Dim b, Dim h, Dim i, Dim j0, Dim j1, const Real* ds, double* to) const {
    const Dim n = j1 - j0, o0 = tq_ - 1 - i + j0;  // the position of j0 among the distances
    if (n <= 0) return;
    for (std::size_t k = 0; k < pair_biases_.size(); ++k) {
        const PairBias& bound = pair_biases_[k];
        if (bound.gradient < 0) continue;
        double* const grad = to + bound.gradient;
        if (bound.kind == PairBias::Kind::alibi) {
            grad[h] -= sum_of(n, [&](Dim j) { return ds[j] * static_cast<Real>(std::abs(o0 + j - (tk_ - 1))); });
        } else if (bound.kind == PairBias::Kind::patches) {
            double* const of_head = grad + h * bound.dense.values.shape()[1];
            each_patch(bound, i + tk_ - tq_, j0, j1, [=](Dim j, Dim offset) { of_head[offset] += ds[j - j0]; });
        } else if (bound.kind == PairBias::Kind::relative) {
            auto run = std::upper_bound(bound.runs.begin(), bound.runs.end(), o0,
                                        [](Dim o, const Run& r) { return o < r.begin; }) -
                       1;
            for (Dim o = o0; o < o0 + n; ++run) {
                const Dim end = run + 1 == bound.runs.end() ? o0 + n : std::min((run + 1)->begin, o0 + n);
                grad[run->bucket * heads_ + h] += sum_of(end - o, [&](Dim d) { return ds[o - o0 + d]; });
                o = end;
            }
        } else {
            double* const row = grad + bound.dense.row(b, h, i);
            if (bound.dense.step[3] == 0) *row += sum_of(n, [&](Dim j) { return ds[j]; });
            else table<AttentionFamily>().add_to_double(row + j0, ds, n);
        }
    }
}

}  // namespace heed::kernel
