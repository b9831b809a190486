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
        for (Dim t = 0; t < positions; ++t)
            for (Dim k = 0; k < pairs; ++k) {
                const double position = static_cast<double>(o.start) + static_cast<double>(t);
                const double angle = position * std::pow(o.base, -static_cast<double>(k) / static_cast<double>(pairs));
                cosine[static_cast<std::size_t>(t * pairs + k)] = static_cast<Real>(std::cos(angle));
                sine[static_cast<std::size_t>(t * pairs + k)] = static_cast<Real>(std::sin(angle));
            }
    }

    Array operator()(const Array& x, Real direction) const {
        Array y = x;
        Real* to = y.data();
        const Dim first = halves ? 1 : 2, second = halves ? pairs : 1;
        parallel_blocks(rows, std::max<Dim>(1, 8192 / std::max<Dim>(1, heads * width)), [&](Dim begin, Dim end) {
            for (Dim row = begin; row < end; ++row) {
                const Real *c = cosine.data() + row % positions * pairs, *s = sine.data() + row % positions * pairs;
                for (Dim h = 0; h < heads; ++h) {
                    Real* head = to + (row * heads + h) * width;
                    for (Dim k = 0; k < pairs; ++k) {
                        const Real a = head[k * first], b = head[k * first + second], signed_sine = direction * s[k];
                        head[k * first] = a * c[k] - b * signed_sine;
                        head[k * first + second] = a * signed_sine + b * c[k];
                    }
                }
            }
        });
        return y;
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
    {.name = "rotary/a part of each head", .inputs = {{3, 6}}, .call = [](Vars in) { return rotary(in[0], 1, {.width = 4}); },
     .same_as = [](Vars in) { return concat({composed(slice(in[0], -1, 0, 4), {}), slice(in[0], -1, 4, 6)}); }},
    {.name = "rotary/no places", .inputs = {{2, 0, 4}}, .call = [](Vars in) { return rotary(in[0], 1); }, .flat = true},
    {.name = "rotary/heads that do not divide", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return rotary(in[0], 3); }, .rejects = true},
    {.name = "rotary/odd width", .inputs = {{2, 3, 3}}, .call = [](Vars in) { return rotary(in[0], 1); }, .rejects = true},
    {.name = "rotary/too wide a part", .inputs = {{2, 3, 4}}, .call = [](Vars in) { return rotary(in[0], 2, {.width = 4}); }, .rejects = true},
    {.name = "rotary/a vector", .inputs = {{4}}, .call = [](Vars in) { return rotary(in[0], 1); }, .rejects = true})
// clang-format on

}  // namespace heed
