// Passes over tiles of attention scores for one instruction set.
#include <type_traits>
#include <heed/ops/kernel/attention/attention_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>
#include <heed/ops/kernel/simd/vector_math.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

constexpr Real infinity = static_cast<Real>(__builtin_inf());

// What lies outside of the range counts as -inf, whatever it is.
void hide(Real* s, Dim columns, AttentionRange range) {
    for (Dim j = 0; j < range.begin; ++j) s[j] = -infinity;
    for (Dim j = range.end; j < columns; ++j) s[j] = -infinity;
}

// Columns in whole vectors of the widest set, which a user's score may have been compiled for: the other lanes are
// hidden.
Dim whole(Dim columns) { return (columns + 15) / 16 * 16; }

Real scalar_exp(Real x) { return exp_of(V(x)).get(0); }

// What is subtracted from the scores of a row; a row without a key has the maximum -inf.
Real shift_of(Real max) { return max == -infinity ? Real(0) : max; }

// One order of summation for a key, wherever its tile begins: even and odd vectors apart, then the lanes.
void softmax(const SoftmaxTile& t) {
    const Dim n = whole(t.columns);
    const V scale(t.scale);
    for (Dim i = 0; i < t.rows; ++i) {
        Real* s = t.s + i * t.ld;
        hide(s, n, t.range[i]);
        V top(-infinity), top2(-infinity);
        Dim j = 0;
        for (; j + 2 * W <= n; j += 2 * W) {
            top = xsimd::max(top, load(s + j));
            top2 = xsimd::max(top2, load(s + j + W));
        }
        if (j < n) top = xsimd::max(top, load(s + j));
        const Real most = max_lanes(xsimd::max(top, top2)) * t.scale;
        const V shift(shift_of(most));
        V even(Real(0)), odd(Real(0));
        for (j = 0; j + 2 * W <= n; j += 2 * W) {
            const V a = exp_of(load(s + j) * scale - shift), b = exp_of(load(s + j + W) * scale - shift);
            store(s + j, a);
            store(s + j + W, b);
            even = even + a;
            odd = odd + b;
        }
        if (j < n) {
            const V a = exp_of(load(s + j) * scale - shift);
            store(s + j, a);
            even = even + a;
        }
        t.max[i] = most;
        t.sum[i] = sum_lanes(even + odd);
    }
}

// Where one side has nothing, the other stays as it is, bit for bit.
void merge(const MergeTile& t) {
    for (Dim i = 0; i < t.rows; ++i) {
        const Real left = t.to.max[i], right = t.more.max[i], most = left > right ? left : right;
        Real* const to = t.to.values + i * t.ld;
        const Real* const more = t.more.values + i * t.ld;
        if (right == -infinity && t.more.sum[i] == 0) continue;
        if (left == -infinity && t.to.sum[i] == 0) {
            row_each(t.width, [&](Dim d, Dim count) { store(to + d, load(more + d, count), count); });
            t.to.sum[i] = t.more.sum[i];
        } else {
            const Real keep = scalar_exp(left - most), take = scalar_exp(right - most);
            const V kept(keep), taken(take);
            row_each(t.width, [&](Dim d, Dim count) {
                store(to + d, fma(load(to + d, count), kept, load(more + d, count) * taken), count);
            });
            t.to.sum[i] = t.to.sum[i] * keep + t.more.sum[i] * take;
        }
        t.to.max[i] = most;
    }
}

// The weights of a row: e^(scale s - max) / sum, 0 for a pair that is hidden, whatever the row's maximum is. The scaled
// score is rounded before the maximum is subtracted, as in softmax(): so the exponent is never above 0, and a row's
// weights are the forward's.
struct RowWeights {
    V scale, shift, share;
    RowWeights(const GradientTile& t, Dim i)
        : scale(t.scale), shift(shift_of(t.max[i])), share(t.sum[i] == 0 ? Real(0) : 1 / t.sum[i]) {}
    HEED_INLINE V operator()(V s) const {
        return select(s == V(-infinity), V(Real(0)), exp_of(s * scale - shift) * share);
    }
};

