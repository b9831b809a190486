// Pooling of an image for one instruction set: vectors of channels.
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/pool/pool_table.hpp>
#include <heed/ops/kernel/simd/vector.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// Comparisons and whole numbers in the lanes of a V, as the compilers' own vectors: xsimd's masks are not for both.
using Register = V::register_type;
using Wholes = Place __attribute__((vector_size(W * sizeof(Real))));

HEED_INLINE Wholes chosen(Wholes which, Wholes a, Wholes b) { return (a & which) | (b & ~which); }

HEED_INLINE Wholes load_places(const Place* from, Dim count) {
    Wholes y{};
    if (count >= W) __builtin_memcpy(&y, from, sizeof y);
    else
        for (Dim i = 0; i < count; ++i) y[i] = from[i];
    return y;
}

HEED_INLINE void store_places(Place* to, Wholes x, Dim count) {
    if (count >= W) __builtin_memcpy(to, &x, sizeof x);
    else
        for (Dim i = 0; i < count; ++i) to[i] = x[i];
}

// Calls f(offset in the result, what the window sees) for every window.
template <class F>
HEED_INLINE void each_window(const Windows& w, F&& f) {
    for (Dim i = 0; i < w.result[0]; ++i)
        for (Dim j = 0; j < w.result[1]; ++j) f((i * w.result[1] + j) * w.channels, w.seen_by(i, j));
}

void max(const Windows& w, const Real* x, Real* y, Place* places) {
    each_window(w, [&](Dim to, const Seen& seen) HEED_INLINED {
        row_each(w.channels, [&](Dim c, Dim count) HEED_INLINED {
            const Dim first = (seen.top * w.size[1] + seen.left) * w.channels;
            Wholes most = (Wholes)(Register)load(x + first + c, count), place = Wholes{} + static_cast<Place>(first);
            for (Dim row = seen.top; row < seen.bottom; ++row)
                for (Dim column = seen.left; column < seen.right; ++column) {
                    const Dim from = (row * w.size[1] + column) * w.channels;
                    const Register v = load(x + from + c, count), top = (Register)most;
                    const Wholes larger = (Wholes)(v > top) | ((Wholes)(v != v) & (Wholes)(top == top));
                    most = chosen(larger, (Wholes)v, most);
                    place = chosen(larger, Wholes{} + static_cast<Place>(from), place);
                }
            store(y + to + c, V((Register)most), count);
            if (places == nullptr) return;
            for (Dim lane = 0; lane < W; ++lane) place[lane] += static_cast<Place>(c + lane);
            store_places(places + to + c, place, count);
        });
    });
}

// term(row, column, sum) for each row and column in turn, in chains that a tree adds.
template <class Term>
HEED_INLINE V sum_over(const Seen& all, Term&& term) {
    if (all.count() <= longest_chain) {
        V sum(Real(0));
        for (Dim row = all.top; row < all.bottom; ++row)
            for (Dim column = all.left; column < all.right; ++column) sum = term(row, column, sum);
        return sum;
    }
    return sum_tree(all.count(), longest_chain, [=, wide = all.right - all.left](Dim begin, Dim n) HEED_INLINED {
        V sum(Real(0));
        for (Dim k = begin; k < begin + n; ++k) sum = term(all.top + k / wide, all.left + k % wide, sum);
        return sum;
    });
}

void mean(const Windows& w, const Real* x, Real* y) {
    each_window(w, [&](Dim to, const Seen& seen) HEED_INLINED {
        const V share(1 / static_cast<Real>(seen.count()));
        row_each(w.channels, [&](Dim c, Dim count) HEED_INLINED {
            const V sum =
                sum_over(seen, [=, width = w.size[1], channels = w.channels](Dim row, Dim column, V part) HEED_INLINED {
                    return part + load(x + (row * width + column) * channels + c, count);
                });
            store(y + to + c, sum * share, count);
        });
    });
}

// dx of every position: the sum of term(sum, window, where its result has the channel, where x has it, count) over the
// windows that see the position, in their order.
template <class Term>
HEED_INLINE void gather_windows(const Windows& w, const WindowsOver& over, Real* dx, Term&& term) {
    for (Dim row = 0; row < w.size[0]; ++row)
        for (Dim column = 0; column < w.size[1]; ++column) {
            const WindowRange rows = over.rows[row], columns = over.columns[column];
            const Dim at = (row * w.size[1] + column) * w.channels;
            row_each(w.channels, [&](Dim c, Dim count) HEED_INLINED {
                const auto of_window =
                    [=, wide = w.result[1], channels = w.channels](Dim i, Dim j, V sum)
                        HEED_INLINED { return term(sum, i, j, (i * wide + j) * channels + c, at + c, count); };
                store(dx + at + c, sum_over({rows.begin, rows.end, columns.begin, columns.end}, of_window), count);
            });
        }
}

void max_backward(const Windows& w, const WindowsOver& over, const Place* places, const Real* dy, Real* dx) {
    Wholes lane;
    for (Dim i = 0; i < W; ++i) lane[i] = static_cast<Place>(i);
    gather_windows(w, over, dx, [=](V sum, Dim, Dim, Dim from, Dim at, Dim count) HEED_INLINED {
        const Wholes here = (Wholes)(load_places(places + from, count) == lane + static_cast<Place>(at));
        return sum + V((Register)((Wholes)(Register)load(dy + from, count) & here));
    });
}

void mean_backward(const Windows& w, const WindowsOver& over, const Real* dy, Real* dx) {
    gather_windows(w, over, dx, [=, &w](V sum, Dim i, Dim j, Dim from, Dim, Dim count) HEED_INLINED {
        return fma(V(1 / static_cast<Real>(w.seen_by(i, j).count())), load(dy + from, count), sum);
    });
}

}  // namespace

void fill(PoolFamily& t) { t = {max, max_backward, mean, mean_backward}; }

}  // namespace heed::kernel::HEED_ISA_NS
