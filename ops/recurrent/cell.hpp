#pragma once
// What the cells of recurrent layers check alike.
// Private to heed; not installed.
#include <algorithm>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>

namespace heed {

// Both sides of the gates, of which there are `gates` for each element of `state`, an argument called `name`.
inline void check_gates(const char* op, Dim gates, const In& x_gates, const In& h_gates, const In& state,
                        const char* name, Site check = Site::current()) {
    expect(state.rank() == 2, op, name, state.shape(), "(b, h)", state.at, check);
    const Shape shape{state.dim(0), gates * state.dim(1)};
    const auto wanted = [&] {
        return fmt::format("{} because '{}' is {}", to_string(shape), name, to_string(state.shape()));
    };
    expect(x_gates.shape() == shape, op, "x_gates", x_gates.shape(), wanted, x_gates.at, check);
    expect(h_gates.shape() == shape, op, "h_gates", h_gates.shape(), wanted, h_gates.at, check);
}

inline void check_alive(const char* op, const Array& alive, const In& state, const char* name,
                        Site check = Site::current()) {
    const Dim rows = state.dim(0);
    expect(
        Shape(alive.shape()) == Shape{rows}, op, "alive", alive.shape(),
        [&] { return fmt::format("({}) because '{}' is {}", rows, name, to_string(state.shape())); }, state.at, check);
    for (Dim i = 0; i < rows; ++i) {
        const Real a = alive.storage()[static_cast<std::size_t>(i)];
        require(
            a == 0 || a == 1, op,
            [&] { return fmt::format("argument 'alive' holds {} at ({}); expected 0 or 1", a, i); }, state.at, check);
    }
}

// The mask of a kernel: null for an empty `alive`, with which every row counts.
inline const Real* mask_of(const Array& alive) { return count(alive) ? alive.storage().data() : nullptr; }

// The rows of x (b, n) that count, and zeros in place of the others, whose NaN reaches nothing.
inline Var alive_rows(const Array& alive, const Var& x) {
    return count(alive) ? where(Var(reshaped(alive, {x.dim(0), 1})), x, 0) : x;
}
// x with the rows of dy in place of those that do not count, which keep the state.
inline Var with_kept_rows(const Array& alive, const Var& x, const Var& dy) {
    return count(alive) ? where(Var(reshaped(alive, {x.dim(0), 1})), x, dy) : x;
}
// The gates of (b, n h), each (b, h).
inline std::vector<Var> parts_of(const Var& gates, Dim n) {
    return split(gates, std::vector<Dim>(static_cast<std::size_t>(n), gates.dim(-1) / n));
}

#ifdef HEED_TESTING
// 1 for the first rows, 0 for the others.
inline Array first_alive(Dim rows, Dim alive) {
    Array a = filled({rows}, 0);
    std::fill_n(a.data(), alive, Real(1));
    return a;
}
#endif

}  // namespace heed
