// Position encodings.
#include <cmath>
#include <fmt/format.h>
#include <heed/nn/layers/positions.hpp>

namespace heed::nn {
namespace {

Var add_positions(const char* layer, In x, const Var& table, Dim first) {
    const Dim length = table.dim(0), width = table.dim(1);
    expect(
        x.rank() == 3 && x.dim(2) == width, layer, "x", x.shape(), [&] { return fmt::format("(b, t, {})", width); },
        x.at);
    require(
        first >= 0 && first <= length - x.dim(1), layer,
        [&] {
            return fmt::format("positions {} to {}; it was made for 0 to {}", first, saturated_sum(first, x.dim(1) - 1),
                               length - 1);
        },
        x.at);
    return x + slice(table, 0, first, first + x.dim(1));
}

}  // namespace

SinusoidalPositions::SinusoidalPositions(Dim length, Dim width, Site at) {
    require(
        length > 0 && width > 0, "SinusoidalPositions",
        [&] { return fmt::format("length {} and width {}; expected both above zero", length, width); }, at);
    require_sizes("SinusoidalPositions", {length, width}, at);
    Array values = Array::from_shape({length, width});
    Real* to = values.data();
    for (Dim p = 0; p < length; ++p) {
        for (Dim i = 0; i < width; ++i) {
            const double angle = static_cast<double>(p) *
                                 std::pow(10000.0, -static_cast<double>(i - i % 2) / static_cast<double>(width));
            *to++ = static_cast<Real>(i % 2 ? std::cos(angle) : std::sin(angle));
        }
    }
    table = Var(std::move(values));
}

Var SinusoidalPositions::operator()(In x, Dim first) const {
    return add_positions("SinusoidalPositions", x, table, first);
}

RelativePositions::RelativePositions(Params p, Dim heads, const RelativeOptions& o, Site at) : rule(o.rule) {
    const Scope scope(p.path());
    require(
        heads > 0 && o.buckets > 0, "RelativePositions",
        [&] { return fmt::format("{} buckets for {} heads; expected both above zero", o.buckets, heads); }, at);
    table = p.make("table", {o.buckets, heads}, init::normal(0.02), {.name = "weight"});
    relative_buckets({table, at}, rule);  // refuses now what it would refuse at every use
}

Var timestep_embedding(In t, Dim width, const TimestepOptions& o) {
    const Site at = t.at;
    Shape shape = t.shape();
    const char* const name = "timestep_embedding";
    const Dim half = width / 2;
    const double steps = static_cast<double>(half) - o.shift;
    require(
        o.base > 0 && std::isfinite(o.base), name,
        [&] { return fmt::format("base is {}; expected a finite number > 0", o.base); }, at);
    require(
        half >= 1 && steps > 0 && std::isfinite(steps), name,
        [&] {
            return fmt::format("width is {} and shift {}; expected half the width to be more than the shift", width,
                               o.shift);
        },
        at);
    require(
        shape.size() < Shape::max_rank, name, [&] { return fmt::format("too many axes in {}", to_string(shape)); }, at);
    shape.push_back(width);
    require_sizes(name, shape, at);
    Array y = filled(shape, 0);
    Real* to = y.data();
    for (const Real time : t.value().storage()) {
        for (Dim i = 0; i < half; ++i) {
            const double angle = static_cast<double>(time) * std::pow(o.base, -static_cast<double>(i) / steps);
            to[o.cosine_first ? half + i : i] = static_cast<Real>(std::sin(angle));
            to[o.cosine_first ? i : half + i] = static_cast<Real>(std::cos(angle));
        }
        to += width;
    }
    return Var(std::move(y));
}

Var LearnedPositions::operator()(In x, Dim first) const {
    const LayerScope scope(table, x.at);
    return add_positions("LearnedPositions", x, table, first);
}

Var coordinate_embedding(In x, Dim width, double scale, const TimestepOptions& options) {
    const Dim k = x.rank() > 0 ? x.dim(-1) : 0;
    require(
        k > 0 && width % k == 0, "coordinate_embedding",
        [&] {
            return fmt::format("a width of {} for coordinates {}; expected a multiple of the last size", width,
                               to_string(x.shape()));
        },
        x.at);
    std::vector<Var> parts;
    for (Dim i = 0; i < k; ++i) parts.push_back(timestep_embedding(pick(x, -1, i) * scale, width / k, options));
    return concat(parts);
}

}  // namespace heed::nn
