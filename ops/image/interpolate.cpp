// interpolate: axes resampled to other sizes.
#include <algorithm>
#include <vector>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {
namespace {

// What position i of a result axis reads: (1 - part) of position low and part of position high.
struct Source {
    Dim low, high;
    Real part;
};

// Nearest: position floor(i n / size). Linear: position (i + 1/2) n / size - 1/2, or i (n - 1) / (size - 1) if the
// corners are aligned, cut to 0 .. n - 1.
Source source_of(Dim i, Dim n, Dim size, const InterpolateOptions& o) {
    if (o.nearest) return {i * n / size, i * n / size, 0};
    const double aligned = size > 1 ? static_cast<double>(i * (n - 1)) / static_cast<double>(size - 1) : 0;
    const double centred = (static_cast<double>(i) + 0.5) * static_cast<double>(n) / static_cast<double>(size) - 0.5;
    const double at = std::clamp(o.align_corners ? aligned : centred, 0.0, static_cast<double>(n - 1));
    const Dim low = static_cast<Dim>(at);
    return {low, std::min(low + 1, n - 1), static_cast<Real>(at - static_cast<double>(low))};
}

std::vector<Source> sources_of(Dim n, Dim size, const InterpolateOptions& o) {
    std::vector<Source> sources;
    for (Dim i = 0; i < size; ++i) sources.push_back(source_of(i, n, size, o));
    return sources;
}

// y is neither of the others, so that several elements are done at a time.
void blend(const Real* low, const Real* high, Real part, Dim n, Real* __restrict y) {
    for (Dim k = 0; k < n; ++k) y[k] = low[k] + part * (high[k] - low[k]);
}
void add(const Real* x, Dim n, Real* __restrict y) {
    for (Dim k = 0; k < n; ++k) y[k] += x[k];
}

// x (outer, n, inner) with its middle axis resampled to `size`; backward: dx (outer, n, inner) from dy (outer, size,
// inner).
void resample(const Real* x, Real* y, Dim outer, Dim n, Dim size, Dim inner, const InterpolateOptions& o) {
    const std::vector<Source> sources = sources_of(n, size, o);
    parallel_blocks(outer * size, std::max(Dim{1}, 16384 / std::max(Dim{1}, inner)), [&](Dim begin, Dim end) {
        const Real* from = x + begin / size * n * inner;
        for (Dim row = begin, i = begin % size; row < end; ++row, ++i) {
            if (i == size) {
                i = 0;
                from += n * inner;
            }
            const Source& s = sources[static_cast<std::size_t>(i)];
            if (s.part == 0) std::copy_n(from + s.low * inner, inner, y + row * inner);
            else blend(from + s.low * inner, from + s.high * inner, s.part, inner, y + row * inner);
        }
    });
}

void resample_backward(const Real* dy, Real* dx, Dim outer, Dim n, Dim size, Dim inner, const InterpolateOptions& o) {
    const std::vector<Source> sources = sources_of(n, size, o);
    const auto first_from = [&](Dim low) {
        return std::ranges::lower_bound(sources, low, {}, &Source::low) - sources.begin();
    };
    parallel_blocks(outer, std::max(Dim{1}, 16384 / std::max(Dim{1}, size * inner)), [&](Dim begin, Dim end) {
        std::fill(dx + begin * n * inner, dx + end * n * inner, Real(0));
        for (Dim at = 0; at < n; ++at) {  // is read by positions that begin there or one before
            const Dim readers = first_from(at - 1), many = first_from(at + 1) - readers;
            for (Dim out = begin; out < end; ++out)
                add_many(
                    many, inner,
                    [&](Dim i, Dim first, Dim columns, Real* sums) {
                        const Source& s = sources[static_cast<std::size_t>(readers + i)];
                        const Real share = s.low == at ? 1 - s.part : s.part;
                        const Real* const from = dy + (out * size + readers + i) * inner + first;
                        if (share == 1) add(from, columns, sums);
                        else if (s.low == at || s.part != 0) kernel::axpy(columns, share, from, sums);
                    },
                    dx + (out * n + at) * inner);
        }
    });
}

// One axis after the other: linear interpolation of several axes is the product of theirs. What is only copied grows
// along the last axis first, where runs are short.
struct Resampling {
    Shape from, sizes;
    InterpolateOptions options;
    std::size_t axis_of(std::size_t step) const { return options.nearest ? sizes.size() + 1 - step : step; }
    Dim outer(std::size_t axis, const Shape& s) const { return Shape(s.begin(), s.begin() + axis).count(); }
    Dim inner(std::size_t axis, const Shape& s) const { return Shape(s.begin() + axis + 1, s.end()).count(); }

    Array forward(Array x) const {
        Shape shape = from;
        for (std::size_t step = 1; step <= sizes.size(); ++step) {
            const std::size_t axis = axis_of(step);
            shape[axis] = sizes[axis - 1];
            if (shape[axis] == from[axis]) continue;
            Array y = Array::from_shape(shape);
            resample(std::as_const(x).storage().data(), y.data(), outer(axis, shape), from[axis], shape[axis],
                     inner(axis, shape), options);
            x = std::move(y);
        }
        return x;
    }
    Array backward(Array dy) const {
        Shape shape = dy.shape();
        for (std::size_t axis = sizes.size(); axis >= 1; --axis) {
            shape[axis] = from[axis];
            if (from[axis] == sizes[axis - 1]) continue;
            Array dx = Array::from_shape(shape);
            resample_backward(std::as_const(dy).storage().data(), dx.data(), outer(axis, shape), from[axis],
                              sizes[axis - 1], inner(axis, shape), options);
            dy = std::move(dx);
        }
        return dy;
    }
};

}  // namespace

