// sort, argsort and topk: the elements along one axis in order, or the largest of them, with their indices.
#include <algorithm>
#include <fmt/format.h>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/shape/slices.hpp>

namespace heed {
namespace {

struct Item {
    Real value;
    Dim index;
};

// The order of a slice: a NaN is the largest number, equal ones keep their order.
bool comes_first(const Item& a, const Item& b, bool descending) {
    const auto less = [](Real p, Real q) { return p < q || (q != q && p == p); };
    if (less(a.value, b.value)) return !descending;
    if (less(b.value, a.value)) return descending;
    return a.index < b.index;
}

// The first k of n values, `stride` elements apart, in order; items (n).
void find_first(const Real* values, Dim n, Dim stride, Dim k, bool descending, Item* items) {
    const auto before = [descending](const Item& a, const Item& b) { return comes_first(a, b, descending); };
    for (Dim i = 0; i < n; ++i) items[i] = {values[i * stride], i};
    if (k < n) std::nth_element(items, items + k, items + n, before);
    std::sort(items, items + k, before);
}

// The k largest of n neighbours, in descending order, for k far below n: a heap of the largest so far has the last of
// them on top, which most values do not reach.
void find_largest(const Real* values, Dim n, Dim k, Item* items) {
    if (k == 0) return;
    const auto before = [](const Item& a, const Item& b) { return comes_first(a, b, true); };
    for (Dim i = 0; i < k; ++i) items[i] = {values[i], i};
    std::make_heap(items, items + k, before);
    constexpr Dim piece = 16;  // values that are looked at at once
    for (Dim begin = k; begin < n; begin += piece) {
        const Dim end = std::min(n, begin + piece);
        int reach = 0;
        for (Dim i = begin; i < end; ++i) reach += !(values[i] <= items[0].value);
        if (reach == 0) continue;
        for (Dim i = begin; i < end; ++i) {
            const Item next{values[i], i};
            if (!before(next, items[0])) continue;
            std::pop_heap(items, items + k, before);
            items[k - 1] = next;
            std::push_heap(items, items + k, before);
        }
    }
    std::sort_heap(items, items + k, before);
}

// The first k elements of every slice of x in order, and their indices.
std::pair<Array, Ints> first_in_order(const Array& x, std::size_t axis, Dim k, bool descending) {
    const Slices s(x.shape(), axis);
    Shape shape = x.shape();
    shape[axis] = k;
    Array y = Array::from_shape(shape);
    Ints indices = Ints::from_shape(shape);
    const Real* from = x.storage().data();
    Real* to = y.data();
    std::int64_t* index = indices.data();
    constexpr Dim block = 4096;  // elements that are worth a thread
    parallel_blocks(s.outer * s.inner, std::max<Dim>(1, block / std::max<Dim>(1, s.n)), [&](Dim begin, Dim end) {
        List<Item> items(static_cast<std::size_t>(s.n));
        for (Dim slice = begin; slice < end; ++slice) {
            const Dim o = slice / s.inner, j = slice % s.inner;
            const Real* const values = from + o * s.n * s.inner + j;
            if (descending && s.inner == 1 && 8 * k <= s.n) find_largest(values, s.n, k, items.data());
            else find_first(values, s.n, s.inner, k, descending, items.data());
            for (Dim i = 0; i < k; ++i) {
                const Dim at = (o * k + i) * s.inner + j;
                to[at] = items[static_cast<std::size_t>(i)].value;
                index[at] = items[static_cast<std::size_t>(i)].index;
            }
        }
    });
    return {std::move(y), std::move(indices)};
}

Ordered ordered(const char* op, const In& x, std::size_t axis, Dim k, bool descending) {
    const Slices s(x.shape(), axis);
    auto [y, positions] = first_in_order(x.value(), axis, k, descending);
    Ints indices = std::move(positions);
    Var values = record(op, {x}, std::move(y), [s, k, indices, dx = x.slot()](const Array& dy) {
        Array d = filled(dx.shape(), 0);
        const Real* g = dy.storage().data();
        const std::int64_t* index = indices.storage().data();
        Real* to = d.data();
        for (Dim i = 0, n = count(dy); i < n; ++i)
            to[(i / (k * s.inner) * s.n + index[i]) * s.inner + i % s.inner] = g[i];
        dx.add_grad(std::move(d));
    });
    values = differentiable(std::move(values), {x},
                            [indices, along = static_cast<Dim>(axis)](Vars v, const Var&, const Var& dy) {
                                return Grads{scatter(zeros(v[0].shape()), indices, dy, along)};
                            });
    return {std::move(values), std::move(indices)};
}

}  // namespace

Ordered topk(In x, Dim k, Dim axis) {
    const std::size_t at = find_axis("topk", axis, x.shape(), x.at);
    const Dim n = x.shape()[at];
    const auto text = [&] {
        return fmt::format("k is {}; expected 0 <= k <= {} because 'x' is {}, axis {}", k, n, to_string(x.shape()),
                           axis);
    };
    require(0 <= k && k <= n, "topk", text, x.at);
    return ordered("topk", x, at, k, true);
}

Ordered sort(In x, Dim axis, bool descending) {
    const std::size_t at = find_axis("sort", axis, x.shape(), x.at);
    return ordered("sort", x, at, x.shape()[at], descending);
}

Ints argsort(In x, Dim axis, bool descending) {
    const std::size_t at = find_axis("argsort", axis, x.shape(), x.at);
    return first_in_order(x.value(), at, x.shape()[at], descending).second;
}

// clang-format off
HEED_OP_CASES(
    {.name = "topk/last axis", .inputs = {{3, 30}}, .call = [](Vars in) { return topk(in[0], 4).values; },
     .same_as = [](Vars in) { return slice(sort(in[0], -1, true).values, -1, 0, 4); }, .draw = draw::apart},
    {.name = "topk/few of many", .inputs = {{3, 101}}, .call = [](Vars in) { return topk(in[0], 5).values; },
     .same_as = [](Vars in) { return slice(sort(in[0], -1, true).values, -1, 0, 5); }, .draw = draw::apart},
    {.name = "topk/few of many equal", .inputs = {{50}}, .call = [](Vars in) { return gather(in[0], topk(in[0] * 0, 3).indices, 0); },
     .same_as = [](Vars in) { return slice(in[0], 0, 0, 3); }},
    {.name = "topk/first axis", .inputs = {{5, 2, 3}}, .call = [](Vars in) { return topk(in[0], 2, 0).values; },
     .same_as = [](Vars in) { return gather(in[0], topk(in[0], 2, 0).indices, 0); }, .draw = draw::apart},
    {.name = "topk/one", .inputs = {{4, 6}}, .call = [](Vars in) { return topk(in[0], 1).values; },
     .same_as = [](Vars in) { return max(in[0], -1, keep_axis); }, .draw = draw::apart},
    {.name = "topk/none", .inputs = {{2, 3}}, .call = [](Vars in) { return topk(in[0], 0).values; }, .flat = true},
    {.name = "topk/more than there are", .inputs = {{2, 3}}, .call = [](Vars in) { return topk(in[0], 4).values; }, .rejects = true},
    {.name = "topk/negative", .inputs = {{2, 3}}, .call = [](Vars in) { return topk(in[0], -1).values; }, .rejects = true},
    {.name = "topk/no such axis", .inputs = {{2, 3}}, .call = [](Vars in) { return topk(in[0], 1, 2).values; }, .rejects = true},
    {.name = "sort/last axis", .inputs = {{3, 20}}, .call = [](Vars in) { return sort(in[0]).values; },
     .same_as = [](Vars in) { return gather(in[0], sort(in[0]).indices, -1); }, .draw = draw::apart},
    {.name = "sort/middle axis, descending", .inputs = {{2, 7, 3}}, .call = [](Vars in) { return sort(in[0], 1, true).values; },
     .same_as = [](Vars in) { return flip(sort(in[0], 1).values, 1); }, .draw = draw::apart},
    {.name = "sort/ties", .inputs = {{6}}, .call = [](Vars in) { return gather(in[0], sort(in[0] * 0, -1, true).indices, 0); },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "sort/empty", .inputs = {{0, 3}}, .call = [](Vars in) { return sort(in[0], 0).values; }, .flat = true},
    {.name = "sort/scalar", .inputs = {{}}, .call = [](Vars in) { return sort(in[0]).values; }, .rejects = true},
    {.name = "argsort/last axis", .inputs = {{3, 20}}, .call = [](Vars in) { return gather(in[0], argsort(in[0]), -1); },
     .same_as = [](Vars in) { return sort(in[0]).values; }, .draw = draw::apart},
    {.name = "argsort/middle axis, descending", .inputs = {{2, 7, 3}}, .call = [](Vars in) { return gather(in[0], argsort(in[0], 1, true), 1); },
     .same_as = [](Vars in) { return sort(in[0], 1, true).values; }, .draw = draw::apart},
    {.name = "argsort/ties", .inputs = {{6}}, .call = [](Vars in) { return gather(in[0], argsort(in[0] * 0, -1, true), 0); },
     .same_as = [](Vars in) { return in[0] * 1; }},
    {.name = "argsort/no such axis", .inputs = {{3}}, .call = [](Vars in) { return gather(in[0], argsort(in[0], 1), 0); }, .rejects = true})
// clang-format on

}  // namespace heed
