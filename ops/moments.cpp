#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <heed/ops/elementwise.hpp>
#include <heed/ops/reduction.hpp>

namespace heed {

using kernel::Binary;

namespace {

constexpr Dim block = 16384;  // elements that are worth a thread

// y = f(x, s) for x (outer, n, inner) and s (outer, inner).
void against(Binary f, const Array& x, const Array& s, const Reduction& r, Real* y) {
    const Dim strides[3] = {r.n * r.inner, r.inner, 1}, repeat[3] = {r.inner, 0, 1};
    kernel::binary(f, {r.outer, r.n, r.inner}, x.storage().data(), strides, s.storage().data(), repeat, y);
}

// y (outer, inner) = finish(sum of (x - s)^2, sum of x - s) over each slice, added up in double.
template <class Finish>
Array squares(const Array& slices, const Array& s, const Reduction& r, Finish finish) {
    Array y = Array::from_shape(r.result);
    const Real *x = slices.storage().data(), *shift = s.storage().data();
    Real* to = y.data();
    constexpr Dim width = 32;
    parallel_blocks(r.outer, std::max<Dim>(1, block / std::max<Dim>(1, r.n * r.inner)), [&](Dim begin, Dim end) {
        for (Dim o = begin; o < end; ++o) {
            const Real* slice = x + o * r.n * r.inner;
            for (Dim j = 0; j < r.inner; j += width) {
                double squares[width] = {}, sums[width] = {};
                const auto add = [&](Dim k, Real value, Real middle) {
                    const double d = double{value} - double{middle};
                    squares[k] += d * d;
                    sums[k] += d;
                };
                if (r.inner == 1) {  // the lanes share one slice
                    Dim i = 0;
                    for (; i + width <= r.n; i += width)
                        for (Dim k = 0; k < width; ++k) add(k, slice[i + k], shift[o]);
                    for (Dim k = 0; i < r.n; ++i, ++k) add(k, slice[i], shift[o]);
                    for (Dim k = 1; k < width; ++k) squares[0] += squares[k], sums[0] += sums[k];
                    to[o] = static_cast<Real>(finish(squares[0], sums[0]));
                } else {
                    const Dim lanes = std::min(width, r.inner - j);
                    const Real* middle = shift + o * r.inner + j;
                    for (Dim i = 0; i < r.n; ++i)
                        for (Dim k = 0; k < lanes; ++k) add(k, slice[i * r.inner + j + k], middle[k]);
                    for (Dim k = 0; k < lanes; ++k) to[o * r.inner + j + k] = static_cast<Real>(finish(squares[k], sums[k]));
                }
            }
        }
    });
    return y;
}

}  // namespace

// y = sum (x - mean)^2 / (n - correction); dx = 2 (x - mean) dy / (n - correction)
Var variance(In x, Axes axes, Keep keep, Dim correction) {
    const Reduction r("variance", x, axes, keep);
    r.expect_elements("variance", x);
    const Dim divisor = r.n - correction;
    const auto text = [&] { return "correction is " + std::to_string(correction) + "; expected less than the " + std::to_string(r.n) + " elements"; };
    require(divisor > 0, "variance", text, x.at);
    const Array slices = r.slices(x.value());
    Array middle = r.means(slices);
    const auto finish = [divisor, n = static_cast<double>(r.n)](double squares, double rest) {  // what rounding left of the mean
        return std::max(squares - rest * rest / n, 0.0) / static_cast<double>(divisor);
    };
    Array y = squares(slices, middle, r, finish);
    Var result = record("variance", {x}, std::move(y), [r, divisor, middle = std::move(middle), x, dx = x.slot()](Array&& dy) {
        Array d = r.fresh();
        against(Binary::sub, r.slices(x.value()), middle, r, d.data());
        against(Binary::sub, d, r.means(d), r, d.data());  // what rounding left of the mean: much, where it is far from zero
        kernel::scale(count(dy), static_cast<Real>(2.0 / static_cast<double>(divisor)), dy.data());
        against(Binary::mul, d, dy, r, d.data());
        dx.add_grad(r.undo(std::move(d), dx.shape()));
    });
    return differentiable(std::move(result), {x}, [axes, divisor](Vars v, const Var&, const Var& dy) {
        return Grads{spread_along(dy * 2 / divisor, axes, v[0].shape()) * (v[0] - mean(v[0], axes, keep_axis))};
    });
}

namespace {

// Are these lengths Reals with all their digits, and was no square of them lost?
bool ordinary(const Array& lengths) {
    constexpr bool same = std::is_same_v<Real, double>;  // squares are doubles
    const Real low = same ? Real(0x1p-480) : std::numeric_limits<Real>::min(), high = same ? Real(0x1p500) : std::numeric_limits<Real>::max();
    return std::all_of(lengths.storage().cbegin(), lengths.storage().cend(), [=](Real length) { return low <= length && length <= high; });
}

// A power of two for each slice, which brings its largest element near 1: then no square overflows or vanishes.
Array balance(const Array& slices, const Reduction& r) {
    Array by = filled(r.result, 1);
    const Real* x = slices.storage().data();
    Real* to = by.data();
    constexpr int largest = std::numeric_limits<Real>::max_exponent - 2;
    for (Dim s = 0; s < r.results(); ++s) {
        Real most = 0;
        for (Dim i = 0; i < r.n; ++i) most = std::max(most, std::abs(x[(s / r.inner * r.n + i) * r.inner + s % r.inner]));
        if (most > 0 && std::isfinite(most)) to[s] = std::ldexp(Real(1), std::min(-std::ilogb(most), largest));
    }
    return by;
}

// Slices, perhaps times a power of two each, and the lengths of what they are then.
struct Lengths {
    Array slices, of;
    std::optional<Array> by = {};

