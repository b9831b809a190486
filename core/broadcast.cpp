// The sum of a gradient over axes that were broadcast.
#include <heed/core/base/error.hpp>
#include <heed/core/broadcast.hpp>
#include <heed/core/sum_tree.hpp>

namespace heed {
namespace {

// y (outer, inner) = the sums of x (outer, n, inner).
Array sum_middle(const Array& x, Dim outer, Dim n, Dim inner) {
    Array y = filled({outer, inner}, 0);
    const Real* from = x.storage().data();
    Real* to = y.data();
    for (Dim o = 0; o < outer; ++o, from += n * inner, to += inner) {
        const auto chain = [from](Dim begin, Dim count) {
            Real sum = 0;
            for (Dim i = begin; i < begin + count; ++i) sum += from[i];
            return sum;
        };
        const auto add = [from, inner](Dim i, Dim first, Dim columns, Real* sums) {
            const Real* row = from + i * inner + first;
            for (Dim j = 0; j < columns; ++j) sums[j] += row[j];
        };
        if (inner == 1) *to = sum_tree(n, longest_chain, chain);
        else add_many(n, inner, add, to);
    }
    return y;
}

}  // namespace

Array sum_to(const Array& x, const Shape& shape) {
    const Shape& from = x.shape();
    const std::size_t extra = from.size() - std::min(shape.size(), from.size());
    bool fits = from.size() >= shape.size();
    for (std::size_t i = extra; fits && i < from.size(); ++i)
        fits = shape[i - extra] == from[i] || shape[i - extra] == 1;
    expect(
        fits, "sum_to", "x", from, [&] { return "a shape that " + to_string(shape) + " broadcasts to"; }, Site{});
    if (count(x) == 0) return filled(shape, 0);
    // Neighbouring axes that are summed are merged; the last such group is summed first.
    Array y = x;
    Dim inner = 1;
    for (std::size_t end = from.size(); end > 0;) {
        const auto summed = [&](std::size_t i) { return i < extra || shape[i - extra] != from[i]; };
        if (!summed(end - 1)) {
            inner *= from[--end];
            continue;
        }
        Dim n = 1;
        for (; end > 0 && (from[end - 1] == 1 || summed(end - 1)); --end) n *= from[end - 1];
        y = sum_middle(y, count(y) / (n * inner), n, inner);
    }
    return reshaped(y, shape);
}

void add_to(Storage<Real>& into, const Storage<Real>& x) {
    Real* y = into.data();
    const Real* read = x.data();
    for (std::size_t i = 0, n = x.size(); i < n; ++i) y[i] += read[i];
}

}  // namespace heed