void weights(const GradientTile& t) {
    const Dim n = whole(t.columns);
    for (Dim i = 0; i < t.rows; ++i) {
        Real* s = t.s + i * t.ld;
        hide(s, n, t.range[i]);
        const RowWeights weight(t, i);
        for (Dim j = 0; j < n; j += W) store(s + j, weight(load(s + j)));
    }
}

// Where the weight is 0 the pair adds nothing, not even a NaN of its value.
HEED_INLINE V gradient_of(V weight, V dp, V delta) {
    return select(weight == V(Real(0)), V(Real(0)), weight * (dp - delta));
}

void gradient(const GradientTile& t) {
    const Dim n = whole(t.columns);
    for (Dim i = 0; i < t.rows; ++i) {
        Real *s = t.s + i * t.ld, *dp = t.dp + i * t.ld;
        hide(s, n, t.range[i]);
        const RowWeights weight(t, i);
        const V delta(t.delta[i]);
        for (Dim j = 0; j < n; j += W) {
            const V p = weight(load(s + j));
            store(s + j, p);
            store(dp + j, gradient_of(p, load(dp + j), delta));
        }
    }
}

void dropout_gradient(const GradientTile& t, const Real* keep) {
    const Dim n = whole(t.columns);
    for (Dim i = 0; i < t.rows; ++i) {
        Real *s = t.s + i * t.ld, *dp = t.dp + i * t.ld;
        const Real* kept = keep + i * t.ld;
        hide(s, n, t.range[i]);
        const RowWeights weight(t, i);
        const V delta(t.delta[i]);
        for (Dim j = 0; j < n; j += W) {
            const V p = weight(load(s + j)), k = load(kept + j);
            store(s + j, select(k == V(Real(0)), V(Real(0)), p * k));
            store(dp + j, gradient_of(p, select(k == V(Real(0)), V(Real(0)), load(dp + j) * k), delta));
        }
    }
}

// The finaliser of SplitMix64, as core/base/random.hpp has it; a copy, because an inline function of a header would be
// shared by the instruction sets.
HEED_INLINE std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

// Eight numbers of the stream, and their halves in the order of memory: sixteen elements. As the compilers' own
// vectors, since every set is to multiply 64-bit numbers and xsimd has no such product for all.
using Numbers = std::uint64_t __attribute__((vector_size(64)));
using Halves = std::uint32_t __attribute__((vector_size(64)));
using Elements = Real __attribute__((vector_size(16 * sizeof(Real))));
using Kept =
    std::conditional_t<sizeof(Real) == 8, std::int64_t, std::int32_t> __attribute__((vector_size(16 * sizeof(Real))));

void dropout(Real* x, Dim n, const DropoutRow& row) {
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;
    if (row.threshold >> 32 != 0) {  // more than any half: nothing is kept
        row_each(n, [&](Dim j, Dim count) { store(x + j, V(Real(0)), count); });
        return;
    }
    const auto bits = [&](std::uint64_t pair) { return mix(row.base + (pair + 1) * golden); };
    const auto kept = [&](std::uint64_t half, Real value) {
        return half >= row.threshold ? value * row.scale : Real(0);
    };
    Dim j = 0;
    if (row.first % 2 == 1 && n > 0) x[0] = kept(bits(row.first / 2) >> 32, x[0]), j = 1;
    std::uint64_t pair = (row.first + 1) / 2;
    const Halves limit = Halves{} + static_cast<std::uint32_t>(row.threshold);
    const Numbers steps = Numbers{0, 1, 2, 3, 4, 5, 6, 7} * golden;
    for (; j + 16 <= n; j += 16, pair += 8) {
        Numbers b = steps + (row.base + (pair + 1) * golden);
        b = (b ^ (b >> 30)) * 0xbf58476d1ce4e5b9u;
        b = (b ^ (b >> 27)) * 0x94d049bb133111ebu;
        b ^= b >> 31;
        Elements y;
        __builtin_memcpy(&y, x + j, sizeof y);
        y = (Elements)((Kept)(y * row.scale) & __builtin_convertvector((Halves)b >= limit, Kept));
        __builtin_memcpy(x + j, &y, sizeof y);
    }
    for (; j + 1 < n; j += 2, ++pair) {
        const std::uint64_t b = bits(pair);
        x[j] = kept(b & 0xffffffffu, x[j]);
        x[j + 1] = kept(b >> 32, x[j + 1]);
    }
    if (j < n) x[j] = kept(bits(pair) & 0xffffffffu, x[j]);
}

