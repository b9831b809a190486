// norm: the Euclidean length along axes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <heed/ops/reduce/moments.hpp>

namespace heed {

using kernel::Binary;

namespace {

// True if these lengths have all digits of a Real, and no square overflowed or vanished.
bool ordinary(const Array& lengths) {
    constexpr bool same = std::is_same_v<Real, double>;  // squares are doubles
    const Real low = same ? Real(0x1p-480) : std::numeric_limits<Real>::min(),
               high = same ? Real(0x1p500) : std::numeric_limits<Real>::max();
    return std::all_of(lengths.storage().cbegin(), lengths.storage().cend(),
                       [=](Real length) { return low <= length && length <= high; });
}

// A power of two for each slice, which brings its largest element near 1: then no square overflows or vanishes.
Array balance(const Array& slices, const Reduction& r) {
    Array by = filled(r.result, 1);
    const Real* x = slices.storage().data();
    Real* to = by.data();
    constexpr int largest = std::numeric_limits<Real>::max_exponent - 2;
    for (Dim s = 0; s < r.results(); ++s) {
        Real most = 0;
        for (Dim i = 0; i < r.n; ++i)
            most = std::max(most, std::abs(x[(s / r.inner * r.n + i) * r.inner + s % r.inner]));
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

// y = sqrt(sum x^2); dx = dy x / y, at any y: each slice is scaled so that its squares stay finite.
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

// clang-format off
HEED_OP_CASES(
    {.name = "norm/everything", .inputs = {{2, 3, 7}}, .call = [](Vars in) { return norm(in[0]); },
     .same_as = [](Vars in) { return sqrt(sum(square(in[0]))); }},
    {.name = "norm/middle axis, kept", .inputs = {{2, 3, 33}}, .call = [](Vars in) { return norm(in[0], 1, keep_axis); },
     .same_as = [](Vars in) { return sqrt(sum(square(in[0]), 1, keep_axis)); }},
    {.name = "norm/axes apart", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return norm(in[0], {0, 2}); },
     .same_as = [](Vars in) { return sqrt(sum(square(in[0]), {0, 2})); }},
    {.name = "norm/scalar", .inputs = {{}}, .call = [](Vars in) { return norm(in[0]); }, .same_as = [](Vars in) { return abs(in[0]); }},
    {.name = "norm/of nothing", .inputs = {{3, 0}}, .call = [](Vars in) { return norm(in[0], 1); }, .flat = true},
    {.name = "norm/no such axis", .inputs = {{3}}, .call = [](Vars in) { return norm(in[0], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
