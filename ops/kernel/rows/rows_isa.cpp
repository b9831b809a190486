// Softmax and its relatives for one instruction set.
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/rows/rows_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

constexpr Real infinity = static_cast<Real>(__builtin_inf());

// What is subtracted before the exponential: the row's maximum, or 0 for a row of -inf, whose exponentials are then 0.
// A NaN in the row may be missed here, but not by the sum that follows.
Real shift_of(const Real* x, Dim n) {
    V top(-infinity);
    row_each(n, [&](Dim i, Dim count) { top = xsimd::max(top, load(x + i, count, -infinity)); });
    const Real most = max_lanes(top);
    return most == -infinity ? Real(0) : most;
}

// The sum of term(i, count) over the row; a term gives 0 in the lanes from `count` on.
template <class Term>
HEED_INLINE Real row_sum(Dim n, Term term) {
    return sum_lanes(sum_tree(n, 2 * longest_chain * W, [term](Dim i, Dim count) HEED_INLINED {
        const Dim end = i + count;
        V even(Real(0)), odd(Real(0));
        for (; i + 2 * W <= end; i += 2 * W) {
            even = even + term(i, W);
            odd = odd + term(i + W, W);
        }
        if (i + W <= end) {
            even = even + term(i, W);
            i += W;
        }
        if (i < end) odd = odd + term(i, end - i);
        return even + odd;
    }));
}

void softmax(const Real* x, Real* y, Dim rows, Dim n) {
    for (Dim row = 0; row < rows; ++row, x += n, y += n) {
        const V shift(shift_of(x, n));
        const Real sum = row_sum(n, [=](Dim i, Dim count) HEED_INLINED {
            const V e = exp_of(load(x + i, count, -infinity) - shift);
            store(y + i, e, count);
            return e;
        });
        const V inverse(sum == 0 ? Real(0) : 1 / sum);
        row_each(n, [&](Dim i, Dim count) { store(y + i, load(y + i, count) * inverse, count); });
    }
}

void softmax_backward(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n) {
    for (Dim row = 0; row < rows; ++row, y += n, dy += n, dx += n) {
        const V dot(
            row_sum(n, [=](Dim i, Dim count) HEED_INLINED { return load(y + i, count) * load(dy + i, count); }));
        row_each(n, [&](Dim i, Dim count) { store(dx + i, load(y + i, count) * (load(dy + i, count) - dot), count); });
    }
}

// log sum e^x = shift + log. Far from zero their sum has lost digits that x - shift - log keeps.
struct LogSum {
    Real shift, log;
};

LogSum log_sum_of(const Real* x, Dim n) {
    const Real shift = shift_of(x, n);
    if (shift == infinity) return {shift, 0};
    const Real sum =
        row_sum(n, [=](Dim i, Dim count) HEED_INLINED { return exp_of(load(x + i, count, -infinity) - V(shift)); });
    return {shift, static_cast<Real>(sizeof(Real) == 4 ? __builtin_logf(static_cast<float>(sum)) : __builtin_log(sum))};
}

void logsumexp(const Real* x, Real* y, Dim rows, Dim n) {
    for (Dim row = 0; row < rows; ++row) {
        const LogSum l = log_sum_of(x + row * n, n);
        y[row] = l.shift + l.log;
    }
}

// e^(x - lse) where the row's sum is not 0.
HEED_INLINE V share(V x, Real lse) { return lse == -infinity ? V(Real(0)) : exp_of(x - V(lse)); }

void log_softmax(const Real* x, Real* y, Dim rows, Dim n) {
    for (Dim row = 0; row < rows; ++row, x += n, y += n) {
        const LogSum l = log_sum_of(x, n);
        const V shift(l.shift), log(l.log == -infinity ? Real(0) : l.log);
        row_each(n, [&](Dim i, Dim count) { store(y + i, load(x + i, count) - shift - log, count); });
    }
}

void log_softmax_backward(const Real* y, const Real* dy, Real* dx, Dim rows, Dim n) {
    for (Dim row = 0; row < rows; ++row, y += n, dy += n, dx += n) {
        const V sum(row_sum(n, [=](Dim i, Dim count) HEED_INLINED { return load(dy + i, count); }));
        row_each(
            n, [&](Dim i, Dim count) { store(dx + i, load(dy + i, count) - exp_of(load(y + i, count)) * sum, count); });
    }
}

void log_sums(const CrossEntropy& c, LogSums lse, Dim begin, Dim end) {
    for (Dim row = begin; row < end; ++row) {
        const LogSum l = log_sum_of(c.logits + row * c.n, c.n);
        lse.shift[row] = l.shift;
        lse.log[row] = l.log;
    }
}

// The sum of the class weights.
Real all_weights(const CrossEntropy& c) {
    if (c.weights == nullptr) return static_cast<Real>(c.n);
    return row_sum(c.n, [=](Dim i, Dim count) HEED_INLINED { return load(c.weights + i, count); });
}

void spread_losses(const CrossEntropy& c, LogSums lse, Real* loss, Dim begin, Dim end) {
    const Real mass = all_weights(c);
    for (Dim row = begin; row < end; ++row) {
        const Real *x = c.logits + row * c.n, shift = lse.shift[row];
        loss[row] = mass * lse.log[row] - row_sum(c.n, [=](Dim i, Dim count) HEED_INLINED {
                        const V above = load(x + i, count, shift) - V(shift);
                        if (c.weights == nullptr) return above;
                        const V weight = load(c.weights + i, count);
                        return select(weight == V(Real(0)), V(Real(0)),
                                      weight * above);  // a class that counts for nothing may be impossible
                    });
    }
}

void cross_entropy_backward(const CrossEntropy& c, LogSums lse, const Real* dloss, Real scale, Real* dlogits, Dim begin,
                            Dim end) {
    const Dim n = c.n;
    const Real mass = all_weights(c);
    const Real each = c.smoothing / static_cast<Real>(n);
    for (Dim row = begin; row < end; ++row) {
        const Real* x = c.logits + row * n;
        Real* dx = dlogits + row * n;
        const std::int64_t label = c.labels[row];
        if (label == c.ignore_index) {
            row_each(n, [&](Dim i, Dim count) { store(dx + i, V(Real(0)), count); });
            continue;
        }
        const Real g = scale * (dloss == nullptr ? Real(1) : dloss[row]);
        const Real own = (1 - c.smoothing) * (c.weights == nullptr ? Real(1) : c.weights[label]);
        const V total(g * (own + each * mass)), spread(g * each), shift(lse.shift[row]);
        row_each(n, [&](Dim i, Dim count) {
            const V weight = c.weights == nullptr ? V(Real(1)) : load(c.weights + i, count);
            store(dx + i, share(load(x + i, count) - shift, lse.log[row]) * total - spread * weight, count);
        });
        dx[label] -= g * own;
    }
}

}  // namespace

void fill(SoftmaxFamily& t) {
    t = {softmax,   softmax_backward, log_softmax,   log_softmax_backward,
         logsumexp, log_sums,         spread_losses, cross_entropy_backward};
}

}  // namespace heed::kernel::HEED_ISA_NS
