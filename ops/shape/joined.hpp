#pragma once
// Values written side by side into one, for concat and stack.
// Private to heed; not installed.
#include <utility>
#include <fmt/format.h>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/define/view.hpp>

namespace heed {

template <Words W>
void expect_part(bool ok, const char* op, const Ins& parts, std::size_t i, const W& words,
                 Site check = Site::current()) {
    if (!ok) [[unlikely]]
        expect(false, op, fmt::format("parts[{}]", i), parts[i].shape(), words, parts.at, check);
}

inline void require_parts(const char* op, const Ins& parts, Site check = Site::current()) {
    require(parts.size() > 0, op, "the list 'parts' is empty; expected at least one", parts.at, check);
}

// Parts written side by side into a new array: where(i) is the view of part i in the result.
template <class Where>
Var joined(const char* op, const Ins& parts, const Shape& shape, Where where) {
    Array y = Array::from_shape(shape);
    for (std::size_t i = 0; i < parts.size(); ++i) write_view(y.data(), where(i), parts[i].value());
    Var whole = record(op, parts, std::move(y), [dx = parts.slots(), where](const Array& dy) {
        for (std::size_t i = 0; i < dx.size(); ++i)
            if (dx[i]) dx[i].add_grad(read_view(dy, where(i)));
    });
    return differentiable(std::move(whole), parts, [op, where = std::move(where)](Vars x, const Var&, const Var& dy) {
        Grads grads;
        for (std::size_t i = 0; i < x.size(); ++i) grads.push_back(read_part(op, dy, where(i)));
        return grads;
    });
}

}  // namespace heed
