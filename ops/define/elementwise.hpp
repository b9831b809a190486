#pragma once
// Elementwise functions of broadcast arrays, for the op files.
#include <concepts>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {

// f(a, b) of equal shapes.
Array combine(kernel::Binary f, const Array& a, const Array& b);

// f(a, b) in `shape`, to which both are broadcast.
Array combine(kernel::Binary f, const Array& a, const Array& b, const Shape& shape);

// a = f(a, b) with b broadcast to a's shape; in place unless a's memory is shared.
void combine_into(kernel::Binary f, Array& a, const Array& b);

// The strides of x, in elements, along the axes of `shape`, to which it is broadcast: 0 where it is repeated.
inline Shape broadcast_strides(const Array& x, const Shape& shape) {
    Shape strides(shape.size());
    const Shape& own = x.shape();
    Dim step = 1;
    for (std::size_t i = own.size(), to = shape.size(); i-- > 0; step *= own[i]) strides[--to] = own[i] == 1 ? 0 : step;
    return strides;
}

// f(a, b, ...) at every position of `shape`, to which the operands are broadcast. For functions that are no kernel.
template <class F, std::same_as<Array>... A>
Array zip(const Shape& shape, F f, const A&... operands) {
    constexpr Dim block = 16384;  // elements that are worth a thread
    Array y = Array::from_shape(shape);
    Real* to = y.data();
    const Dim total = shape.count();
    if (((operands.shape() == shape) && ...)) {
        const auto loop = [=](const auto*... from) {
            parallel_blocks(total, block, [=](Dim begin, Dim end) {
                for (Dim i = begin; i < end; ++i) to[i] = f(from[i]...);
            });
        };
        loop(operands.storage().data()...);
        return y;
    }
    struct Operand {
        const Real* from;
        Shape step;
        Dim last;
        Operand(const Array& x, const Shape& shape)
            : from(x.storage().data()), step(broadcast_strides(x, shape)),
              last(x.shape().empty() || x.shape().back() == 1 ? 0 : 1) {}
        const Real* row(Dim row, const Shape& shape) const {
            Dim at = 0;
            for (std::size_t axis = shape.size() - 1; axis-- > 0; row /= shape[axis])
                at += row % shape[axis] * step[axis];
            return from + at;
        }
    };
    const auto rows = [=, &shape](const auto&... x) {  // a shape unlike an operand's has an axis
        const Dim n = shape.back();
        parallel_blocks(n ? total / n : 0, std::max<Dim>(1, block / std::max<Dim>(n, 1)),
                        [=, &shape, &x...](Dim begin, Dim end) {
                            for (Dim row = begin; row < end; ++row) {
                                const auto loop = [=](const auto*... from) {
                                    Real* const out = to + row * n;
                                    if (((x.last == 1) && ...)) {
                                        for (Dim i = 0; i < n; ++i) out[i] = f(from[i]...);
                                    } else {
                                        for (Dim i = 0; i < n; ++i) out[i] = f(from[i * x.last]...);
                                    }
                                };
                                loop(x.row(row, shape)...);
                            }
                        });
    };
    rows(Operand(operands, shape)...);
    return y;
}

}  // namespace heed
