// rotary: rotary position embedding.
#include <cmath>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {
namespace {

// Which two elements of a head are rotated together, and by which angle at each position.
struct Rotation {
    Dim rows, heads, width, pairs, positions;
    bool halves;
    List<Real> cosine, sine;  // (positions, pairs)

    Rotation(const Shape& shape, Dim heads_, const RotaryOptions& o)
        : heads(heads_), width(shape.back() / heads_), pairs((o.width == 0 ? width : o.width) / 2),
          positions(shape[shape.size() - 2]), halves(o.layout == RotaryLayout::halves),
          cosine(static_cast<std::size_t>(positions * pairs)), sine(cosine.size()) {
        rows = width == 0 ? 0 : shape.count() / (heads * width);
        List<double> frequency(static_cast<std::size_t>(pairs));
        for (Dim k = 0; k < pairs; ++k)
            frequency[static_cast<std::size_t>(k)] =
                std::pow(o.base, -static_cast<double>(k) / static_cast<double>(pairs));
        Real *const c = cosine.data(), *const s = sine.data();
        parallel_blocks(positions, std::max<Dim>(1, 256 / std::max<Dim>(1, pairs)), [&](Dim begin, Dim end) {
            for (Dim t = begin; t < end; ++t)
                for (Dim k = 0; k < pairs; ++k) {
                    const double position = static_cast<double>(o.start) + static_cast<double>(t);
                    const double angle = position * frequency[static_cast<std::size_t>(k)];
                    c[t * pairs + k] = static_cast<Real>(std::cos(angle));
                    s[t * pairs + k] = static_cast<Real>(std::sin(angle));
                }
        });
    }

    Array operator()(const Array& x, Real direction) const {
        Array y = Array::from_shape(x.shape());
        const Real* const from = x.storage().data();
        Real* const to = y.data();
        parallel_blocks(rows, std::max<Dim>(1, 8192 / std::max<Dim>(1, heads * width)), [&](Dim begin, Dim end) {
            for (Dim row = begin; row < end; ++row) {
                const Dim at = row % positions * pairs;
                for (Dim i = row * heads; i < (row + 1) * heads; ++i)
                    turn(from + i * width, cosine.data() + at, sine.data() + at, direction, to + i * width);
            }
        });
        return y;
    }

    // One head; y is none of the others, so that pairs are turned several at a time.
    void turn(const Real* x, const Real* c, const Real* s, Real direction, Real* __restrict y) const {
        if (halves)
            for (Dim k = 0; k < pairs; ++k) {
                const Real a = x[k], b = x[k + pairs], signed_sine = direction * s[k];
                y[k] = a * c[k] - b * signed_sine;
                y[k + pairs] = a * signed_sine + b * c[k];
            }
        else
            for (Dim k = 0; k < pairs; ++k) {
                const Real a = x[2 * k], b = x[2 * k + 1], signed_sine = direction * s[k];
                y[2 * k] = a * c[k] - b * signed_sine;
                y[2 * k + 1] = a * signed_sine + b * c[k];
            }
        std::copy(x + 2 * pairs, x + width, y + 2 * pairs);
    }
};

}  // namespace

// The elements (a, b) of pair k at position t become (a cos f - b sin f, a sin f + b cos f), f = t base^(-k / pairs)
// (Su et al., 2021), so that a product of two rows depends on the distance of their positions. The gradient is rotated
// back.
Var rotary(In x, Dim heads, const RotaryOptions& o) {
    require(
        heads > 0 && o.base > 0 && std::isfinite(o.base), "rotary",
        [&] { return fmt::format("heads {} and base {}; expected both above zero and finite", heads, o.base); }, x.at);
    expect(
        x.rank() >= 2 && x.dim(-1) % heads == 0, "rotary", "x", x.shape(),
        [&] { return fmt::format("(..., t, {} d)", heads); }, x.at);
    const Dim width = x.dim(-1) / heads;
    require(
        0 <= o.width && o.width <= width && (o.width == 0 ? width : o.width) % 2 == 0, "rotary",
        [&] {
            return fmt::format("width is {} of heads of width {}; expected an even width up to that (0 means all)",
                               o.width, width);
        },
        x.at);
    auto rotation = std::make_shared<const Rotation>(x.shape(), heads, o);
    return linear_map(
        "rotary", x, [rotation](const Array& a) { return (*rotation)(a, 1); },
        [rotation](const Array& dy) { return (*rotation)(dy, -1); });
}