void adjust(Real* s, Dim n, Real scale, Real cap, Real* derivative) {
    const V factor(scale), one(Real(1));
    if (cap == 0) {
        row_each(n, [&](Dim j, Dim count) { store(s + j, load(s + j, count) * factor, count); });
        if (derivative != nullptr) row_each(n, [&](Dim j, Dim count) { store(derivative + j, one, count); });
        return;
    }
    const V high(cap), inverse(1 / cap);
    row_each(n, [&](Dim j, Dim count) {
        const V t = tanh_of(load(s + j, count) * factor * inverse);
        store(s + j, t * high, count);
        if (derivative != nullptr) store(derivative + j, one - t * t, count);
    });
}

// x where a lane's bit is set, else -inf.
HEED_INLINE V where_set(std::uint64_t bits, V x) {
#if defined(__AVX512F__)
    using Lanes = std::conditional_t<W == 8, __mmask8, __mmask16>;
    return HEED_MM512(mask_mov)(V(-infinity), static_cast<Lanes>(bits), x);
#else  // as the compilers' own vectors: a bit for each lane
    using Element = std::conditional_t<sizeof(Real) == 8, std::int64_t, std::int32_t>;
    using Lanes = Element __attribute__((vector_size(W * sizeof(Real))));
    using Register = V::register_type;
    Lanes lane;
    for (Dim i = 0; i < W; ++i) lane[i] = Element{1} << i;
    const Lanes set = ((Lanes{} + static_cast<Element>(bits & 0xff)) & lane) != 0;
    const Lanes y = ((Lanes)(Register)x & set) | ((Lanes)(Register)V(-infinity) & ~set);
    return V((Register)y);
#endif
}

void hide_by_bits(Real* s, Dim n, const std::uint64_t* bits, Dim first) {
    row_each(n, [&](Dim j, Dim count) {
        const Dim bit = first + j;
        store(s + j, where_set(bits[bit / 64] >> bit % 64, load(s + j, count)), count);
    });
}

void multiply(Real* x, const Real* y, Dim n) {
    row_each(n, [&](Dim j, Dim count) {
        const V v = load(x + j, count);
        store(x + j, select(v == V(Real(0)), v, v * load(y + j, count)), count);
    });
}

void add_scaled(Real* to, const Real* x, Dim n, Real factor) {
    const V f(factor);
    row_each(n, [&](Dim j, Dim count) { store(to + j, fma(load(x + j, count), f, load(to + j, count)), count); });
}

void add_to_double(double* to, const Real* x, Dim n) {
    for (Dim j = 0; j < n; ++j) to[j] += x[j];
}

void scaled(Real* to, const Real* x, Dim n, Real factor) {
    const V f(factor);
    row_each(n, [&](Dim j, Dim count) { store(to + j, load(x + j, count) * f, count); });
}

Real dot(const Real* x, const Real* y, Dim n) {
    V sum(Real(0));
    row_each(n, [&](Dim j, Dim count) { sum = fma(load(x + j, count), load(y + j, count), sum); });
    return sum_lanes(sum);
}

bool finite(const Real* x, Dim ld, Dim rows, Dim width) {
    V sum(Real(0));
    for (Dim i = 0; i < rows; ++i, x += ld)
        row_each(width,
                 [&](Dim j, Dim count) { sum = fma(load(x + j, count), V(Real(0)), sum); });  // inf times 0 is NaN
    return sum_lanes(sum) == 0;
}

}  // namespace

void fill(AttentionFamily& t) {
    t = {softmax,      merge,    weights,    dropout,       dropout_gradient, gradient, adjust,
         hide_by_bits, multiply, add_scaled, add_to_double, scaled,           dot,      finite};
}

}  // namespace heed::kernel::HEED_ISA_NS