// The axes between the first and the last one become `sizes`; source_of gives the positions that they show.
Var interpolate(In x, Shape sizes, const InterpolateOptions& options) {
    require(!sizes.empty(), "interpolate", "no sizes; expected one for each axis between the first and the last", x.at);
    expect(
        x.shape().size() == sizes.size() + 2, "interpolate", "x", x.shape(),
        [&] {
            return fmt::format("(b, ..., c) with {} axes between because the sizes are {}", sizes.size(),
                               to_string(sizes));
        },
        x.at);
    Shape shape = x.shape();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        require(
            sizes[i] >= 1, "interpolate",
            [&] { return fmt::format("size {} in {}; expected sizes >= 1", sizes[i], to_string(sizes)); }, x.at);
        expect(
            x.shape()[i + 1] >= 1, "interpolate", "x", x.shape(),
            [&] { return fmt::format("at least one position at axis {}", i + 1); }, x.at);
    }
    require(!(options.nearest && options.align_corners), "interpolate",
            "align_corners with nearest; corners are aligned for linear only", x.at);
    const Resampling r{x.shape(), sizes, options};
    for (std::size_t step = 1; step <= sizes.size(); ++step) {  // what stands between one axis and the next
        shape[r.axis_of(step)] = sizes[r.axis_of(step) - 1];
        require_sizes("interpolate", shape, x.at);
    }
    return linear_map(
        "interpolate", x, [r](const Array& v) { return r.forward(v); },
        [r](const Array& dy) { return r.backward(dy); });
}

#ifdef HEED_TESTING
namespace {
// A matrix (size, n) that resamples one axis, written down from the definition.
Var matrix(Dim n, Dim size, bool aligned) {
    Array m = filled({size, n}, 0);
    for (Dim i = 0; i < size; ++i)
        for (Dim j = 0; j < n; ++j) {
            const double at = aligned ? double(i) * double(n - 1) / double(size - 1)
                                      : (double(i) + 0.5) * double(n) / double(size) - 0.5;
            m(i, j) =
                static_cast<Real>(std::max(0.0, 1 - std::abs(std::min(std::max(at, 0.0), double(n - 1)) - double(j))));
        }
    return Var(m);
}
template <Dim size, bool aligned>
Var line(Vars in) {
    return interpolate(in[0], {size}, {.align_corners = aligned});
}
template <Dim size, bool aligned>
Var by_matrix(Vars in) {
    return matmul(matrix(in[0].dim(1), size, aligned), in[0]);
}
template <Dim rows, Dim columns, bool aligned>
Var image(Vars in) {
    return interpolate(in[0], {rows, columns}, {.align_corners = aligned});
}
template <Dim rows, Dim columns, bool aligned>
Var by_matrices(Vars in) {
    const Var across = matmul(matrix(in[0].dim(2), columns, aligned), in[0]);
    const Var transposed = matmul(matrix(in[0].dim(1), rows, aligned), permute(across, {0, 2, 1, 3}));
    return permute(transposed, {0, 2, 1, 3});
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "interpolate/longer", .inputs = {{2, 4, 3}}, .call = line<7, false>, .same_as = by_matrix<7, false>},
    {.name = "interpolate/shorter", .inputs = {{2, 7, 3}}, .call = line<3, false>, .same_as = by_matrix<3, false>},
    {.name = "interpolate/corners", .inputs = {{1, 3, 2}}, .call = line<6, true>, .same_as = by_matrix<6, true>},
    {.name = "interpolate/the same size", .inputs = {{1, 3, 2}}, .call = line<3, false>, .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "interpolate/image", .inputs = {{2, 3, 4, 2}}, .call = image<5, 6, false>, .same_as = by_matrices<5, 6, false>},
    {.name = "interpolate/image, corners", .inputs = {{1, 4, 3, 2}}, .call = image<2, 5, true>, .same_as = by_matrices<2, 5, true>},
    {.name = "interpolate/nearest", .inputs = {{2, 3, 2}}, .call = [](Vars in) { return interpolate(in[0], {6}, {.nearest = true}); },
     .same_as = [](Vars in) { return take(in[0], Ints{0, 0, 1, 1, 2, 2}, 1); }},
    {.name = "interpolate/nearest, fewer", .inputs = {{1, 5, 2}}, .call = [](Vars in) { return interpolate(in[0], {3}, {.nearest = true}); },
     .same_as = [](Vars in) { return take(in[0], Ints{0, 1, 3}, 1); }},
    {.name = "interpolate/from one place", .inputs = {{2, 1, 3}}, .call = line<4, true>,
     .same_as = [](Vars in) { return expand(in[0], {2, 4, 3}); }},
    {.name = "interpolate/no examples", .inputs = {{0, 2, 3}}, .call = line<4, false>, .flat = true},
    {.name = "interpolate/rank two", .inputs = {{4, 3}}, .call = line<4, false>, .rejects = true},
    {.name = "interpolate/two sizes for one axis", .inputs = {{1, 4, 3}}, .call = image<2, 2, false>, .rejects = true},
    {.name = "interpolate/size 0", .inputs = {{1, 4, 3}}, .call = line<0, false>, .rejects = true},
    {.name = "interpolate/from nothing", .inputs = {{1, 0, 3}}, .call = line<2, false>, .rejects = true},
    {.name = "interpolate/nearest with corners", .inputs = {{1, 4, 3}},
     .call = [](Vars in) { return interpolate(in[0], {2}, {.nearest = true, .align_corners = true}); }, .rejects = true})
// clang-format on

}  // namespace heed