#ifdef HEED_TESTING
namespace {
Var composed(const Var& x, const RotaryOptions& o) {  // one head
    const Dim t = x.dim(-2), pairs = x.dim(-1) / 2;
    Array c = Array::from_shape({t, pairs}), s = c;
    for (Dim i = 0; i < t; ++i)
        for (Dim k = 0; k < pairs; ++k) {
            const double angle = static_cast<double>(o.start + i) *
                                 std::pow(o.base, -static_cast<double>(k) / static_cast<double>(pairs));
            c(i, k) = static_cast<Real>(std::cos(angle)), s(i, k) = static_cast<Real>(std::sin(angle));
        }
    if (o.layout == RotaryLayout::halves) {
        const Var a = slice(x, -1, 0, pairs), b = slice(x, -1, pairs, 2 * pairs);
        return concat({a * c - b * s, a * s + b * c});
    }
    const Var a = slice(x, -1, 0, 2 * pairs, 2), b = slice(x, -1, 1, 2 * pairs, 2);
    return reshape(stack({a * c - b * s, a * s + b * c}, -1), x.shape());
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "rotary/interleaved", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return rotary(in[0], 1); },
     .same_as = [](Vars in) { return composed(in[0], {}); }},
    {.name = "rotary/halves", .inputs = {{2, 3, 6}}, .call = [](Vars in) { return rotary(in[0], 1, {.layout = RotaryLayout::halves, .start = 5}); },
     .same_as = [](Vars in) { return composed(in[0], {.layout = RotaryLayout::halves, .start = 5}); }},
    {.name = "rotary/two heads", .inputs = {{2, 3, 8}}, .call = [](Vars in) { return rotary(in[0], 2, {.base = 100}); },
     .same_as = [](Vars in) { return concat({composed(slice(in[0], -1, 0, 4), {.base = 100}), composed(slice(in[0], -1, 4, 8), {.base = 100})}); }},
    {.name = "rotary/an odd number of pairs", .inputs = {{2, 3, 26}}, .call = [](Vars in) { return rotary(in[0], 1); },
     .same_as = [](Vars in) { return composed(in[0], {}); }},
    {.name = "rotary/an odd number of pairs, halves", .inputs = {{2, 3, 26}},
     .call = [](Vars in) { return rotary(in[0], 1, {.layout = RotaryLayout::halves}); },
     .same_as = [](Vars in) { return composed(in[0], {.layout = RotaryLayout::halves}); }},
    {.name = "rotary/a part of each head", .inputs = {{3, 6}}, .call = [](Vars in) { return rotary(in[0], 1, {.width = 4}); },
     .same_as = [](Vars in) { return concat({composed(slice(in[0], -1, 0, 4), {}), slice(in[0], -1, 4, 6)}); }},
    {.name = "rotary/no places", .inputs = {{2, 0, 4}}, .call = [](Vars in) { return rotary(in[0], 1); }, .flat = true},
    {.name = "rotary/heads that do not divide", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return rotary(in[0], 3); }, .rejects = true},
    {.name = "rotary/odd width", .inputs = {{2, 3, 3}}, .call = [](Vars in) { return rotary(in[0], 1); }, .rejects = true},
    {.name = "rotary/too wide a part", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return rotary(in[0], 2, {.width = 4}); }, .rejects = true},
    {.name = "rotary/a vector", .inputs = {{4}}, .call = [](Vars in) { return rotary(in[0], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