    // `y` are the lengths as far as they are known.
    Lengths(const Array& x, const Array& y, const Reduction& r) : slices(x), of(y) {
        if (ordinary(y)) return;
        by = balance(x, r);
        slices = Array::from_shape(x.shape());
        against(Binary::mul, x, *by, r, slices.data());
        of = plain(slices, r);
    }
    static Array plain(const Array& x, const Reduction& r) {
        return squares(x, filled(r.result, 0), r, [](double sum, double) { return std::sqrt(sum); });
    }
};

}  // namespace

// y = sqrt(sum x^2); dx = dy x / y, at any y: each slice is scaled so that its squares stay numbers.
Var norm(In x, Axes axes, Keep keep) {
    const Reduction r("norm", x, axes, keep);
    const Array slices = r.slices(x.value());
    const Lengths lengths(slices, Lengths::plain(slices, r), r);
    Array y = lengths.by ? combine(Binary::div, lengths.of, *lengths.by) : lengths.of;
    Var result = record("norm", {x}, std::move(y), [r, x, dx = x.slot()](const Array& y, Array&& dy) {
        Lengths lengths(r.slices(x.value()), y, r);
        Real *length = lengths.of.data(), *g = dy.data();
        for (Dim i = 0; i < r.results(); ++i)
            if (length[i] == 0) length[i] = 1, g[i] = 0;
        Array d = r.fresh();
        against(Binary::div, lengths.slices, lengths.of, r, d.data());
        against(Binary::mul, d, dy, r, d.data());
        dx.add_grad(r.undo(std::move(d), dx.shape()));
    });
    return differentiable(std::move(result), {x}, [axes](Vars v, const Var&, const Var& dy) {
        return Grads{spread_along(dy, axes, v[0].shape()) * unit_slices(v[0], axes)};
    });
}

Var unit_slices(In x, const Axes& axes) {
    const Reduction r("norm", x, axes, keep_axis);
    const Array slices = r.slices(x.value());
    const Lengths lengths(slices, Lengths::plain(slices, r), r);
    const Var scaled = lengths.by ? x * Var(*lengths.by) : x.var(), length = norm(scaled, axes, keep_axis);
    return scaled / where(length, length, 1);
}

HEED_OP_CASES(
    {.name = "variance/last axis", .inputs = {{3, 45}}, .call = [](Vars in) { return variance(in[0], -1); },
     .same_as = [](Vars in) { return mean(square(in[0] - mean(in[0], -1, keep_axis)), -1); }},
    {.name = "variance/first axis, sample", .inputs = {{5, 45}}, .call = [](Vars in) { return variance(in[0], 0, keep_axis, 1); },
     .same_as = [](Vars in) { return sum(square(in[0] - mean(in[0], 0)), 0, keep_axis) / 4; }},
    {.name = "variance/axes apart", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return variance(in[0], {0, 2}); },
     .same_as = [](Vars in) { return mean(square(in[0] - mean(in[0], {0, 2}, keep_axis)), {0, 2}); }},
    {.name = "variance/far from zero", .inputs = {{6}}, .call = [](Vars in) { return variance(in[0] + 1000); },
     .same_as = [](Vars in) { return mean(square(in[0] + 1000 - mean(in[0] + 1000))); }},
    {.name = "variance/one element", .inputs = {{3, 1}}, .call = [](Vars in) { return variance(in[0], 1); }, .flat = true},
    {.name = "variance/nothing left", .inputs = {{3, 1}}, .call = [](Vars in) { return variance(in[0], 1, drop_axis, 1); }, .rejects = true},
    {.name = "variance/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return variance(in[0], 1); }, .rejects = true},
    {.name = "norm/everything", .inputs = {{2, 3, 7}}, .call = [](Vars in) { return norm(in[0]); },
     .same_as = [](Vars in) { return sqrt(sum(square(in[0]))); }},
    {.name = "norm/middle axis, kept", .inputs = {{2, 3, 33}}, .call = [](Vars in) { return norm(in[0], 1, keep_axis); },
     .same_as = [](Vars in) { return sqrt(sum(square(in[0]), 1, keep_axis)); }},
    {.name = "norm/axes apart", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return norm(in[0], {0, 2}); },
     .same_as = [](Vars in) { return sqrt(sum(square(in[0]), {0, 2})); }},
    {.name = "norm/scalar", .inputs = {{}}, .call = [](Vars in) { return norm(in[0]); }, .same_as = [](Vars in) { return abs(in[0]); }},
    {.name = "norm/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return norm(in[0], 1); }, .flat = true},
    {.name = "norm/no such axis", .inputs = {{3}}, .call = [](Vars in) { return norm(in[0], 1); }, .rejects = true})

}  // namespace heed
