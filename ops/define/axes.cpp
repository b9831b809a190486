// Axes and broadcast shapes: how they are found and checked.
#include <fmt/format.h>
#include <heed/ops/define/axes.hpp>

namespace heed {

std::size_t find_axis(const char* op, Dim axis, const Shape& shape, Site caller, Site check) {
    const Dim rank = shape.rank(), i = axis < 0 ? axis + rank : axis;
    require(
        0 <= i && i < rank, op,
        [&] {
            return fmt::format("axis {} of a value of shape {}; expected {} <= axis < {}", axis, to_string(shape),
                               -rank, rank);
        },
        caller, check);
    return static_cast<std::size_t>(i);
}

AxisSet find_axes(const char* op, const Axes& axes, const Shape& shape, Site caller, Site check) {
    AxisSet set;
    for (Dim axis : axes.list) {
        bool& has = set.has[find_axis(op, axis, shape, caller, check)];
        require(
            !has, op, [&] { return fmt::format("axis {} is named twice", axis); }, caller, check);
        has = true;
    }
    if (axes.list.empty()) std::fill_n(set.has, shape.size(), true);
    return set;
}

Shape reduced_shape(const Shape& shape, const AxisSet& axes, Keep keep) {
    Shape left;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (!axes[i]) left.push_back(shape[i]);
        else if (keep == keep_axis) left.push_back(1);
    }
    return left;
}

Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b, Site caller, Site check, OperandNames names) {
    if (a == b) return a;
    Shape y(std::max(a.size(), b.size()), 1);
    bool fits = true;
    for (std::size_t i = 1; i <= y.size(); ++i) {
        const Dim m = i <= a.size() ? a[a.size() - i] : 1, n = i <= b.size() ? b[b.size() - i] : 1;
        fits = fits && (m == n || m == 1 || n == 1);
        y[y.size() - i] = m == 1 ? n : m;
    }
    expect(
        fits, op, names.b, b,
        [&] { return fmt::format("a shape that broadcasts with '{}' {}", names.a, to_string(a)); }, caller, check);
    require_sizes(op, y, caller, check);
    return y;
}

}  // namespace heed
