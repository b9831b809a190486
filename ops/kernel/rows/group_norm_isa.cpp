// Sums and maps of columns for one instruction set.
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/rows/group_norm_table.hpp>
#include <heed/ops/kernel/rows/norm_sums.hpp>

namespace heed::kernel::HEED_ISA_NS {
namespace {

// Calls f(column, count, tree) for vectors of columns, where tree(term) is the sum, from `zero` on, of what
// term(offset, sum) adds for each row.
template <class Sum, class F>
HEED_INLINE void each_column(const Columns& c, const Sum& zero, F&& f) {
    row_each(c.width, [&](Dim j, Dim count) HEED_INLINED {
        f(j, count, [&](auto term) HEED_INLINED {
            return sum_tree(c.rows, longest_chain, [zero, term, j, width = c.width](Dim begin, Dim n) HEED_INLINED {
                Sum part = zero;
                for (Dim i = begin; i < begin + n; ++i) term(i * width + j, part);
                return part;
            });
        });
    });
}

void sums(const Columns& c, Real* to) {
    each_column(c, V(Real(0)), [&](Dim j, Dim count, auto tree) HEED_INLINED {
        const auto term = [x = c.x, count](Dim at, V& part) HEED_INLINED { part = part + load(x + at, count); };
        store(to + j, tree(term), count);
    });
}

void squares(const Columns& c, Real* to) {
    each_column(c, V(Real(0)), [&](Dim j, Dim count, auto tree) HEED_INLINED {
        const auto term = [x = c.x, count, centre = load(c.centre + j, count)](Dim at, V& part) HEED_INLINED {
            const V d = load(x + at, count) - centre;
            part = fma(d, d, part);
        };
        store(to + j, tree(term), count);
    });
}

void gradient_sums(const Columns& c, const Real* dy, Real* of_dy, Real* of_dy_h) {
    each_column(c, GradientSums{V(Real(0)), V(Real(0))}, [&](Dim j, Dim count, auto tree) HEED_INLINED {
        const V centre = load(c.centre + j, count), scale = load(c.scale + j, count);
        const auto term = [x = c.x, dy, count, centre, scale](Dim at, GradientSums& part) HEED_INLINED {
            const V d = load(dy + at, count);
            part.g = part.g + d;
            part.gh = fma(d, (load(x + at, count) - centre) * scale, part.gh);
        };
        const GradientSums all = tree(term);
        store(of_dy + j, all.g, count);
        store(of_dy_h + j, all.gh, count);
    });
}

// Calls f(offset, column, count) for the vectors of all rows.
template <class F>
HEED_INLINE void each(const Columns& c, F&& f) {
    for (Dim i = 0; i < c.rows; ++i)
        row_each(c.width, [&](Dim j, Dim count) HEED_INLINED { f(i * c.width + j, j, count); });
}

void normalise(const Columns& c, const Real* gain, const Real* bias, Real* y) {
    each(c, [&](Dim at, Dim j, Dim count) HEED_INLINED {
        const V h = (load(c.x + at, count) - load(c.centre + j, count)) * load(c.scale + j, count);
        store(y + at, fma(h, load(gain + j, count), load(bias + j, count)), count);
    });
}

void gradient(const Columns& c, const Real* dy, const Real* gain, const Real* mean_g, const Real* mean_gh, Real* dx) {
    each(c, [&](Dim at, Dim j, Dim count) HEED_INLINED {
        const V scale = load(c.scale + j, count), h = (load(c.x + at, count) - load(c.centre + j, count)) * scale,
                g = load(dy + at, count) * load(gain + j, count) - load(mean_g + j, count);
        store(dx + at, scale * fnma(h, load(mean_gh + j, count), g), count);
    });
}

}  // namespace

void fill(GroupNormFamily& t) { t = {sums, squares, normalise, gradient_sums, gradient}; }

}  // namespace heed::kernel::HEED_ISA_NS
