// Values that are not finite, and keys that a mask hides from every query.
#include <algorithm>
#include <cmath>
#include <limits>
#include <heed/ops/define/op.hpp>
#include <heed/ops/mask/absent.hpp>

namespace heed {

bool finite(const Array& x) {
    constexpr Dim block = 256;  // a loop without an early end runs as vectors
    const Real* p = x.storage().data();
    Dim n = count(x);
    for (; n >= block; n -= block, p += block) {
        int others = 0;
        for (Dim i = 0; i < block; ++i) others |= !(std::abs(p[i]) <= std::numeric_limits<Real>::max());
        if (others) return false;
    }
    return std::all_of(p, p + n, [](Real number) { return std::isfinite(number); });
}

namespace {

// Sets seen (b, t) to 0 where no head and query may see a key, from `first` on, by `pairs`, which broadcast to (b, h,
// queries, keys).
void hide(const MaskPart& part, Dim b, Dim t, Dim first, Real* seen) {
    const kernel::PairBits& pairs = part.pairs;
    Shape shape(4, 1);
    if (pairs.shape.size() > 4) return;
    std::copy_backward(pairs.shape.begin(), pairs.shape.end(), shape.end());
    if ((shape[0] != 1 && shape[0] != b) || (shape[3] != 1 && shape[3] < first + t)) return;
    const Dim rows = shape[1] * shape[2];
    const std::uint64_t others = part.kind == MaskPart::Kind::keep ? 0 : ~std::uint64_t{0};
    for (Dim i = 0; i < b; ++i)
        for (Dim j = 0; j < t; ++j) {
            const Dim bit = shape[3] == 1 ? 0 : first + j;
            std::uint64_t any = 0;
            for (Dim row = 0; row < rows && (any >> bit % 64 & 1) == 0; ++row)
                any |= others ^ pairs.row((shape[0] == 1 ? 0 : i) * rows + row)[bit / 64];
            if ((any >> bit % 64 & 1) == 0) seen[i * t + j] = 0;
        }
}

}  // namespace

Var without_hidden(In x, const Mask& mask, Dim first) {
    using Kind = MaskPart::Kind;
    const auto hides = [](const MaskPart& part) {
        return part.kind == Kind::lengths || part.kind == Kind::keep || part.kind == Kind::drop;
    };
    if (x.rank() != 3 || std::none_of(mask.parts.begin(), mask.parts.end(), hides) || finite(x.value())) return x.var();
    const Dim b = x.dim(0), t = x.dim(1);
    Array seen = filled({b, t, 1}, 1);
    for (const MaskPart& part : mask.parts) {
        if (part.kind == Kind::keep || part.kind == Kind::drop) hide(part, b, t, first, seen.data());
        if (part.kind != Kind::lengths || !(part.ids.shape() == Shape{b})) continue;
        for (Dim i = 0; i < b; ++i)
            std::fill(seen.data() + i * t + std::clamp<Dim>(part.ids(i) - first, 0, t), seen.data() + (i + 1) * t,
                      Real(0));
    }
    return where(Var(std::move(seen)), x, 0);
}

}  // namespace heed
