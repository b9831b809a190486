// segment_softmax: the softmax over the rows of each segment: attention over the edges of a graph.
#include <cstring>
#include <limits>
#include <memory>
#include <heed/core/base/parallel.hpp>
#include <heed/ops/define/higher_order.hpp>
#include <heed/ops/define/op.hpp>
#include <heed/ops/index/segments.hpp>
#include <heed/ops/kernel/elementwise/by_row.hpp>
#include <heed/ops/kernel/elementwise/pointwise.hpp>

namespace heed {
namespace {

constexpr Real infinity = std::numeric_limits<Real>::infinity();

// The rows of x (n, width) in the order of their segments. Threads share runs of whole segments, whose rows are
// gathered into memory that stays in cache, and what becomes of them is written back; the runs depend on the ids alone.
struct Runs {
    Dim n, width, count;
    kernel::ByRow by;

    Runs(const Ints& ids, const Shape& x, Dim segments)
        : n(x[0]), width(Slices(x, 0).inner), count(segments), by(ids.storage().data(), n, segments, 0) {}

    Dim begin_of(Dim segment) const { return segment == 0 ? 0 : by.ends.data()[segment - 1]; }
    // The first segment whose rows begin at or behind `row`.
    Dim segment_from(Dim row) const {
        const Dim *const first = by.ends.data(), *const last = first + count;
        return row == 0 ? 0 : std::min(count, static_cast<Dim>(std::lower_bound(first, last, row) - first) + 1);
    }

