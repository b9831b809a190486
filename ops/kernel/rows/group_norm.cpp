// Group norm, shared out to threads.
#include <algorithm>
#include <cmath>
#include <heed/core/base/list.hpp>
#include <heed/core/base/parallel.hpp>
#include <heed/core/sum_tree.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>
#include <heed/ops/kernel/rows/group_norm.hpp>
#include <heed/ops/kernel/rows/group_norm_table.hpp>

namespace heed::kernel {
namespace {

// How an example is seen: as rows of whole vectors where few channels allow it, so that a row holds several positions.
struct Layout {
    const GroupNorm& g;
    Dim fold, width, rows;
    explicit Layout(const GroupNorm& of)
        : g(of),
          fold(of.channels < 16 && 16 % of.channels == 0 && of.positions % (16 / of.channels) == 0 ? 16 / of.channels
                                                                                                   : 1),
          width(of.channels * fold), rows(of.positions / fold) {}
    double elements() const { return static_cast<double>(g.positions * (g.channels / g.groups)); }
    Dim share() const { return std::max<Dim>(1, 16384 / std::max<Dim>(1, g.positions * g.channels)); }

    template <class F>
    void each_column(const F& f) const {  // f(column, its channel, its group)
        for (Dim part = 0, j = 0; part < fold; ++part)
            for (Dim group = 0, channel = 0; group < g.groups; ++group)
                for (Dim k = 0; k < g.channels / g.groups; ++k) f(j++, channel++, group);
    }
    void spread(const Real* of_groups, Real* to) const {
        each_column([=](Dim j, Dim, Dim group) { to[j] = of_groups[group]; });
    }
    void repeat(const Real* of_channels, Real* to) const {
        each_column([=](Dim j, Dim channel, Dim) { to[j] = of_channels[channel]; });
    }
    // of_groups = finish(sum of value(column) over the columns of a group)
    template <class Value, class Finish>
    void gather(const Value& value, const Finish& finish, Real* of_groups, List<double>& sums) const {
        std::fill(sums.begin(), sums.end(), 0.0);
        each_column([&, to = sums.data()](Dim j, Dim, Dim group) { to[group] += value(j); });
        std::transform(sums.begin(), sums.end(), of_groups, [&](double sum) { return static_cast<Real>(finish(sum)); });
    }
};

}  // namespace

void group_norm(const GroupNorm& g, const Real* bias, Real eps, Real* y) {
    const GroupNormFamily& isa = table<GroupNormFamily>();
    const Layout layout(g);
    const Dim width = layout.width, example = g.positions * g.channels;
    parallel_blocks(g.batch, layout.share(), [&](Dim begin, Dim end) {
        List<double> of_groups(static_cast<std::size_t>(g.groups));
        List<Real> space(static_cast<std::size_t>(5 * width));
        Real *const sums = space.data(), *const centre = sums + width, *const scale = centre + width,
                    *const gains = scale + width, *const biases = gains + width;
        layout.repeat(g.gain, gains);
        layout.repeat(bias, biases);
        for (Dim b = begin; b < end; ++b) {
            const Columns c{g.x + b * example, centre, scale, layout.rows, width};
            Real *const mean = g.mean + b * g.groups, *const rstd = g.rstd + b * g.groups;
            const auto sum_at = [sums](Dim j) { return static_cast<double>(sums[j]); };
            isa.sums(c, sums);
            layout.gather(
                sum_at, [&](double sum) { return sum / layout.elements(); }, mean, of_groups);
            layout.spread(mean, centre);
            isa.squares(c, sums);
            const auto inverse = [&](double sum) { return 1 / std::sqrt(sum / layout.elements() + double{eps}); };
            layout.gather(sum_at, inverse, rstd, of_groups);
            layout.spread(rstd, scale);
            isa.normalise(c, gains, biases, y + b * example);
        }
    });
}

void group_norm_backward(const GroupNorm& g, const Real* dy, Real* dx, Real* dgain, Real* dbias) {
    const GroupNormFamily& isa = table<GroupNormFamily>();
    const Layout layout(g);
    const Dim width = layout.width, example = g.positions * g.channels;
    List<Real> all_sums(static_cast<std::size_t>(g.batch * 2 * width));  // of each example: of dy, and of dy h
    parallel_blocks(g.batch, layout.share(), [&](Dim begin, Dim end) {
        List<double> of_groups(static_cast<std::size_t>(g.groups));
        List<Real> space(static_cast<std::size_t>(5 * width + g.groups));
        Real *const centre = space.data(), *const scale = centre + width, *const gains = scale + width,
                    *const mean_g = gains + width, *const mean_gh = mean_g + width, *const means = mean_gh + width;
        layout.repeat(g.gain, gains);
        for (Dim b = begin; b < end; ++b) {
            const Columns c{g.x + b * example, centre, scale, layout.rows, width};
            Real* const sums = all_sums.data() + b * 2 * width;
            layout.spread(g.mean + b * g.groups, centre);
            layout.spread(g.rstd + b * g.groups, scale);
            isa.gradient_sums(c, dy + b * example, sums, sums + width);
            if (dx == nullptr) continue;
            for (Real* const to : {mean_g, mean_gh}) {
                const Real* const from = to == mean_g ? sums : sums + width;
                const auto term = [=](Dim j) { return static_cast<double>(from[j]) * static_cast<double>(gains[j]); };
                layout.gather(
                    term, [&](double sum) { return sum / layout.elements(); }, means, of_groups);
                layout.spread(means, to);
            }
            isa.gradient(c, dy + b * example, gains, mean_g, mean_gh, dx + b * example);
        }
    });
    for (Real* const to : {dgain, dbias}) {
        if (to == nullptr) continue;
        const Dim which = to == dgain ? width : 0;  // of an example's sums: of dy, and of dy h
        fill(g.channels, 0, to);
        add_many(
            g.batch * layout.fold, g.channels,
            [&](Dim n, Dim first, Dim columns, Real* sum) {
                const Dim b = n / layout.fold, part = n % layout.fold;
                add_to(columns, all_sums.data() + b * 2 * width + which + part * g.channels + first, sum);
            },
            to);
    }
}

}  // namespace heed::kernel