    // f(run) for each of them.
    struct Run {
        const Runs& all;
        Dim first, last;  // segments
        Dim begin() const { return all.begin_of(first); }
        Dim rows() const { return all.begin_of(last) - begin(); }
        Dim size() const { return rows() * all.width; }
        Storage<Real> gathered(const Real* x) const {
            Storage<Real> rows_of_x(static_cast<std::size_t>(size()));
            kernel::take_rows(x, all.by.order.data() + begin(), rows(), all.width, rows_of_x.data());
            return rows_of_x;
        }
        void scatter(const Real* rows_of_y, Real* y) const {
            const Dim* order = all.by.order.data() + begin();
            const std::size_t bytes = static_cast<std::size_t>(all.width) * sizeof(Real);
            for (Dim i = 0; i < rows(); ++i) std::memcpy(y + order[i] * all.width, rows_of_y + i * all.width, bytes);
        }
        // each(first element of its rows, number of rows) of every segment.
        template <class Each>
        void segments(const Each& each) const {
            for (Dim s = first, at = begin(), start = at; s < last; ++s) {
                const Dim end = all.by.ends.data()[s];
                if (end > at) each((at - start) * all.width, end - at);
                at = end;
            }
        }
    };
    template <class F>
    void each(const F& f) const {
        const Dim rows = std::max<Dim>(1, 8192 / std::max<Dim>(1, width));
        parallel_for((n + rows - 1) / rows, [&](Dim chunk) {
            const Run run{*this, segment_from(chunk * rows), segment_from((chunk + 1) * rows)};
            if (run.first < run.last && run.size() > 0) f(run);
        });
    }
};

// x[i, j] = f(x[i, j], of_columns[j]) for x (rows, width).
template <class F>
void beside_columns(Real* x, Dim rows, Dim width, const Real* of_columns, const F& f) {
    for (Dim i = 0; i < rows; ++i, x += width)
        for (Dim j = 0; j < width; ++j) x[j] = f(x[j], of_columns[j]);
}

void sum_columns(const Real* x, Dim rows, Dim width, Real* sums) {
    std::fill_n(sums, width, Real(0));
    const auto add = [=](Dim i, Dim first, Dim columns, Real* to) {
        for (Dim j = 0; j < columns; ++j) to[j] += x[i * width + first + j];
    };
    add_many(rows, width, add, sums);
}

void softmax_of(const Runs::Run& run, const Real* x, Real* y) {
    const Dim width = run.all.width;
    Storage<Real> rows = run.gathered(x), columns(static_cast<std::size_t>(width));
    Real *const e = rows.data(), *const of = columns.data();
    run.segments([&](Dim at, Dim n) {  // a NaN is the largest
        std::fill_n(of, width, -infinity);
        for (Dim i = 0; i < n; ++i)
            for (Dim j = 0; j < width; ++j) {
                const Real v = e[at + i * width + j];
                of[j] = v > of[j] || v != v ? v : of[j];
            }
        for (Dim j = 0; j < width; ++j) of[j] = of[j] == -infinity ? 0 : of[j];
        beside_columns(e + at, n, width, of, [](Real v, Real most) { return v - most; });
    });
    kernel::map(kernel::Unary::exp, e, e, run.size());
    run.segments([&](Dim at, Dim n) {
        sum_columns(e + at, n, width, of);
        for (Dim j = 0; j < width; ++j) of[j] = of[j] == 0 ? 1 : of[j];
        beside_columns(e + at, n, width, of, [](Real v, Real sum) { return v / sum; });
    });
    run.scatter(e, y);
}

// dx = y (dy - sum of y dy)
void softmax_backward_of(const Runs::Run& run, const Real* y, const Real* dy, Real* dx) {
    const Dim width = run.all.width;
    Storage<Real> shares = run.gathered(y), given = run.gathered(dy), columns(static_cast<std::size_t>(width));
    Real *const p = shares.data(), *const g = given.data(), *const of = columns.data();
    for (Dim i = 0; i < run.size(); ++i) g[i] *= p[i];
    run.segments([&](Dim at, Dim n) {
        sum_columns(g + at, n, width, of);
        for (Dim i = 0; i < n; ++i)
            for (Dim j = 0, k = at + i * width; j < width; ++j, ++k) g[k] -= p[k] * of[j];
    });
    run.scatter(g, dx);
}

}  // namespace

// x (n, d...) by ids (n): y_i = exp(x_i) / sum_j exp(x_j) over the rows j with the id of row i, each element of a row
// on its own. Elements that are -inf in all rows of a segment give zeros, and zero gradient.
Var segment_softmax(In x, const Ints& ids, Dim count) {
    shape_of_segments("segment_softmax", x, ids, count);
    const auto runs = std::make_shared<const Runs>(ids, x.shape(), count);
    Array y = Array::from_shape(x.shape());
    runs->each([from = x.data(), to = y.data()](const Runs::Run& run) { softmax_of(run, from, to); });
    Var shares = record("segment_softmax", {x}, std::move(y), [dx = x.slot(), runs](const Array& y, const Array& dy) {
        Array d = Array::from_shape(y.shape());
        runs->each([&, p = y.storage().data(), g = dy.storage().data(), to = d.data()](const Runs::Run& run) {
            softmax_backward_of(run, p, g, to);
        });
        dx.add_grad(std::move(d));
    });
    return differentiable(std::move(shares), {x}, [ids, count](Vars, const Var& y, const Var& dy) {
        return Grads{y * (dy - take_rows(segment_sum(y * dy, ids, count), ids))};
    });
}

#ifdef HEED_TESTING
namespace {
Var softmax_of_rows(const Var& x, const Ints& rows) { return softmax(take_rows(x, rows), 0); }
Var with_infinite_rows(const Var& x) {  // rows 0 and 2 become -inf
    return x + where(Var(Array{{1}, {0}, {1}, {0}}), -std::numeric_limits<Real>::infinity(), 0);
}
}  // namespace
#endif

// clang-format off
HEED_OP_CASES(
    {.name = "segment_softmax/rows", .inputs = {{6, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{2, 0, 2, 3, 2, 0}, 5); },
     .same_as = [](Vars in) {
         const Var a = softmax_of_rows(in[0], Ints{1, 5}), b = softmax_of_rows(in[0], Ints{0, 2, 4}), c = softmax_of_rows(in[0], Ints{3});
         return take_rows(concat({a, b, c}, 0), Ints{2, 0, 3, 5, 4, 1});
     }},
    {.name = "segment_softmax/one segment", .inputs = {{70}}, .call = [](Vars in) { return segment_softmax(in[0], Ints::from_shape({70}) * 0, 1); },
     .same_as = [](Vars in) { return softmax(in[0]); }},
    {.name = "segment_softmax/cube", .inputs = {{3, 2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0, 0, 0}, 1); },
     .same_as = [](Vars in) { return softmax(in[0], 0); }},
    {.name = "segment_softmax/alone", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{1, 0}, 2); }, .flat = true},
    {.name = "segment_softmax/segment of -inf", .inputs = {{4, 2}},
     .call = [](Vars in) { return segment_softmax(with_infinite_rows(in[0]), Ints{0, 1, 0, 1}, 2); },
     .same_as = [](Vars in) { return take_rows(concat({zeros({2, 2}), softmax_of_rows(in[0], Ints{1, 3})}, 0), Ints{0, 2, 1, 3}); }},
    {.name = "segment_softmax/no rows", .inputs = {{0, 2}},
     .call = [](Vars in) { return segment_softmax(in[0], Ints::from_shape({0}), 3); }, .flat = true},
    {.name = "segment_softmax/id", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0, 3}, 3); }, .rejects = true},
    {.name = "segment_softmax/ids differ", .inputs = {{2, 2}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0}, 3); }, .rejects = true},
    {.name = "segment_softmax/rank 0", .inputs = {{}}, .call = [](Vars in) { return segment_softmax(in[0], Ints{0}, 3); }, .rejects = true})
// clang-format on

}  // namespace heed
